"""Late joining: the modalities' calibrated log-odds, weighted; other weights for each choice of modalities."""

from collections.abc import Mapping
from itertools import product
from typing import Self

import numpy as np

from classifier.arrays import Floats
from classifier.bounds import Shape
from classifier.data.films import Films
from classifier.errors import UnsafeModel
from classifier.evaluation.calibration import Calibration
from classifier.evaluation.metrics import macro_ap
from classifier.heads.base import Arrays, Head, Settings
from classifier.joins.base import HeadJoin, Logits
from classifier.joins.branches import Branches
from classifier.view import subsets

STEPS = 20  # the weights are twentieths
MAX_WEIGHT = 1e3
ARRAYS = ("weights", "slopes", "intercepts")
Choice = tuple[str, ...]
Weights = Mapping[str, float]


class Late(HeadJoin):
    """Weights of sum 1 times slope * logit + intercept; a modality alone weighs 1, so nothing but its scale changes.

    `weights` is (choices, modalities), the choices in the order of `subsets`, `slopes` and `intercepts` are
    (modalities, genres): they bring heads of different scales to one. All genres share the weights.
    """

    KIND = "late"

    @classmethod
    def fit(cls, branches: Branches, validation: Films) -> Self:
        """Return the join of best macro average precision on rows that the branches have not seen, (n, genres)."""
        weights = {chosen: _weigh(branches, chosen, validation) for chosen in subsets(branches.members)}
        return cls.from_weights(branches.members, weights, branches.calibrations)

    @classmethod
    def from_weights(
        cls, members: Mapping[str, Head], weights: Mapping[Choice, Weights], calibrations: Mapping[str, Calibration]
    ) -> Self:
        """Return the join of these, the weights by each choice of the members, the calibrations by member."""
        found = (
            [[weights[choice].get(name, 0.0) for name in members] for choice in subsets(members)],
            [calibrations[name].slope for name in members],
            [calibrations[name].intercept for name in members],
        )
        arrays = zip(ARRAYS, found, strict=True)
        return cls(members, {name: np.array(values, dtype=np.float32) for name, values in arrays})

    @property
    def calibrations(self) -> dict[str, Calibration]:
        """What brings each modality's logits to one scale."""
        numbers = zip(*(self._arrays[name].astype(np.float64) for name in ARRAYS[1:]), strict=True)
        return {name: Calibration(*each) for name, each in zip(self.modalities, numbers, strict=True)}

    def combine(self, logits: Logits) -> Floats:
        """Return the weighted mean of the modalities' log-odds, (n, genres)."""
        parts = [self.part(modality, each, among=tuple(logits)) for modality, each in logits.items()]
        return np.asarray(np.sum(parts, axis=0))

    def part(self, modality: str, logits: Floats, *, among: tuple[str, ...]) -> Floats:
        """Return what a modality's log-odds add to those of films that have all of `among`, (n, genres)."""
        slopes, intercepts = (self._arrays[name].astype(np.float64) for name in ARRAYS[1:])
        place = self.modalities.index(modality)
        return np.asarray(self.weights(among)[modality] * (logits * slopes[place] + intercepts[place]))

    def weights(self, among: tuple[str, ...]) -> Mapping[str, float]:
        """Return the weight of each modality of films that have all of `among`."""
        row = self._arrays["weights"][subsets(self.modalities).index(among)].astype(np.float64)
        return dict(zip(self.modalities, row.tolist(), strict=True))

    @classmethod
    def shapes(cls, modalities: tuple[str, ...], n_genres: int) -> Mapping[str, Shape]:
        """Return those of weights (choices, modalities), slopes and intercepts (modalities, genres)."""
        n = len(modalities)
        return dict(zip(ARRAYS, ((len(subsets(modalities)), n), (n, n_genres), (n, n_genres)), strict=True))

    @classmethod
    def from_members(cls, members: Mapping[str, Head], *, settings: Settings, arrays: Arrays) -> Self:
        """Return the join of restored members; raises UnsafeModel when they don't fit together."""
        join = super().from_members(members, settings=settings, arrays=arrays)
        if (np.abs(arrays["weights"]) > MAX_WEIGHT).any() or (arrays["slopes"] <= 0).any():
            raise UnsafeModel("a weight is too large, or a slope is not above 0")
        return join


def _weigh(branches: Branches, chosen: Choice, validation: Films) -> Weights:
    """Return the best weights of the modalities that are chosen; the most equal ones on a tie, or without rows."""
    rows = validation.views.having(chosen)
    best, figure = (1 / len(chosen),) * len(chosen), -np.inf
    if rows.any():
        logits = [branches.calibrated(name)[rows] for name in chosen]
        for weights in sorted(_grid(len(chosen)), key=max):
            total = sum(weight * each for weight, each in zip(weights, logits, strict=True))
            found = macro_ap(validation.Y[rows], np.asarray(total), known=validation.known[rows])
            if found > figure:  # never for NaN: nothing can be measured there
                best, figure = weights, found
    return dict(zip(chosen, best, strict=True))


def _grid(n: int) -> list[tuple[float, ...]]:
    """Return all weights of sum 1 in steps of a twentieth, none of them 0."""
    counts = (each for each in product(range(1, STEPS + 1), repeat=n) if sum(each) == STEPS)
    return [tuple(count / STEPS for count in each) for each in counts]
