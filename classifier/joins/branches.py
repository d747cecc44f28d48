"""Branches: a head for each modality, and its logits of rows that none of them was fitted on."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from classifier.arrays import Bools, Floats
from classifier.data.films import Films
from classifier.evaluation.calibration import Calibration, fit_calibration
from classifier.heads.base import Head


@dataclass(frozen=True, slots=True, eq=False)
class Branches:
    """`logits` are each modality's on the same rows, (n, genres), NaN where a row lacks it.

    Its calibration makes probabilities of their sigmoid.
    """

    members: Mapping[str, Head]
    logits: Mapping[str, Floats]
    calibrations: Mapping[str, Calibration]

    @classmethod
    def from_members(cls, members: Mapping[str, Head], validation: Films) -> Self:
        """Return the heads with their logits on `validation`, and calibrated on it."""
        logits, calibrations = {}, {}
        for modality, head in members.items():
            rows = validation.branch(modality)
            found = head.logits(rows.X)
            calibrations[modality] = fit_calibration(found, rows.Y, known=rows.known, groups=rows.groups)
            logits[modality] = np.full(validation.Y.shape, np.nan)
            logits[modality][validation.views.parts[modality].present] = found
        return cls(members, logits, calibrations)

    def calibrated(self, modality: str) -> Floats:
        """Return a modality's calibrated log-odds, (n, genres), NaN where a row lacks it."""
        return self.calibrations[modality].apply(self.logits[modality])

    def rows(self, chosen: Bools) -> Self:
        """Return the same of the rows where `chosen`, of shape (n,)."""
        return replace(self, logits={modality: each[chosen] for modality, each in self.logits.items()})
