"""Decisions: how logits become scores, and scores genres; found on one part, applied to another."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from classifier.data.dataset import LabelledRows
from classifier.data.films import Films
from classifier.evaluation.calibration import Calibration, fit_calibration
from classifier.evaluation.scored_rows import ScoredRows
from classifier.evaluation.thresholds import Objective, choose_thresholds, unsure_bands
from classifier.joins.base import Join
from classifier.manifest import Decisions
from classifier.training.joining import Choice
from classifier.verdict import sigmoid


def decide(logits: NDArray[np.float64], rows: LabelledRows, *, objective: Objective, seed: int) -> Decisions:
    """Return the calibration and thresholds for logits (n, genres) of rows that nothing was fitted on."""
    calibration = fit_calibration(logits, rows.Y, known=rows.known, groups=rows.groups)
    scores = sigmoid(calibration.apply(logits))
    thresholds = choose_thresholds(scores, rows.Y, known=rows.known, objective=objective)
    low, high = unsure_bands(scores, rows.Y, known=rows.known, groups=rows.groups, objective=objective, seed=seed)
    numbers = (calibration.slope, calibration.intercept, thresholds, low, high)
    return Decisions(*(tuple(each.tolist()) for each in numbers))


def score_choices(join: Join, decisions: Mapping[Choice, Decisions], films: Films) -> dict[Choice, ScoredRows]:
    """Return the scores for each choice of modalities, of the films that have all of it and are shown nothing else."""
    scored = {}
    for choice, decided in decisions.items():
        rows = films.having(choice)
        calibration = Calibration(np.array(decided.slopes), np.array(decided.intercepts))
        scores = sigmoid(calibration.apply(join.logits(rows.views.only(choice))))
        scored[choice] = ScoredRows.of(rows.Y, scores, thresholds=decided.thresholds, known=rows.known)
    return scored
