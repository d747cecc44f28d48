"""YAMNet with random weights, in a file as its authors publish it, and in Keras as they define it."""

from pathlib import Path
from typing import Any

import h5py
import numpy as np

from extractor.sounds import LAYERS


def save_random_yamnet(path: Path, *, seed: int = 0, without: str = "") -> Path:
    """Write a file that Keras 2 could have written: a group a layer, in it its arrays by their full names."""
    random, width = np.random.default_rng(seed), 1
    with h5py.File(path, "w") as file:

        def save(layer: str, name: str, array: Any) -> None:
            if f"{layer}/{name}" != without:
                file[f"{layer}/{layer}/{name}:0"] = array.astype(np.float32)

        for number, (_, wider) in enumerate(LAYERS, 1):
            kinds = [("conv", "kernel", (3, 3, 1, wider))]
            if number > 1:
                kinds = [("depthwise_conv", "depthwise_kernel", (3, 3, width, 1))]
                kinds += [("pointwise_conv", "kernel", (1, 1, width, wider))]
            for kind, kernel, shape in kinds:
                layer, n = f"layer{number}/{kind}", shape[2] if kernel == "depthwise_kernel" else shape[3]
                save(layer, kernel, random.normal(0, (2 / (np.prod(shape) / n)) ** 0.5, shape))
                save(f"{layer}/bn", "beta", random.normal(0.1, 0.1, n))
                save(f"{layer}/bn", "moving_mean", random.normal(0, 0.1, n))
                save(f"{layer}/bn", "moving_variance", random.uniform(0.5, 1.5, n))
            width = wider
        save("logits", "kernel", np.zeros((width, 521)))
    return path


def build_yamnet(path: Path) -> Any:
    """Return the network of Keras's own layers, with the weights of such a file."""
    import keras

    def normalize(X: Any, name: str) -> Any:
        X = keras.layers.BatchNormalization(name=name.replace("/", "."), scale=False, epsilon=1e-4)(X)
        return keras.layers.ReLU()(X)

    inputs = keras.Input((96, 64))
    X = keras.layers.Reshape((96, 64, 1))(inputs)
    for number, (stride, width) in enumerate(LAYERS, 1):
        options = {"strides": stride, "padding": "same", "use_bias": False}
        if number == 1:
            X = keras.layers.Conv2D(width, 3, name="layer1.conv", **options)(X)
            X = normalize(X, "layer1/conv/bn")
            continue
        X = keras.layers.DepthwiseConv2D(3, name=f"layer{number}.depthwise_conv", **options)(X)
        X = normalize(X, f"layer{number}/depthwise_conv/bn")
        X = keras.layers.Conv2D(width, 1, use_bias=False, name=f"layer{number}.pointwise_conv")(X)
        X = normalize(X, f"layer{number}/pointwise_conv/bn")
    network = keras.Model(inputs, keras.layers.GlobalAveragePooling2D()(X))
    with h5py.File(path) as file:
        for layer in (layer for layer in network.layers if layer.weights):
            name = layer.name.replace(".", "/")
            arrays = {key.removesuffix(":0"): array[()] for key, array in file[f"{name}/{name}"].items() if ":0" in key}
            layer.set_weights([arrays.get(weight.name, next(iter(arrays.values()))) for weight in layer.weights])
    return network
