"""The graph of Inception-V3 as Keras builds it, made faster: fewer steps, and weights in the dtype of the arithmetic.

TensorFlow is not imported here; the caller passes it in.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from extractor.errors import WeightsError
from extractor.precision import Precision

DIM = 2048
N_EXACT = 3  # the first convolutions stay in float32: bfloat16 can't tell dark frames apart


@dataclass(frozen=True, slots=True)
class Layer:
    """One step of the network, applied to the outputs of those named; a convolution has its kernel and bias."""

    name: str
    kind: str
    inputs: tuple[str, ...]
    config: Mapping[str, Any]
    weights: tuple[Any, Any] | None = None


def read_layers(tf: Any, network: Any, *, precision: Precision) -> list[Layer]:
    """Return the layers of Keras's Inception-V3, its batch norm folded into the convolutions."""
    layers = [_read_layer(layer) for layer in network.layers]
    norms = {layer.inputs[0]: layer.name for layer in layers if layer.kind == "BatchNormalization"}
    for number, (convolution, norm) in enumerate(norms.items()):
        i = next(i for i, layer in enumerate(layers) if layer.name == convolution)
        folded = _fold(network.get_layer(convolution), norm=network.get_layer(norm))
        dtype = "float32" if number < N_EXACT else precision
        kernel, bias = (tf.constant(weights.astype(tf.as_dtype(dtype).as_numpy_dtype)) for weights in folded)
        layers[i] = replace(layers[i], weights=(kernel, bias))
    return layers


def _read_layer(layer: Any) -> Layer:
    tensors = layer.input if isinstance(layer.input, list) else [layer.input]
    inputs = tuple(tensor._keras_history.operation.name for tensor in tensors)
    return Layer(layer.name, type(layer).__name__, inputs, layer.get_config())


def _fold(convolution: Any, *, norm: Any) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the kernel and bias of one convolution equal to a convolution and the batch norm after it.

    Batch norm at inference is linear: (Wx - mean) / sqrt(variance + epsilon) + beta (Ioffe and Szegedy 2015,
    algorithm 2; Inception-V3 has no gamma) is a convolution with W / sqrt(variance + epsilon) and a bias.
    """
    factor = 1 / np.sqrt(norm.moving_variance.numpy() + norm.epsilon)  # (channels,)
    return convolution.kernel.numpy() * factor, norm.beta.numpy() - norm.moving_mean.numpy() * factor


def walk(tf: Any, layers: list[Layer], pictures: Any) -> Any:
    """Return vectors of shape (frames, dim) for pictures of shape (frames, 299, 299, 3), while TensorFlow traces."""
    outputs = {layers[0].name: pictures}
    for layer in layers[1:]:
        outputs[layer.name] = _apply(tf, layer, [outputs[name] for name in layer.inputs])
    return outputs[layers[-1].name]


def _apply(tf: Any, layer: Layer, inputs: list[Any]) -> Any:
    """Return the output of a layer of Keras's network; a convolution computes in the dtype of its weights."""
    first, config = inputs[0], layer.config
    match layer.kind, layer.weights:
        case "Conv2D", (kernel, bias):
            options = {"strides": config["strides"], "padding": config["padding"].upper()}
            return tf.nn.bias_add(tf.nn.conv2d(tf.cast(first, kernel.dtype), kernel, **options), bias)
        case "BatchNormalization", _:
            return first  # folded into the convolution before it
        case "Activation", _:
            return tf.nn.relu(first)
        case "MaxPooling2D" | "AveragePooling2D" as kind, _:
            pool = tf.nn.max_pool2d if kind == "MaxPooling2D" else tf.nn.avg_pool2d
            return pool(first, config["pool_size"], config["strides"], config["padding"].upper())
        case "Concatenate", _:
            return tf.concat(inputs, axis=config["axis"])
        case "GlobalAveragePooling2D", _:
            return tf.reduce_mean(tf.cast(first, tf.float32), axis=(1, 2))
    raise WeightsError("weights_corrupt", f"this Keras builds Inception-V3 with a {layer.kind}, which is not supported")
