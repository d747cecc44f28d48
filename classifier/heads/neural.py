"""Neural heads: networks over the seconds of a trailer; the one file here that imports Keras and TensorFlow."""

import contextlib
import functools
import hashlib
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from classifier.arrays import Floats
from classifier.bounds import check_arrays
from classifier.errors import BadTrainingData, UnsafeModel
from classifier.evaluation.metrics import macro_ap
from classifier.heads import architectures
from classifier.heads.architectures import Build, Layers
from classifier.heads.base import Arrays, Examples, Head, Monitor, Settings
from classifier.heads.batches import Batch, pad, scoring_batches, training_batches
from classifier.heads.epochs import Course, Values, run_course
from classifier.heads.losses import masked_loss
from classifier.heads.options import OPTION_BOUNDS, USUAL, NeuralOptions
from classifier.heads.pooling import N_STATS, moments, pool_stats
from classifier.ragged import Ragged

GRADIENT_NORM = 1.0
AUXILIARY = 0.3  # the weight of each further loss


class NeuralHead(Head):
    """A network on standardised frames; sequences of any length, with the same logits in any company.

    Files hold nothing but numbers: the network is built again from the settings, and none of Keras's own formats
    is ever read.
    """

    BUILD: ClassVar[Build]
    SQUARES: ClassVar[int]  # it has more weights than so many times hidden x hidden
    POOLED: ClassVar[bool] = False  # it sees `pool_stats` of a sequence as its one frame
    SCALED: ClassVar[bool] = True  # frames are standardised
    BOUNDS = OPTION_BOUNDS
    _network: "Network"

    def __init__(self, options: NeuralOptions = USUAL) -> None:
        self.options = options

    def _fit(self, train: Examples, *, validation: Examples | None, monitor: Monitor) -> None:
        """Learn epochs until `validation`'s macro average precision no longer gains.

        `options.epochs` are then those that were best; without `validation` all are run. A fit killed with a folder
        in `monitor.checkpoints` goes on when it is called again.
        """
        self._prepare(train.X)
        seen = Examples(self._see(train.X), train.y, train.known)
        unseen = validation and Examples(self._see(validation.X), validation.y, validation.known)
        mean, scale = moments(seen.X)
        options, network = self.options, self._build(mean, scale)

        def learn(epoch: int) -> float:
            return float(np.mean([network.learn(batch) for batch in training_batches(seen, options, epoch=epoch)]))

        def validate(rows: Examples) -> float:
            return macro_ap(rows.y, network.score(rows.X), known=rows.known)

        course = Course(
            learn, functools.partial(validate, unseen) if unseen else None, options.epochs, options.patience
        )
        name = _fingerprint(f"{self.KIND} {options}", seen, unseen, mean, scale)
        done = run_course(network, course, monitor=monitor, fingerprint=name)
        self.options, self._network = replace(options, epochs=done.best_epoch + 1), network

    def _logits(self, X: Ragged) -> Floats:
        return self._network.score(self._see(X))

    def settings(self) -> Settings:
        """Return its shape and all options as plain numbers."""
        return {**super().settings(), **self.options.settings()}

    def arrays(self) -> Arrays:
        """Return `mean` and `scale` of a frame and the weights `w00`, `w01`, ..., those of many axes as matrices."""
        network = self._network
        weights = {f"w{place:02}": _flat(value) for place, value in enumerate(network.weights())}
        return {"mean": network.mean, "scale": network.scale, **weights}

    def _restore(self, settings: Settings, arrays: Arrays) -> None:
        try:
            self.options = replace(NeuralOptions.from_settings(settings), word_vectors=self.options.word_vectors)
        except BadTrainingData as exc:
            raise UnsafeModel(str(exc)) from exc
        arrays = self._take(arrays)
        network = self._build(*self._check_size(arrays))
        values = {f"w{place:02}": value for place, value in enumerate(network.weights())}
        shapes = {name: _flat(value).shape for name, value in values.items()}
        check_arrays(arrays, {"mean": network.mean.shape, "scale": network.scale.shape, **shapes})
        network.set_weights([arrays[name].reshape(value.shape) for name, value in values.items()])
        self._network = network

    def _check_size(self, arrays: Arrays) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return mean and scale; raises UnsafeModel where a few bytes would have a huge network built."""
        dim, hidden = self.dim * (N_STATS if self.POOLED else 1), self.options.hidden
        n_needed = dim * hidden + self.SQUARES * hidden**2
        if sum(array.size for array in arrays.values()) < n_needed:
            raise UnsafeModel(f"the head's arrays hold fewer than the {n_needed:,} numbers that its settings need")
        moments = {name: arrays[name] for name in ("mean", "scale") if name in arrays}
        check_arrays(moments, {"mean": (dim,), "scale": (dim,)})
        if (moments["scale"] <= 0).any():
            raise UnsafeModel("scale must be above 0")
        return moments["mean"], moments["scale"]

    def to_keras(self, path: Path) -> None:
        """Write a `.keras` file of standard layers, for programs without this one: load_model(path, safe_mode=True).

        Inputs are `frames` (n, T, dim), raw, and `mask` (n, T), 1 for a real frame; the output are logits (n, genres).
        """
        self._network.save(path, pooled=self.POOLED)

    def _prepare(self, X: Ragged) -> None:
        """Learn from the training rows what they must be turned into."""

    def _take(self, arrays: Arrays) -> Arrays:
        """Take up, checked, what `_prepare` has learnt, and return the other arrays."""
        return arrays

    def _build(self, mean: NDArray[np.float32], scale: NDArray[np.float32]) -> "Network":
        if not self.SCALED:
            mean, scale = np.zeros_like(mean), np.ones_like(scale)
        network = Network(self._blueprint(), self.options, n_genres=self.n_genres, mean=mean, scale=scale)
        network.set_weights(self._begin(network.weights()))
        return network

    def _blueprint(self) -> Build:
        """Return what makes the network's graph."""
        return type(self).BUILD

    def _begin(self, weights: Values) -> Values:
        """Return the weights that learning begins with, given random ones."""
        return weights

    def _see(self, X: Ragged) -> Ragged:
        """Return rows as the network is shown them."""
        return Ragged.singles(pool_stats(X)) if self.POOLED else X


