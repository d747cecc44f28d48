"""Thresholds: the cut-off of each genre for an objective, and the band in which it is not sure."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from classifier.arrays import Bools, Floats
from classifier.errors import BadTrainingData
from classifier.evaluation.bootstrap import draw_weights

Objective = Literal["f1", "accuracy", "precision", "recall"]

GRID = np.arange(0.01, 1.0, 0.01)
SHRINK_ROWS = 100  # a genre with so many positives gets a threshold halfway between its own and the common one
FLOOR = 0.5  # what precision must leave of recall, and recall of precision
N_RESAMPLES = 200
BAND = (0.10, 0.90)


def choose_thresholds(
    scores: Floats, labels: Bools, *, known: Bools | None = None, objective: Objective = "f1"
) -> Floats:
    """Return the threshold of each genre, of shape (genres,), from calibrated scores (n, genres) of unseen rows.

    Each genre's own best cut-off among hundredths is drawn towards the common one, best in the mean over genres, the
    more the fewer positives it has: weight N+ / (N+ + 100) on its own. Best is, for each objective: "f1" the highest
    F1; "accuracy" the fewest wrong labels; "precision" the highest precision of those that keep a recall of 0.5;
    "recall" the highest recall of those that keep a precision of 0.5; the best F1 where no cut-off keeps that. The
    drawing may cost a little of what is kept. Raises BadTrainingData when no genre has a row.
    """
    counts = _count(scores, labels, known=known, weights=np.ones((1, len(labels))))
    if not counts.true.any():
        raise BadTrainingData("thresholds need at least one genre that some row has: give more labels")
    return np.asarray(_choose(counts, objective)[0])


def unsure_bands(
    scores: Floats,
    labels: Bools,
    *,
    known: Bools | None = None,
    groups: Sequence[Hashable] | None = None,
    objective: Objective = "f1",
    seed: int = 0,
) -> tuple[Floats, Floats]:
    """Return low and high of shape (genres,): scores between them are neither a clear yes nor a clear no.

    The 10 % and 90 % quantiles of the thresholds that choose_thresholds finds on 200 resamples of these rows, whole
    `groups` at a time; widened, where need be, to hold the threshold itself.
    """
    rows = range(len(labels)) if groups is None else groups
    weights = draw_weights(rows, n=N_RESAMPLES, seed=seed)
    drawn = _choose(_count(scores, labels, known=known, weights=weights), objective)  # (resamples, genres)
    threshold = choose_thresholds(scores, labels, known=known, objective=objective)
    low, high = np.quantile(drawn, BAND, axis=0)
    return np.minimum(low, threshold), np.maximum(high, threshold)


@dataclass(frozen=True, slots=True, eq=False)
class _Counts:
    """`hits` and `answered` of shape (resamples, genres, cuts); `true` and `rows` of shape (resamples, genres, 1)."""

    hits: Floats
    answered: Floats
    true: Floats
    rows: Floats


def _count(scores: Floats, labels: Bools, *, known: Bools | None, weights: Floats) -> _Counts:
    """Return how many rows each cut-off passes, for `weights` of shape (resamples, rows)."""
    known = np.ones(labels.shape, dtype=bool) if known is None else known
    if not scores.shape == labels.shape == known.shape or weights.shape[1] != len(labels):
        raise BadTrainingData(f"scores {scores.shape}, labels {labels.shape} and known {known.shape} must be alike")
    passed = np.searchsorted(GRID, scores, side="right")  # (n, genres): how many of the cuts a score passes
    hits, answered = [], []
    for column in range(labels.shape[1]):
        at = passed[:, column, None] > np.arange(len(GRID))  # (n, cuts)
        answered.append(weights @ (at & known[:, column, None]).astype(np.float64))
        hits.append(weights @ (at & (labels & known)[:, column, None]).astype(np.float64))
    return _Counts(
        hits=np.stack(hits, axis=1),
        answered=np.stack(answered, axis=1),
        true=(weights @ (labels & known).astype(np.float64))[:, :, None],
        rows=(weights @ known.astype(np.float64))[:, :, None],
    )


def _choose(counts: _Counts, objective: Objective) -> Floats:
    """Return thresholds of shape (resamples, genres)."""
    gain = _gain(counts, objective)  # (resamples, genres, cuts)
    common = _middle_of_best((gain * (counts.true > 0)).sum(axis=1))[:, None]
    weight = counts.true[:, :, 0] / (counts.true[:, :, 0] + SHRINK_ROWS)
    return weight * _middle_of_best(gain) + (1.0 - weight) * common


def _gain(counts: _Counts, objective: Objective) -> Floats:
    """Return what is to be highest; a cut-off that keeps too little is below all that keep enough, in F1's order."""
    f1 = 2 * counts.hits / np.maximum(counts.answered + counts.true, 1)
    precision = counts.hits / np.maximum(counts.answered, 1)
    recall = counts.hits / np.maximum(counts.true, 1)
    match objective:
        case "f1":
            return f1
        case "accuracy":
            return (counts.rows - counts.answered - counts.true + 2 * counts.hits) / np.maximum(counts.rows, 1)
        case "precision":
            return np.where(recall >= FLOOR, precision, f1 - 1)
        case "recall":
            return np.where(precision >= FLOOR, recall, f1 - 1)
    raise BadTrainingData(f"the objective must be one of {', '.join(get_args(Objective))}, not {objective!r}")


def _middle_of_best(gain: Floats) -> Floats:
    """Return the cut-off in the middle of the first run of highest gains, (..., cuts) -> (...).

    Its ends lie next to scores of this very sample; the middle is as good here and safer elsewhere.
    """
    best = gain >= gain.max(axis=-1, keepdims=True) - 1e-12
    first = best.argmax(axis=-1)
    from_first = np.arange(gain.shape[-1]) >= first[..., None]
    run = np.logical_and.accumulate(best | ~from_first, axis=-1)
    last = run.sum(axis=-1) - 1
    return np.asarray(GRID[(first + last) // 2])
