"""Head: the trainable part of a model, from sequences of feature vectors to a logit for each genre."""

import copy
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from classifier.arrays import Bools, Floats, Vectors
from classifier.bounds import SHAPE_BOUNDS, Bound, check_both_classes, check_settings
from classifier.errors import FeaturesMismatch
from classifier.ragged import Ragged

Settings = Mapping[str, int | float]
Arrays = Mapping[str, NDArray[np.float32]]
WINDOW_S = 5  # the seconds that are left out together, to see what they bring
MAX_WINDOWS, MAX_ERASURES = 150, 256
NUMBERS_AT_ONCE = 2**22  # 16 MB of float32


@dataclass(frozen=True, slots=True, eq=False)
class Examples:
    """`X` with its labels: `y` and `known` are bool of shape (n, genres); where not `known`, `y` says nothing."""

    X: Ragged
    y: Bools
    known: Bools


class Monitor:
    """Hears how a fit goes; this one keeps silent. `checkpoints` is a folder to go on from, None for none."""

    checkpoints: Path | None = None

    def step(self, done: int, total: int, figures: Mapping[str, float]) -> None:
        """Hear that `done` of at most `total` steps (epochs, genres) are done, with `figures` such as macro_ap."""


SILENT = Monitor()


class Head(ABC):
    """The interface of every kind of head; a class's constructor takes the hyperparameters, all with defaults.

    `dim` are the numbers of a frame, 0 before the head is fitted or restored. `settings` (plain numbers) and `arrays`
    (float32, finite, of one or two axes) describe all of a fitted head: one restored from them predicts as it did, to
    the bit.
    """

    KIND: ClassVar[str]
    BOUNDS: ClassVar[Mapping[str, Bound]] = {}  # of its settings, beside those of the shape
    dim: int = 0
    n_genres: int = 0

    def fit(
        self,
        X: Ragged,
        y: Bools,
        *,
        known: Bools | None = None,
        validation: Examples | None = None,
        monitor: Monitor = SILENT,
    ) -> Self:
        """Return the head itself, fitted to labels of shape (n, genres), those not `known` left out of the loss.

        `validation` chooses where to stop, or a penalty; without it, fixed settings are used. Raises
        BadTrainingData for a genre that every known row has, or none.
        """
        known = np.ones_like(y) if known is None else known
        check_both_classes(y, known)
        self.dim, self.n_genres = X.dim, y.shape[1]
        self._fit(Examples(X, y, known), validation=validation, monitor=monitor)
        return self

    @abstractmethod
    def _fit(self, train: Examples, *, validation: Examples | None, monitor: Monitor) -> None:
        """Learn; the labels have both rows that have a genre and rows that lack it."""

    def chosen(self) -> Self:
        """Return a copy to be fitted without validation, with the settings that fitting chose."""
        return copy.copy(self)

    def logits(self, X: Ragged) -> Floats:
        """Return the log-odds of each genre for each sequence, (n, genres), whatever its company in `X`.

        Raises FeaturesMismatch for frames of another size.
        """
        if not self.dim:
            raise RuntimeError(f"a head of kind {self.KIND!r} must be fitted or restored before it is used")
        if X.dim != self.dim:
            raise FeaturesMismatch(f"the head reads vectors of {self.dim} numbers, not of {X.dim}")
        return self._logits(X)

    @abstractmethod
    def _logits(self, X: Ragged) -> Floats:
        """Return the log-odds; the frames are of the head's size."""

    def timeline(self, vectors: Vectors) -> Floats:
        """Return log-odds second by second, (frames, dim) -> (frames, genres): what each brings beside the others."""
        return in_context(vectors, predict=self.logits)

    def contributions(self, vectors: Vectors) -> Floats:
        """Return how much each vector adds to the log-odds, (n, dim) -> (n, genres): what leaving it out takes away."""
        return leave_out(vectors, predict=self.logits)

    def in_vocabulary(self, vectors: Vectors) -> Bools | None:
        """Return which of the vectors it knows from fitting, of shape (n,); None: it can't say."""
        return None

    def is_informative(self, vectors: Vectors) -> Bools:
        """Return which of the vectors are worth showing to people, of shape (n,): here all."""
        return np.ones(len(vectors), dtype=np.bool_)

    def settings(self) -> Settings:
        """Return the numbers that fix the head's shape, and the options it has."""
        return {"dim": self.dim, "n_genres": self.n_genres}

    @abstractmethod
    def arrays(self) -> Arrays:
        """Return what was learnt."""

    def restore(self, settings: Settings, arrays: Arrays) -> Self:
        """Return the head itself, as these describe it; raises UnsafeModel for what no head of this kind has."""
        check_settings(settings, {**SHAPE_BOUNDS, **self.BOUNDS})
        self.dim, self.n_genres = int(settings["dim"]), int(settings["n_genres"])
        self._restore(settings, arrays)
        return self

    @abstractmethod
    def _restore(self, settings: Settings, arrays: Arrays) -> None:
        """Take up the settings, within their bounds, and the arrays, which are still to be checked."""


