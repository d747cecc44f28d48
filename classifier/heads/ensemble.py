"""EnsembleHead: several heads' calibrated log-odds, averaged."""

from collections.abc import Sequence
from typing import Self

import numpy as np

from classifier.arrays import Bools, Floats, Vectors
from classifier.bounds import check_arrays
from classifier.errors import UnsafeModel
from classifier.heads.base import Arrays, Examples, Head, Monitor, Settings
from classifier.ragged import Ragged


class EnsembleHead(Head):
    """The mean over members of slope * logits + intercept; both float32 of shape (members, genres).

    The slopes bring heads of different scales to one: a forest's log-odds are tame, a network's loud.
    """

    KIND = "ensemble"

    def __init__(self, members: Sequence[Head], arrays: Arrays) -> None:
        self.members, self._arrays = tuple(members), arrays
        self.dim, self.n_genres = members[0].dim, members[0].n_genres

    def _fit(self, train: Examples, *, validation: Examples | None, monitor: Monitor) -> None:
        """Fit the members, one after the other, in place; slopes and intercepts stay as they are."""
        for member in self.members:
            member.fit(train.X, train.y, known=train.known, validation=validation, monitor=monitor)

    def with_members(self, members: Sequence[Head]) -> Self:
        """Return the ensemble of other heads, with the same slopes and intercepts."""
        return type(self)(members, self._arrays)

    def _logits(self, X: Ragged) -> Floats:
        return self._average([member.logits(X) for member in self.members])

    def timeline(self, vectors: Vectors) -> Floats:
        """Return the mean of the members' timelines: (frames, dim) -> (frames, genres)."""
        return self._average([member.timeline(vectors) for member in self.members])

    def contributions(self, vectors: Vectors) -> Floats:
        """Return the mean of the members' contributions, each times its slope: (n, dim) -> (n, genres)."""
        slopes = self._arrays["slope"]
        parts = [a * member.contributions(vectors) for a, member in zip(slopes, self.members, strict=True)]
        return np.asarray(np.mean(parts, axis=0))

    def in_vocabulary(self, vectors: Vectors) -> Bools | None:
        """Return which of the vectors any member knows from fitting, None where none can say."""
        said = [known for member in self.members if (known := member.in_vocabulary(vectors)) is not None]
        return np.any(said, axis=0) if said else None

    def is_informative(self, vectors: Vectors) -> Bools:
        """Return which of the vectors all members find worth showing, of shape (n,)."""
        return np.asarray(np.all([member.is_informative(vectors) for member in self.members], axis=0))

    def _average(self, logits: Sequence[Floats]) -> Floats:
        slopes, intercepts = (self._arrays[name].astype(np.float64) for name in ("slope", "intercept"))
        scaled = [a * one + b for a, b, one in zip(slopes, intercepts, logits, strict=True)]
        return np.asarray(np.mean(scaled, axis=0))

    def arrays(self) -> Arrays:
        """Return slope and intercept; the members' arrays are theirs to give."""
        return self._arrays

    def _restore(self, settings: Settings, arrays: Arrays) -> None:
        if {(member.dim, member.n_genres) for member in self.members} != {(self.dim, self.n_genres)}:
            raise UnsafeModel("the members of the ensemble have different features or genres")
        check_arrays(arrays, dict.fromkeys(("slope", "intercept"), (len(self.members), self.n_genres)))
        self._arrays = arrays
