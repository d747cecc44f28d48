"""Fine-tuning: the top blocks of a network are trained under a new linear head; the result is a weights file.

As in Keras's guide to transfer learning: the head is warmed up on the frozen network's features, then both learn
slowly; batch norm stays frozen, in inference mode.
"""

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from extractor.networks.applications import find_preprocessing, load_network
from extractor.networks.blocks import choose_top
from extractor.networks.inception import import_tensorflow
from extractor.networks.weights import Weights

Loss = Callable[[Any, Any, Any, Any], Any]  # keras.ops, logits, y, known, each (rows, genres), in; a scalar out
Values = list[NDArray[np.generic]]
BFLOAT16_SINCE = (8, 0)  # CUDA's compute capability
WARM_UP_BATCH = 64
GRADIENT_NORM = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class FineTuning:
    """How to fine-tune: the top `blocks`, for at most `epochs`, or until `patience` of them bring no improvement."""

    blocks: int
    epochs: int = 10
    patience: int = 3
    batch: int = 32
    learning_rate: float = 1e-5
    weight_decay: float = 1e-4
    warm_up_epochs: int = 20
    warm_up_rate: float = 1e-3
    seed: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class FrozenRows:
    """Rows with the features of the frozen network: `vectors` (n, dim); `y` and `known`, float32 (n, genres)."""

    vectors: NDArray[np.float32]
    y: NDArray[np.float32]
    known: NDArray[np.float32]


class FineTuner:
    """A network whose top is trained; creating it warms up its head on `rows`, the training part alone.

    Frames are uint8 of shape (rows, size, size, 3). A GPU that has bfloat16 computes in it; weights stay float32.
    Raises TooManyBlocks (bad_source), WeightsError (weights_corrupt).
    """

    def __init__(self, weights: Weights, options: FineTuning, *, rows: FrozenRows, loss: Loss) -> None:
        self._tf, self._keras = import_tensorflow()
        self._options, self._loss = options, loss
        self._prepare = find_preprocessing(weights.backbone)
        with _arithmetic(self._keras, "mixed_bfloat16" if _gpu_has_bfloat16(self._tf) else "float32"):
            self._network = load_network(weights)
        top = set(choose_top(self._network, options.blocks))
        for layer in self._network.layers:
            layer.trainable = layer.name in top and type(layer).__name__ != "BatchNormalization"
        self._head = self._make_head(rows)
        self._warm_up(rows)

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """The shape of a batch of any number of frames."""
        return tuple(self._network.input_shape)

    def learn(self, frames: NDArray[np.uint8], y: NDArray[np.float32], known: NDArray[np.float32]) -> float:
        """Take one step of gradient descent; return the loss before it."""
        return float(self._step(frames, y, known))

    def score(self, frames: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return logits of shape (rows, genres)."""
        return np.asarray(self._score(frames).numpy())

    def score_frozen(self, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the head's logits for features of the frozen network, (rows, genres)."""
        return np.asarray(self._head(self._tf.constant(vectors)).numpy())

    def weights(self) -> Values:
        """Return the trained weights: those of the network's top, and of the head."""
        return [np.array(variable.numpy()) for variable in self._variables]

    def set_weights(self, weights: Values) -> None:
        """Restore trained weights."""
        for variable, value in zip(self._variables, weights, strict=True):
            variable.assign(value)

    def state(self) -> Values:
        """Return everything that the next step depends on."""
        return [*self.weights(), *(np.array(variable.numpy()) for variable in self._optimizer.variables)]

    def set_state(self, state: Values) -> None:
        """Restore a state."""
        for variable, value in zip((*self._variables, *self._optimizer.variables), state, strict=True):
            variable.assign(value)

    def save(self, path: Path) -> None:
        """Write the network without its head as a weights file, whole or not at all."""
        part = path.with_name(f".part-{path.name}")
        self._network.save_weights(str(part))
        part.replace(path)

    def _make_head(self, rows: FrozenRows) -> Any:
        layers = self._keras.layers
        mean, variance = rows.vectors.mean(axis=0), np.maximum(rows.vectors.var(axis=0), 1e-6)
        standard = layers.Normalization(mean=mean, variance=variance, dtype="float32")
        start = self._keras.initializers.GlorotUniform(seed=self._options.seed)
        dense = layers.Dense(rows.y.shape[1], kernel_initializer=start, dtype="float32")
        return self._keras.Sequential([layers.Input((rows.vectors.shape[1],)), standard, dense])

    def _warm_up(self, rows: FrozenRows) -> None:
        options, random = self._options, np.random.default_rng(self._options.seed)
        variables = self._head.trainable_variables
        step = self._make_step(self._head, self._make_optimizer(options.warm_up_rate, variables), variables)
        for _ in range(options.warm_up_epochs):
            order = random.permutation(len(rows.y))
            for start in range(0, len(order), WARM_UP_BATCH):
                chosen = order[start : start + WARM_UP_BATCH]
                step(rows.vectors[chosen], rows.y[chosen], rows.known[chosen])

    @functools.cached_property
    def _variables(self) -> list[Any]:
        top = [variable for layer in self._network.layers for variable in layer.trainable_variables]
        return [*top, *self._head.trainable_variables]

    @functools.cached_property
    def _optimizer(self) -> Any:
        return self._make_optimizer(self._options.learning_rate, self._variables)

    @functools.cached_property
    def _step(self) -> Any:
        return self._make_step(self._predict, self._optimizer, self._variables)

    @functools.cached_property
    def _score(self) -> Any:
        return self._tf.function(self._predict, input_signature=[self._tf.TensorSpec(self.batch_shape, self._tf.uint8)])

    def _predict(self, frames: Any) -> Any:
        vectors = self._network(self._prepare(self._tf.cast(frames, self._tf.float32)), training=False)
        return self._head(self._tf.cast(vectors, self._tf.float32))

    def _make_optimizer(self, rate: float, variables: list[Any]) -> Any:
        optimizer = self._keras.optimizers.AdamW(
            rate, weight_decay=self._options.weight_decay, global_clipnorm=GRADIENT_NORM
        )
        optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
        optimizer.build(variables)
        return optimizer

    def _make_step(self, predict: Callable[[Any], Any], optimizer: Any, variables: list[Any]) -> Any:
        """Return one graph, for batches of any size, that takes a step to lower the loss of `predict`."""

        def step(inputs: Any, y: Any, known: Any) -> Any:
            with self._tf.GradientTape() as tape:
                loss = self._loss(self._keras.ops, predict(inputs), y, known)
            optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables, strict=True))
            return loss

        return self._tf.function(step, reduce_retracing=True, autograph=False)


@contextmanager
def _arithmetic(keras: Any, policy: str) -> Iterator[None]:
    """Have Keras build layers under another dtype policy."""
    usual = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(usual)


def _gpu_has_bfloat16(tf: Any) -> bool:
    gpus = tf.config.list_physical_devices("GPU")
    details = [tf.config.experimental.get_device_details(gpu) for gpu in gpus]
    return bool(details) and all(each.get("compute_capability", (0, 0)) >= BFLOAT16_SINCE for each in details)