class Mlp(NeuralHead):
    """A perceptron on mean, spread, maximum and change of a sequence."""

    KIND, BUILD, SQUARES, POOLED = "mlp", architectures.mlp, 0, True


class Attention(NeuralHead):
    """Gated attention: a mean over the seconds that learns which ones count."""

    KIND, BUILD, SQUARES = "attention", architectures.attention, 2


class Peaks(NeuralHead):
    """What is seen most strongly in any second, and on average: a few seconds that tell a genre are found."""

    KIND, BUILD, SQUARES = "peaks", architectures.peaks, 0


class Convolution(NeuralHead):
    """Convolutions over time: what happens within a few seconds."""

    KIND, BUILD, SQUARES = "convolution", architectures.convolution, 10


class NextVlad(NeuralHead):
    """NeXtVLAD: which kinds of frames there are, and how they differ from the usual ones of their kind."""

    KIND, BUILD, SQUARES = "nextvlad", architectures.nextvlad, 6


class Gru(NeuralHead):
    """Recurrent units from both ends: what comes before what."""

    KIND, BUILD, SQUARES = "gru", architectures.gru, 4


class Transformer(NeuralHead):
    """One block of self-attention with places: every second in the light of all others."""

    KIND, BUILD, SQUARES = "transformer", architectures.transformer, 8


