"""Calibration: from a head's raw logits to probabilities, and the thresholds that use them best."""

import numpy as np
from numpy.typing import NDArray

from classifier.verdict import sigmoid

MIN_SLOPE = 0.01  # on logits of unit spread; a genre the head can't tell keeps its share as score
SHRINK_ROWS = 100  # a genre with so many positives gets a threshold halfway between its own and the common one
GRID = np.arange(0.01, 1.0, 0.01)

_MAX_STEPS = 100
_TOLERANCE = 1e-10


def fit_platt(logits: NDArray[np.float64], labels: NDArray[np.bool_]) -> tuple[float, float]:
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
    slope, intercept = _newton(np.stack([unit, np.ones_like(unit)], axis=1), targets, np.zeros_like(unit))
    if slope < MIN_SLOPE:  # worse than guessing on unseen rows: keep the order, trust only the share
        slope = MIN_SLOPE
        (intercept,) = _newton(np.ones((len(unit), 1)), targets, slope * unit)
    return float(slope / spread), float(intercept - slope * centre / spread)


def choose_thresholds(scores: NDArray[np.float64], labels: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the threshold of each genre, of shape (genres,), from calibrated scores of unseen rows.

    Each genre's own F1 peak on a grid of hundredths is drawn towards the one cut-off of best macro F1, the
    more the fewer positives it has: weight N+ / (N+ + 100) on its own.
    """
    table = np.stack([_f1(scores >= cut, labels) for cut in GRID])  # (cuts, genres)
    own = GRID[table.argmax(axis=0)]
    common = GRID[table.mean(axis=1).argmax()]
    n_positive = labels.sum(axis=0)
    weight = n_positive / (n_positive + SHRINK_ROWS)
    thresholds: NDArray[np.float64] = weight * own + (1.0 - weight) * common
    return thresholds


def _f1(answers: NDArray[np.bool_], labels: NDArray[np.bool_]) -> NDArray[np.float64]:
    hits = (answers & labels).sum(axis=0)
    total = np.maximum(answers.sum(axis=0) + labels.sum(axis=0), 1)
    f1: NDArray[np.float64] = 2.0 * hits / total
    return f1


def _newton(
    design: NDArray[np.float64], targets: NDArray[np.float64], offset: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the weights of least cross-entropy, (n, p) and (n,) -> (p,), by Newton steps never uphill.

    Lin, Lin & Weng 2007, "A Note on Platt's Probabilistic Outputs for Support Vector Machines", algorithm 1.
    """
    weights = np.zeros(design.shape[1])
    loss = _cross_entropy(design @ weights + offset, targets)
    for _ in range(_MAX_STEPS):
        scores = sigmoid(design @ weights + offset)
        gradient = design.T @ (scores - targets)
        curvature = design.T @ (design * (scores * (1 - scores))[:, None]) + 1e-9 * np.eye(len(weights))
        step = np.linalg.solve(curvature, gradient)
        while (now := _cross_entropy(design @ (weights - step) + offset, targets)) > loss + _TOLERANCE:
            step = step / 2
        weights = weights - step
        if loss - now < _TOLERANCE:
            break
        loss = now
    return weights


def _cross_entropy(logits: NDArray[np.float64], targets: NDArray[np.float64]) -> float:
    return float((np.logaddexp(0.0, logits) - targets * logits).mean())
