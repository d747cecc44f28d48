"""ScoredRows: labels, scores and thresholds of the same rows, validated together."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from classifier.arrays import Bools, Floats
from classifier.errors import BadTrainingData

HALF = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class ScoredRows:
    """`labels`, `scores` (between 0 and 1), `known` and `thresholds`, all of shape (n, genres).

    Where not `known`, neither label nor score is looked at. Raises BadTrainingData for what does not fit together.
    """

    labels: Bools
    scores: Floats
    known: Bools
    thresholds: Floats

    def __post_init__(self) -> None:
        shape = self.labels.shape
        if len(shape) != 2 or self.scores.shape != shape or self.known.shape != shape:
            raise BadTrainingData(
                f"labels {shape}, scores {self.scores.shape} and known {self.known.shape} must be one (n, genres)"
            )
        if self.thresholds.shape != shape:
            raise BadTrainingData(f"thresholds {self.thresholds.shape} for labels {shape}: give one for each genre")
        scores = self.scores[self.known]
        if not ((scores >= 0.0) & (scores <= 1.0)).all():  # NaN fails too
            raise BadTrainingData("some scores are not between 0 and 1: give probabilities, not logits")

    @classmethod
    def from_scores(
        cls,
        labels: Bools,
        scores: Floats,
        *,
        thresholds: Sequence[float] | Floats | None = None,
        known: Bools | None = None,
    ) -> "ScoredRows":
        """Return these with what is not given filled in: cut-offs of 0.5, and every label known.

        `thresholds` are of shape (genres,), or (n, genres) where they depend on what a row has.
        """
        known = np.ones(labels.shape, dtype=bool) if known is None else known
        cuts = np.asarray(HALF if thresholds is None else thresholds, dtype=np.float64)
        if cuts.ndim == 0 or cuts.shape == labels.shape[1:]:
            cuts = np.broadcast_to(cuts, labels.shape)
        if known.shape != labels.shape or scores.shape != labels.shape:
            return cls(labels, scores, known, cuts)  # refused there, with the reason
        return cls(labels & known, np.where(known, scores, 0.0), known, cuts)

    @property
    def predicted(self) -> Bools:
        """Which genres are named, of shape (n, genres): known ones of score >= threshold."""
        return (self.scores >= self.thresholds) & self.known

    @property
    def weights(self) -> Floats:
        """1 where known, else 0, of shape (n, genres): what a cell counts."""
        return self.known.astype(np.float64)

    @property
    def measurable(self) -> Bools:
        """Whether a genre has known rows that have it and known rows that lack it, of shape (genres,)."""
        support = self.labels.sum(axis=0)
        return np.asarray((support > 0) & (support < self.known.sum(axis=0)))

    @property
    def complete(self) -> Bools:
        """Whether all genres of a row are known, of shape (n,)."""
        return np.asarray(self.known.all(axis=1))

    @property
    def countable(self) -> Bools:
        """Whether a row is complete and has a genre, of shape (n,): without one no first place could be right."""
        return np.asarray(self.complete & self.labels.any(axis=1))

    def genres(self, chosen: Bools) -> "ScoredRows":
        """Return the columns where `chosen`, of shape (genres,); raises BadTrainingData when there are none."""
        if not chosen.any():
            raise BadTrainingData("no genre has both rows that have it and rows that lack it: give more labels")
        return self._at(np.s_[:, chosen])

    def rows(self, chosen: Bools) -> "ScoredRows":
        """Return the rows where `chosen`, of shape (n,); there may be none."""
        return self._at(chosen)

    def _at(self, cells: Any) -> "ScoredRows":
        return ScoredRows(self.labels[cells], self.scores[cells], self.known[cells], self.thresholds[cells])

    def at_half(self) -> "ScoredRows":
        """Return the same with thresholds of 0.5."""
        return ScoredRows(self.labels, self.scores, self.known, np.full(self.labels.shape, HALF))
