"""Late joining: the modalities' calibrated log-odds, weighted; other weights for each choice of modalities."""

from collections.abc import Mapping
from itertools import product
from typing import Self

import numpy as np
from numpy.typing import NDArray

from classifier.bounds import check_arrays
from classifier.data.films import Films
from classifier.errors import UnsafeModel
from classifier.evaluation.metrics import macro_ap
from classifier.heads.base import Arrays, Head, Settings
from classifier.joins.base import HeadJoin, Logits, check_members
from classifier.joins.branches import Branches
from classifier.view import subsets

STEPS = 20  # the weights are twentieths
MAX_WEIGHT = 1e3


class Late(HeadJoin):
    """Weights of sum 1 times slope * logit + intercept; a modality alone weighs 1, so nothing but its scale changes.

    `weights` is (choices, modalities), the choices in the order of `subsets`, `slopes` and `intercepts` are
    (modalities, genres): they bring heads of different scales to one. All genres share the weights.
    """

    KIND = "late"

    def __init__(
        self,
        members: Mapping[str, Head],
        *,
        weights: NDArray[np.float32],
        slopes: NDArray[np.float32],
        intercepts: NDArray[np.float32],
    ) -> None:
        super().__init__(members)
        self._weights, self._slopes, self._intercepts = weights, slopes, intercepts

    @classmethod
    def fit(cls, branches: Branches, validation: Films) -> Self:
        """Return the join of best macro average precision on rows that the branches have not seen, (n, genres)."""
        weights = [_weigh(branches, chosen, validation) for chosen in subsets(branches.members)]
        return cls(
            branches.members,
            weights=np.array(weights, dtype=np.float32),
            slopes=branches.slopes.astype(np.float32),
            intercepts=branches.intercepts.astype(np.float32),
        )

    def combine(self, logits: Logits) -> NDArray[np.float64]:
        """Return the weighted mean of the modalities' log-odds, (n, genres)."""
        choice = subsets(self.modalities).index(tuple(logits))
        total = np.zeros_like(next(iter(logits.values())))
        for modality, each in logits.items():
            place = self.modalities.index(modality)
            slope, intercept = self._slopes[place].astype(np.float64), self._intercepts[place].astype(np.float64)
            total += float(self._weights[choice, place]) * (each * slope + intercept)
        return total

    def weights(self) -> dict[tuple[str, ...], tuple[float, ...]]:
        """Return the weight of each modality in each choice of several."""
        rows = zip(subsets(self.modalities), self._weights.tolist(), strict=True)
        return {
            chosen: tuple(row[self.modalities.index(name)] for name in chosen) for chosen, row in rows if chosen[1:]
        }

    def settings(self) -> Settings:
        """Return the number of genres."""
        return {"n_genres": self.n_genres}

    def arrays(self) -> Arrays:
        """Return weights (choices, modalities), slopes and intercepts (modalities, genres)."""
        return {"weights": self._weights, "slopes": self._slopes, "intercepts": self._intercepts}

    @classmethod
    def of(cls, members: Mapping[str, Head], *, settings: Settings, arrays: Arrays) -> Self:
        """Return the join of restored members; raises UnsafeModel when they don't fit together."""
        shape = (len(members), check_members(members, settings))
        check_arrays(arrays, {"weights": (len(subsets(members)), len(members)), "slopes": shape, "intercepts": shape})
        if (np.abs(arrays["weights"]) > MAX_WEIGHT).any() or (arrays["slopes"] <= 0).any():
            raise UnsafeModel("a weight is too large, or a slope is not above 0")
        return cls(members, weights=arrays["weights"], slopes=arrays["slopes"], intercepts=arrays["intercepts"])


def _weigh(branches: Branches, chosen: tuple[str, ...], validation: Films) -> list[float]:
    """Return the best weights, 0 for modalities that aren't chosen; the most equal ones on a tie, or without rows."""
    rows = validation.views.having(chosen)
    best, figure = (1 / len(chosen),) * len(chosen), -np.inf
    if rows.any():
        logits = [branches.calibrated(name)[rows] for name in chosen]
        for weights in sorted(_grid(len(chosen)), key=max):
            total = sum(weight * each for weight, each in zip(weights, logits, strict=True))
            found = macro_ap(validation.Y[rows], np.asarray(total), known=validation.known[rows])
            if found > figure:  # never for NaN: nothing can be measured there
                best, figure = weights, found
    place_of = {name: place for place, name in enumerate(branches.members)}
    full = [0.0] * len(place_of)
    for name, weight in zip(chosen, best, strict=True):
        full[place_of[name]] = weight
    return full


def _grid(n: int) -> list[tuple[float, ...]]:
    """Return all weights of sum 1 in steps of a twentieth, none of them 0."""
    counts = (each for each in product(range(1, STEPS + 1), repeat=n) if sum(each) == STEPS)
    return [tuple(count / STEPS for count in each) for each in counts]
