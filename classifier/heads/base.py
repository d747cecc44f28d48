"""Head: the trainable part of a model, from sequences of feature vectors to a logit for each genre."""

import copy
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
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
WINDOW_S = 5  # the seconds around one that are shown to a head that can't read one alone
MAX_ERASURES = 256
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
        """Return log-odds second by second, (frames, dim) -> (frames, genres): here of the five seconds around it."""
        return self.logits(windows(vectors))

    def attention(self, vectors: Vectors) -> Floats | None:
        """Return how much each second counts for each genre, (frames, genres), columns of sum 1; None: it can't say."""
        return None

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


def windows(vectors: Vectors) -> Ragged:
    """Return for each second the five seconds around it, fewer at the ends: (frames, dim) -> frames sequences."""
    half = WINDOW_S // 2
    return Ragged.from_sequences([vectors[max(0, second - half) : second + half + 1] for second in range(len(vectors))])


def leave_out(vectors: Vectors, *, predict: Callable[[Ragged], Floats]) -> Floats:
    """Return what leaving each vector out takes from the log-odds that `predict` returns, (n, dim) -> (n, genres).

    Li, Monroe & Jurafsky 2016, "Understanding Neural Networks through Representation Erasure". Of more than 256,
    neighbours are left out together and share what that takes away. A single vector has all of it.
    """
    whole, n = predict(Ragged.from_sequences([vectors])), len(vectors)
    if n == 1:
        return whole
    ends = np.linspace(0, n, min(n, MAX_ERASURES) + 1).astype(np.int64)
    rests = [np.delete(vectors, np.s_[start:end], axis=0) for start, end in pairwise(ends.tolist())]
    at_once = max(1, NUMBERS_AT_ONCE // vectors.size)
    parts = [predict(Ragged.from_sequences(rests[at : at + at_once])) for at in range(0, len(rests), at_once)]
    sizes = np.diff(ends)
    return np.repeat((whole - np.concatenate(parts)) / sizes[:, None], sizes, axis=0)
