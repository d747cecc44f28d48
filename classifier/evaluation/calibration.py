"""Calibration: from a head's raw logits to probabilities, one temperature for all or two numbers a genre."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from classifier.arrays import Bools, Floats
from classifier.errors import BadTrainingData
from classifier.verdict import sigmoid

MIN_SLOPE = 0.01  # on logits of unit spread; a genre the head can't tell keeps its share as score
MIN_ROWS = 20  # a genre with fewer rows that have it, or that lack it, can't carry two numbers of its own
N_FOLDS = 5

_TOLERANCE = 1e-8


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """`slope` > 0 and `intercept`, both of shape (genres,): a genre's order of rows never changes."""

    slope: Floats
    intercept: Floats

    def __post_init__(self) -> None:
        if not (np.isfinite(self.slope).all() and np.isfinite(self.intercept).all() and (self.slope > 0).all()):
            raise BadTrainingData("a calibration must be finite and keep the order of the logits")

    def apply(self, logits: Floats) -> Floats:
        """Return calibrated logits of the same shape, (n, genres); their sigmoid is a probability."""
        return logits * self.slope + self.intercept


def fit_calibration(
    logits: Floats,
    labels: Bools,
    *,
    known: Bools | None = None,
    groups: Sequence[Hashable] | None = None,
    seed: int = 0,
) -> Calibration:
    """Return the calibration for logits of rows the head was not fitted on; all arrays are (n, genres).

    One temperature for all genres; instead of it Platt scaling for a genre where that has the smaller cross-entropy
    on rows left out of both fits, in five folds that keep `groups` whole. Genres of few rows keep the temperature.
    """
    known = np.ones(labels.shape, dtype=bool) if known is None else known
    n_genres = labels.shape[1]
    slope, intercept = np.full(n_genres, fit_temperature(logits, labels, known=known)), np.zeros(n_genres)
    pays = _where_platt_pays(logits, labels & known, known=known, folds=deal_folds(groups, len(labels), seed=seed))
    for genre in np.flatnonzero(pays):
        rows = known[:, genre]
        slope[genre], intercept[genre] = fit_platt(logits[rows, genre], labels[rows, genre])
    return Calibration(slope, intercept)


def fit_temperature(logits: Floats, labels: Bools, *, known: Bools | None = None) -> float:
    """Return 1 / T > 0 such that sigmoid(logits / T) has the least cross-entropy over all known cells.

    Guo et al. 2017, "On Calibration of Modern Neural Networks", section 4.2, with a sigmoid for each genre in the
    softmax's place. 1 where nothing is known.
    """
    cells = np.ones(labels.shape, dtype=bool) if known is None else known
    pooled, targets = logits[cells], labels[cells].astype(np.float64)
    spread = float(pooled.std()) if len(pooled) else 0.0
    if not spread:
        return 1.0
    (slope,) = least_cross_entropy(pooled[:, None] / spread, targets, np.zeros_like(pooled))
    return max(float(slope), MIN_SLOPE) / spread


def fit_platt(logits: Floats, labels: Bools) -> tuple[float, float]:
    """Return slope > 0 and intercept such that sigmoid(slope * logits + intercept) is a probability.

    `logits` and `labels` are of shape (n,), of rows the head was not fitted on. Platt 1999, "Probabilistic
    Outputs for Support Vector Machines", section 2.2, with its smoothed targets: (N+ + 1) / (N+ + 2) for rows
    that have the genre and 1 / (N- + 2) for the others.
    """
    spread = float(logits.std()) or 1.0
    centre = float(logits.mean())
    unit = (logits - centre) / spread
    n_positive = int(labels.sum())
    targets = np.where(labels, (n_positive + 1) / (n_positive + 2), 1 / (len(labels) - n_positive + 2))
    slope, intercept = least_cross_entropy(np.stack([unit, np.ones_like(unit)], axis=1), targets, np.zeros_like(unit))
    if slope < MIN_SLOPE:  # worse than guessing on unseen rows: keep the order, trust only the share
        slope = MIN_SLOPE
        (intercept,) = least_cross_entropy(np.ones((len(unit), 1)), targets, slope * unit)
    return float(slope / spread), float(intercept - slope * centre / spread)


def _where_platt_pays(logits: Floats, labels: Bools, *, known: Bools, folds: NDArray[np.int64]) -> Bools:
    """Return, of shape (genres,), whether Platt's two numbers beat the temperature on rows that neither has seen."""
    support = labels.sum(axis=0)
    pays: Bools = np.minimum(support, known.sum(axis=0) - support) >= MIN_ROWS
    gain = np.zeros(len(pays))  # cross-entropy saved, summed over left-out rows
    for fold in np.unique(folds):
        out = folds == fold
        cool = fit_temperature(logits[~out], labels[~out], known=known[~out])
        for genre in np.flatnonzero(pays):
            seen, unseen = known[:, genre] & ~out, known[:, genre] & out
            if not (seen.any() and unseen.any()):
                continue
            slope, intercept = fit_platt(logits[seen, genre], labels[seen, genre])
            left, truth = logits[unseen, genre], labels[unseen, genre].astype(np.float64)
            gain[genre] += len(left) * (_cross_entropy(cool * left, truth))
            gain[genre] -= len(left) * _cross_entropy(slope * left + intercept, truth)
    return pays & (gain > 0)


def deal_folds(groups: Sequence[Hashable] | None, n_rows: int, *, seed: int) -> NDArray[np.int64]:
    """Return a fold for each row, rows of one group in one."""
    groups = range(n_rows) if groups is None else groups
    if len(groups) != n_rows:
        raise BadTrainingData(f"{len(groups)} groups for {n_rows} rows: give one for each")
    names = list(dict.fromkeys(groups))
    dealt = np.random.default_rng(seed).permutation(len(names)) % N_FOLDS
    fold = dict(zip(names, dealt.tolist(), strict=True))
    return np.array([fold[group] for group in groups], dtype=np.int64)


def least_cross_entropy(
    design: Floats, targets: Floats, offset: Floats, *, start: Floats | None = None, strength: float = 0.0
) -> Floats:
    """Return the weights of least cross-entropy, (n, p) and (n,) -> (p,).

    With `strength` half of it times their squared distance from `start`, (p,), is added to the cross-entropy's sum.
    """
    from scipy.optimize import minimize  # a third of a second that predicting doesn't need

    first, pull = np.zeros(design.shape[1]) if start is None else start, strength / len(targets)

    def loss(weights: Floats) -> tuple[float, Floats]:
        logits, away = design @ weights + offset, weights - first
        slope = design.T @ (sigmoid(logits) - targets) / len(targets)
        return _cross_entropy(logits, targets) + pull / 2 * float(away @ away), slope + pull * away

    return np.asarray(minimize(loss, first, jac=True, options={"gtol": _TOLERANCE}).x)


def _cross_entropy(logits: Floats, targets: Floats) -> float:
    return float((np.logaddexp(0.0, logits) - targets * logits).mean())
