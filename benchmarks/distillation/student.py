"""Student: the starter's network, begun with Inception-V3's weights where both have them, and how it learns."""

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.distillation.weights import SHAPES
from extractor.networks.applications import load_network
from extractor.networks.inception import import_tensorflow
from extractor.networks.inception_graph import Layer, read_layers
from extractor.networks.starter import N_EXACT, walk, walk_trunk
from extractor.networks.weights import given_weights

Values = dict[str, NDArray[np.float32]]
NEW = ("tail", "top")  # layers that the teacher lacks
MIN_STD = 0.02  # of a feature: rarer ones would drown out the others
GRADIENT_NORM = 5.0
RIDGE = 0.2  # of the mean variance


class Student:
    """A network that learns; errors are standardised by the teacher's `mean` and `std`, of shape (2048,)."""

    def __init__(self, start: Values, *, mean: NDArray[np.float32], std: NDArray[np.float32]) -> None:
        self._tf, keras = import_tensorflow()
        self._variables = {name: self._tf.Variable(value, name=name) for name, value in start.items()}
        self._mean, self._std = self._tf.constant(mean), self._tf.constant(np.maximum(std, MIN_STD))
        self._parts = [
            [variable for name, variable in self._variables.items() if name.startswith(NEW) is new]
            for new in (False, True)
        ]
        self._optimizers = [keras.optimizers.AdamW(1e-4, weight_decay=0.01) for _ in self._parts]
        for optimizer, variables in zip(self._optimizers, self._parts, strict=True):
            optimizer.build(variables)

    def learn(self, frames: NDArray[np.uint8], vectors: NDArray[np.float32], *, rates: tuple[float, float]) -> float:
        """Take one step; `rates` are of the teacher's layers and of the new ones. Return the loss before the step."""
        for optimizer, rate in zip(self._optimizers, rates, strict=True):
            optimizer.learning_rate.assign(rate)
        return float(self._step(frames, vectors))

    @property
    def state(self) -> dict[str, Any]:
        """Everything that the next step depends on."""
        moments = [np.array(variable.numpy()) for each in self._optimizers for variable in each.variables]
        learnt = {name: variable.numpy() for name, variable in self._variables.items()}
        return learnt | {f"moment{i:04d}": moment for i, moment in enumerate(moments)}

    def resume(self, state: Mapping[str, NDArray[np.float32]]) -> None:
        """Restore a state."""
        for name, variable in self._variables.items():
            variable.assign(state[name])
        moments = [variable for each in self._optimizers for variable in each.variables]
        for i, variable in enumerate(moments):
            variable.assign(state[f"moment{i:04d}"])

    @functools.cached_property
    def _step(self) -> Any:
        tf = self._tf

        def step(frames: Any, vectors: Any) -> Any:
            with tf.GradientTape() as tape:
                loss = self._loss(self._forward(frames), vectors)
            variables = [variable for part in self._parts for variable in part]
            gradients, _ = tf.clip_by_global_norm(tape.gradient(loss, variables), GRADIENT_NORM)
            n_kept = len(self._parts[0])
            self._optimizers[0].apply_gradients(zip(gradients[:n_kept], self._parts[0], strict=True))
            self._optimizers[1].apply_gradients(zip(gradients[n_kept:], self._parts[1], strict=True))
            return loss

        return tf.function(step, reduce_retracing=True, autograph=False)

    def _forward(self, frames: Any) -> Any:
        """Compute in bfloat16, as the starter will, while the weights that learn stay float32."""
        tf = self._tf
        weights = {}
        for place, name in enumerate(SHAPES):
            dtype = tf.float32 if place < N_EXACT else tf.bfloat16
            weights[name] = tuple(tf.cast(self._variables[f"{name}/{part}"], dtype) for part in ("kernel", "bias"))
        return walk(tf, weights, tf.cast(frames, tf.float32) / 127.5 - 1.0)

    def _loss(self, found: Any, wanted: Any) -> Any:
        """Return the mean squared error of standardised features plus one less their cosine."""
        tf = self._tf
        found, wanted = ((values - self._mean) / self._std for values in (found, tf.cast(wanted, tf.float32)))
        squared = tf.reduce_mean(tf.square(found - wanted))
        cosine = tf.reduce_sum(tf.nn.l2_normalize(found, -1) * tf.nn.l2_normalize(wanted, -1), axis=-1)
        return squared + tf.reduce_mean(1 - cosine)


def start_values(teacher: Path, frames: NDArray[np.uint8], vectors: NDArray[np.float32], *, seed: int = 0) -> Values:
    """Return weights to begin with: the teacher's, with batch norm folded in; the new tail changes nothing.

    The new top is the ridge regression from the means of its inputs to the teacher's vectors.
    """
    values = _teachers_values(teacher, seed=seed)
    tf, _ = import_tensorflow()
    weights = {name: (values[f"{name}/kernel"], values[f"{name}/bias"]) for name in SHAPES}
    see = tf.function(
        lambda batch: tf.reduce_mean(walk_trunk(tf, weights, tf.cast(batch, tf.float32) / 127.5 - 1.0), (1, 2))
    )
    seen = np.concatenate([see(frames[start : start + 64]).numpy() for start in range(0, len(frames), 64)])
    mean = seen.mean(axis=0)
    centred = seen - mean  # (n, 768)
    spread = centred.T @ centred
    ridge = spread + RIDGE * np.trace(spread) / len(spread) * np.eye(len(spread), dtype=np.float32)
    top = np.linalg.solve(ridge, centred.T @ (vectors - vectors.mean(axis=0)))  # (768, 2048)
    values["top/kernel"] = top[np.newaxis, np.newaxis].astype(np.float32)
    values["top/bias"] = (vectors.mean(axis=0) - mean @ top).astype(np.float32)
    return values


def _teachers_values(teacher: Path, *, seed: int) -> Values:
    tf, _ = import_tensorflow()
    network = load_network(given_weights(teacher))
    layers = [layer for layer in read_layers(tf, network, precision="float32") if layer.weights is not None]
    layers.sort(key=_place)
    random = np.random.default_rng(seed)
    values: Values = {}
    for (name, shape), layer in zip(SHAPES.items(), layers, strict=False):
        if name.startswith(NEW):
            scale = 0.0 if name.endswith("out") else np.sqrt(2 / np.prod(shape[:3]))
            kernel = random.normal(0, scale, shape).astype(np.float32)
            bias = np.zeros(shape[3], np.float32)
        else:
            kernel, bias = (np.asarray(tensor.numpy(), np.float32) for tensor in layer.weights or ())
        assert kernel.shape == shape, (name, kernel.shape, shape)
        values |= {f"{name}/kernel": kernel, f"{name}/bias": bias}
    return values


def _place(layer: Layer) -> int:
    """Return the place of a convolution in the order in which Keras builds and names them."""
    number = layer.name.rpartition("_")[2]
    return int(number) if number.isdigit() else 0
