"""EnsembleHead: several heads' calibrated log-odds, averaged."""

from collections.abc import Sequence
from typing import NoReturn, Self

import numpy as np
from numpy.typing import NDArray

from classifier.bounds import SHAPE_BOUNDS, check_arrays, check_settings
from classifier.errors import UnsafeModel
from classifier.heads.base import Arrays, Examples, Head, Monitor, Settings
from classifier.ragged import Ragged


class EnsembleHead(Head):
    """The mean over members of slope * logits + intercept; both float32 of shape (members, genres).

    The slopes bring heads of different scales to one: a forest's log-odds are tame, a network's loud.
    """

    KIND = "ensemble"

    def __init__(
        self, members: Sequence[Head], *, slopes: NDArray[np.float32], intercepts: NDArray[np.float32]
    ) -> None:
        self.members = tuple(members)
        self._slopes = slopes
        self._intercepts = intercepts

    @property
    def dim(self) -> int:
        """How many numbers a frame must have."""
        return self.members[0].dim

    @property
    def n_genres(self) -> int:
        """The number of genres."""
        return self.members[0].n_genres

    def _fit(self, train: Examples, *, validation: Examples | None, monitor: Monitor) -> None:
        """Fit the members, one after the other, in place; slopes and intercepts stay as they are."""
        for member in self.members:
            member._fit(train, validation=validation, monitor=monitor)

    def chosen(self) -> Self:
        """Return the ensemble of its members' `chosen`, with the same slopes and intercepts."""
        return self.with_members([member.chosen() for member in self.members])

    def with_members(self, members: Sequence[Head]) -> Self:
        """Return the ensemble of other heads, with the same slopes and intercepts."""
        return type(self)(members, slopes=self._slopes, intercepts=self._intercepts)

    def logits(self, X: Ragged) -> NDArray[np.float64]:
        """Return the log-odds of each genre for each sequence, of shape (n, genres)."""
        return self._average([member.logits(X) for member in self.members])

    def timeline(self, vectors: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return the mean of the members' timelines: (frames, dim) -> (frames, genres)."""
        return self._average([member.timeline(vectors) for member in self.members])

    def attention(self, vectors: NDArray[np.floating]) -> NDArray[np.float64] | None:
        """Return the mean of those members' attention that can say, None where none can."""
        said = [weights for member in self.members if (weights := member.attention(vectors)) is not None]
        return np.mean(said, axis=0) if said else None

    def contributions(self, vectors: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return the mean of the members' contributions, each times its slope: (n, dim) -> (n, genres)."""
        parts = [a * member.contributions(vectors) for a, member in zip(self._slopes, self.members, strict=True)]
        mean: NDArray[np.float64] = np.mean(parts, axis=0)
        return mean

    def in_vocabulary(self, vectors: NDArray[np.floating]) -> NDArray[np.bool_] | None:
        """Return which of the vectors any member knows from fitting, None where none can say."""
        said = [known for member in self.members if (known := member.in_vocabulary(vectors)) is not None]
        return np.any(said, axis=0) if said else None

    def _average(self, logits: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
        slopes, intercepts = self._slopes.astype(np.float64), self._intercepts.astype(np.float64)
        scaled = [a * one + b for a, b, one in zip(slopes, intercepts, logits, strict=True)]
        mean: NDArray[np.float64] = np.mean(scaled, axis=0)
        return mean

    def settings(self) -> Settings:
        """Return the numbers that fix the head's shape."""
        return {"dim": self.dim, "n_genres": self.n_genres}

    def arrays(self) -> Arrays:
        """Return slope and intercept; the members' arrays are theirs to give."""
        return {"slope": self._slopes, "intercept": self._intercepts}

    @classmethod
    def of(cls, members: Sequence[Head], *, settings: Settings, arrays: Arrays) -> Self:
        """Return the ensemble of restored members; raises UnsafeModel when they don't fit together."""
        check_settings(settings, SHAPE_BOUNDS)
        dim, n_genres = int(settings["dim"]), int(settings["n_genres"])
        if {(member.dim, member.n_genres) for member in members} != {(dim, n_genres)}:
            raise UnsafeModel("the members of the ensemble have different features or genres")
        shape = (len(members), n_genres)
        check_arrays(arrays, {"slope": shape, "intercept": shape})
        return cls(members, slopes=arrays["slope"], intercepts=arrays["intercept"])

    @classmethod
    def restore(cls, settings: Settings, arrays: Arrays) -> NoReturn:
        """Refuse: an ensemble is made of its members, see `of`."""
        raise UnsafeModel("an ensemble without members")