class Network:
    """A Keras graph with what trains it and what runs it, one compiled function each for sequences of any length."""

    def __init__(
        self,
        build: Build,
        options: NeuralOptions,
        *,
        n_genres: int,
        mean: NDArray[np.float32],
        scale: NDArray[np.float32],
    ) -> None:
        self._tf, self._keras = _import_keras()
        self._options, self.n_genres, self.mean, self.scale = options, n_genres, mean, scale
        layers = self._keras.layers
        self._inputs = [layers.Input((None, self.dim), name="frames"), layers.Input((None,), name="mask")]
        standard = layers.Rescaling((1 / scale).tolist(), (-mean / scale).tolist())(self._inputs[0])
        self._outputs = build(Layers(self._keras, options, n_genres=n_genres), standard, self._inputs[1])
        self._model = self._keras.Model(self._inputs, self._outputs.logits)

    @property
    def dim(self) -> int:
        """How many numbers a frame has."""
        return len(self.mean)

    def score(self, X: Ragged) -> Floats:
        """Return logits, (n, genres)."""
        logits = np.empty((len(X), self.n_genres))
        for rows in scoring_batches(X):
            logits[rows] = self._run(*pad([X[int(row)] for row in rows])).numpy()[: len(rows)]
        return logits

    def learn(self, batch: Batch) -> float:
        """Take one step downhill and return the loss before it."""
        return float(self._step(batch.frames, batch.mask, batch.y, batch.known))

    def state(self) -> Values:
        """Return all that the next step depends on: weights, optimiser, random generators."""
        return [np.array(variable.numpy()) for variable in (*self._learner.variables, *self._optimizer.variables)]

    def set_state(self, state: Values) -> None:
        """Take up a state again."""
        for variable, value in zip((*self._learner.variables, *self._optimizer.variables), state, strict=True):
            variable.assign(value)

    def weights(self) -> Values:
        """Return what was learnt."""
        return [np.array(value) for value in self._model.get_weights()]

    def set_weights(self, weights: Values) -> None:
        """Use these weights from now on."""
        self._model.set_weights(weights)

    def save(self, path: Path, *, pooled: bool) -> None:
        """Write a `.keras` file; `pooled` puts `pool_stats` before the network."""
        if not pooled:
            self._model.save(path)
            return
        layers, ops = self._keras.layers, self._keras.ops
        frames, mask = layers.Input((None, self.dim // N_STATS), name="frames"), layers.Input((None,), name="mask")
        vector = architectures.stats(Layers(self._keras, self._options, n_genres=self.n_genres), frames, mask)
        logits = self._model([ops.expand_dims(vector, 1), mask[:, :1]])  # the first frame is always real
        self._keras.Model([frames, mask], logits).save(path)

    @functools.cached_property
    def _learner(self) -> Any:
        """All outputs that learning looks at, as one list."""
        outputs = [self._outputs.logits, *chain.from_iterable(self._outputs.auxiliary)]
        return self._keras.Model(self._inputs, outputs)

    @functools.cached_property
    def _optimizer(self) -> Any:
        options = self._options
        optimizer = self._keras.optimizers.AdamW(
            options.learning_rate, weight_decay=options.weight_decay, global_clipnorm=GRADIENT_NORM
        )
        optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
        optimizer.build(self._learner.trainable_variables)
        return optimizer

    @functools.cached_property
    def _run(self) -> Any:
        return self._compile(lambda frames, mask: self._model([frames, mask], training=False), self._specs())

    @functools.cached_property
    def _step(self) -> Any:
        learner, optimizer = self._learner, self._optimizer
        variables = learner.trainable_variables

        def step(frames: Any, mask: Any, y: Any, known: Any) -> Any:
            with self._tf.GradientTape() as tape:
                outputs = learner([frames, mask], training=True)  # Keras gives no list of one
                logits, *others = outputs if isinstance(outputs, list) else [outputs]
                loss = masked_loss(self._keras.ops, logits, y, known, options=self._options)
                for auxiliary, counts in zip(others[::2], others[1::2], strict=True):
                    each = masked_loss(self._keras.ops, auxiliary, y, known * counts, options=self._options)
                    loss = loss + AUXILIARY * each
            # an embedding's gradient comes as the rows it touched
            gradients = [self._tf.convert_to_tensor(gradient) for gradient in tape.gradient(loss, variables)]
            optimizer.apply_gradients(zip(gradients, variables, strict=True))
            return loss

        labels = self._tf.TensorSpec((None, self.n_genres))
        return self._compile(step, [*self._specs(), labels, labels])

    def _specs(self) -> list[Any]:
        return [self._tf.TensorSpec((None, None, self.dim)), self._tf.TensorSpec((None, None))]

    def _compile(self, function: Callable[..., Any], signature: list[Any]) -> Any:
        """Return `function` as one graph for all lengths, so that nothing is traced twice."""
        return self._tf.function(function, input_signature=signature, autograph=False)


def _flat(value: NDArray[np.generic]) -> NDArray[np.float32]:
    array = np.asarray(value, np.float32)
    return array if array.ndim <= 2 else array.reshape(-1, array.shape[-1])


def _fingerprint(what: str, *parts: Examples | NDArray[np.float32] | None) -> str:
    """Return a digest of a fit's options and data; of the features, their moments must do."""
    digest = hashlib.sha256(what.encode())
    for part in parts:
        arrays = (part.X.lengths, part.y, part.known) if isinstance(part, Examples) else (part,)
        for array in arrays:
            digest.update(b"" if array is None else np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def _import_keras() -> tuple[Any, Any]:
    """Import TensorFlow and Keras, quietly; raises ModuleNotFoundError when they are not installed."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")
    os.environ["KERAS_BACKEND"] = "tensorflow"
    with _native_stderr_closed():
        import keras
        import tensorflow as tf
    return tf, keras


@contextlib.contextmanager
def _native_stderr_closed() -> Iterator[None]:
    """Drop what TensorFlow's C++ prints while it loads, as extractor.networks.inception does."""
    if "tensorflow" in sys.modules:
        yield
        return
    sys.stderr.flush()
    kept = os.dup(2)
    with open(os.devnull, "wb") as nowhere:  # noqa: PTH123 - a file descriptor is what is wanted
        os.dup2(nowhere.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