def in_context(vectors: Vectors, *, predict: Callable[[Ragged], Floats]) -> Floats:
    """Return the log-odds for which the five seconds around each one are to thank, (frames, dim) -> (frames, genres).

    The jackknife's pseudo-value (Tukey 1958; Miller 1974, "The Jackknife - A Review", section 2) of k seconds of n:
    (n f(all) - (n - k) f(all without them)) / k. For a head that is affine in the mean frame it is the mean of what
    `predict` says of each of them alone. Of more than 150 seconds, neighbours have one window; of five or fewer, each
    has the log-odds of all.
    """
    whole, n = predict(Ragged.from_sequences([vectors])), len(vectors)
    if n <= WINDOW_S:
        return np.repeat(whole, n, axis=0)
    edges, around = _deal(n, MAX_WINDOWS), WINDOW_S // 2
    starts, ends = np.maximum(edges[:-1] - around, 0), np.minimum(edges[1:] + around, n)
    weights = n / (ends - starts) - 1
    values = whole + weights[:, None] * (whole - _without(vectors, starts, ends, predict=predict))
    return np.repeat(values, np.diff(edges), axis=0)


def leave_out(vectors: Vectors, *, predict: Callable[[Ragged], Floats]) -> Floats:
    """Return what leaving each vector out takes from the log-odds that `predict` returns, (n, dim) -> (n, genres).

    Li, Monroe & Jurafsky 2016, "Understanding Neural Networks through Representation Erasure". Of more than 256,
    neighbours are left out together and share what that takes away. A single vector has all of it.
    """
    whole, n = predict(Ragged.from_sequences([vectors])), len(vectors)
    if n == 1:
        return whole
    edges = _deal(n, MAX_ERASURES)
    sizes = np.diff(edges)
    taken = whole - _without(vectors, edges[:-1], edges[1:], predict=predict)
    return np.repeat(taken / sizes[:, None], sizes, axis=0)


def _deal(n: int, most: int) -> NDArray[np.int64]:
    """Return the edges of n neighbours dealt into `most` parts of about equal size, one each where they are fewer."""
    return np.linspace(0, n, min(n, most) + 1).astype(np.int64)


def _without(
    vectors: Vectors, starts: NDArray[np.int64], ends: NDArray[np.int64], *, predict: Callable[[Ragged], Floats]
) -> Floats:
    """Return what `predict` says of all vectors but those of each stretch, (stretches, genres); few at once."""
    at_once, parts = max(1, NUMBERS_AT_ONCE // vectors.size), []
    for at in range(0, len(starts), at_once):
        stretches = zip(starts[at : at + at_once], ends[at : at + at_once], strict=True)
        rests = [np.delete(vectors, np.s_[start:end], axis=0) for start, end in stretches]
        parts.append(predict(Ragged.from_sequences(rests)))
    return np.concatenate(parts)
