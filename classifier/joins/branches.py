"""Branches: a head for each modality, and its logits of rows that none of them was fitted on."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from classifier.data.films import Films
from classifier.evaluation.calibration import fit_calibration
from classifier.heads.base import Head


@dataclass(frozen=True, slots=True, eq=False)
class Branches:
    """`logits` are each modality's on the same rows, (n, genres), NaN where a row lacks it.

    `slopes` and `intercepts`, both (modalities, genres), make probabilities of their sigmoid.
    """

    members: Mapping[str, Head]
    logits: Mapping[str, NDArray[np.float64]]
    slopes: NDArray[np.float64]
    intercepts: NDArray[np.float64]

    @classmethod
    def of(cls, members: Mapping[str, Head], validation: Films) -> Self:
        """Return the heads with their logits on `validation`, and calibrated on it."""
        logits, slopes, intercepts = {}, [], []
        for modality, head in members.items():
            rows = validation.branch(modality)
            found = head.logits(rows.X)
            calibration = fit_calibration(found, rows.Y, known=rows.known, groups=rows.groups)
            logits[modality] = np.full(validation.Y.shape, np.nan)
            logits[modality][validation.views.parts[modality].present] = found
            slopes.append(calibration.slope)
            intercepts.append(calibration.intercept)
        return cls(members, logits, np.stack(slopes), np.stack(intercepts))

    def calibrated(self, modality: str) -> NDArray[np.float64]:
        """Return a modality's calibrated log-odds, (n, genres), NaN where a row lacks it."""
        place = list(self.members).index(modality)
        calibrated: NDArray[np.float64] = self.logits[modality] * self.slopes[place] + self.intercepts[place]
        return calibrated

    def rows(self, chosen: NDArray[np.bool_]) -> Self:
        """Return the same of the rows where `chosen`, of shape (n,)."""
        return replace(self, logits={modality: each[chosen] for modality, each in self.logits.items()})
