"""GenreSets: which genres films have together, and so what evidence for one genre says of the others."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from classifier.arrays import Bools, Floats
from classifier.errors import UnsafeModel

MAX_SETS = 4096
_COUNT = np.dtype("<u4")


@dataclass(frozen=True, slots=True, eq=False)
class GenreSets:
    """Sets of genres that films have, `members`, bool of shape (sets, genres), and how many do, `counts` (sets,)."""

    members: Bools
    counts: NDArray[np.int64]

    @classmethod
    def from_labels(cls, labels: Bools, known: Bools) -> Self:
        """Return those of the rows of which each genre is known, the commonest 4,096; both are (n, genres)."""
        members, counts = np.unique(labels[known.all(axis=1)], axis=0, return_counts=True)
        commonest = np.argsort(-counts, kind="stable")[:MAX_SETS]
        return cls(members[commonest], counts[commonest])

    @classmethod
    def from_hex(cls, text: str, *, n_genres: int) -> Self:
        """Return the sets that `to_hex` wrote; raises UnsafeModel for anything else."""
        width = -(-n_genres // 8)
        data = bytes.fromhex(text)
        n, rest = divmod(len(data), width + _COUNT.itemsize)
        if rest or n > MAX_SETS:
            raise UnsafeModel("the model's sets of genres are damaged")
        rows = np.frombuffer(data, np.uint8).reshape(n, width + _COUNT.itemsize)
        counts = np.ascontiguousarray(rows[:, width:]).view(_COUNT).reshape(n).astype(np.int64)
        if (counts == 0).any():
            raise UnsafeModel("a set of genres that no film has is among the model's")
        return cls(np.unpackbits(rows[:, :width], axis=1, count=n_genres).astype(np.bool_), counts)

    def to_hex(self) -> str:
        """Return the sets and counts as text."""
        counts = self.counts.astype(_COUNT)[:, None].view(np.uint8)
        return np.hstack([np.packbits(self.members, axis=1), counts]).tobytes().hex()

    def say_of_others(self, evidence: Floats) -> Floats:
        """Return what the evidence for all other genres adds to each genre's log-odds, (n, genres).

        `evidence`, (n, genres), is what a film's log-odds are beyond those of the shares, each genre by itself. Bayes'
        rule over the sets: a set is as likely as films have it, times the odds that the evidence for its genres makes;
        a genre is as likely as the sets that hold it. Nothing is added to one that all or none of the sets hold.
        """
        if not len(self.counts):
            return np.zeros_like(evidence)
        together = np.array([self._weigh(row) for row in evidence]).reshape(evidence.shape)  # whatever rows are beside
        is_told = self.members.any(axis=0) & ~self.members.all(axis=0)
        return np.where(is_told, together - self._log_odds(self.counts) - evidence, 0.0)

    def _weigh(self, evidence: Floats) -> Floats:
        """Return the log-odds of the genres given a film's evidence, (genres,)."""
        logs = self.members @ evidence + np.log(self.counts)
        return self._log_odds(np.exp(logs - logs.max()))

    def _log_odds(self, weights: Floats | NDArray[np.int64]) -> Floats:
        """Return the log-odds of the genres for weights of the sets, (sets,) -> (genres,)."""
        smallest = np.finfo(np.float64).tiny
        having, lacking = weights @ self.members, weights @ ~self.members
        return np.asarray(np.log(np.maximum(having, smallest)) - np.log(np.maximum(lacking, smallest)))


NO_SETS = GenreSets(np.empty((0, 0), dtype=np.bool_), np.empty(0, dtype=np.int64))
