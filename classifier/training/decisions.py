"""Decisions: how logits become scores, and scores genres; found on one part, applied to another."""

from dataclasses import replace

from classifier.arrays import Floats
from classifier.data.dataset import LabelledRows
from classifier.data.films import Films
from classifier.evaluation.calibration import Calibration, fit_calibration
from classifier.evaluation.scored_rows import ScoredRows
from classifier.evaluation.thresholds import Objective, choose_thresholds, unsure_bands
from classifier.manifest import Decisions
from classifier.model import GenreModel
from classifier.training.joining import Choice
from classifier.verdict import sigmoid
from classifier.view import subsets


def decide(logits: Floats, rows: LabelledRows, *, objective: Objective, seed: int) -> Decisions:
    """Return the calibration and thresholds for logits (n, genres) of rows that nothing was fitted on."""
    calibration = fit_calibration(logits, rows.Y, known=rows.known, groups=rows.groups)
    return cut(calibration, sigmoid(calibration.apply(logits)), rows, objective=objective, seed=seed)


def calibrated(decisions: Decisions, calibration: Calibration) -> Decisions:
    """Return the decisions with this calibration in the place of theirs."""
    return replace(
        decisions, slopes=tuple(calibration.slope.tolist()), intercepts=tuple(calibration.intercept.tolist())
    )


def cut(calibration: Calibration, scores: Floats, rows: LabelledRows, *, objective: Objective, seed: int) -> Decisions:
    """Return a calibration with the thresholds for scores (n, genres) of rows that nothing was fitted on."""
    thresholds = choose_thresholds(scores, rows.Y, known=rows.known, objective=objective)
    low, high = unsure_bands(scores, rows.Y, known=rows.known, groups=rows.groups, objective=objective, seed=seed)
    numbers = (calibration.slope, calibration.intercept, thresholds, low, high)
    return Decisions(*(tuple(each.tolist()) for each in numbers))


def score_choices(model: GenreModel, films: Films) -> dict[Choice, ScoredRows]:
    """Return the scores for each choice of modalities, of the films that have all of it and are shown nothing else."""
    scored = {}
    for choice in subsets(model.manifest.inputs):
        rows = films.having(choice)
        views = rows.views.only(choice)
        thresholds = model.thresholds(views)
        scored[choice] = ScoredRows.from_scores(rows.Y, model.scores(views), thresholds=thresholds, known=rows.known)
    return scored
