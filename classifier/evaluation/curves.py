"""Curves of one genre: precision and recall by threshold, and how often it is true where its score lies so high."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from classifier.arrays import Bools, Floats
from classifier.evaluation.metrics import N_BINS, find_bins

MAX_POINTS = 100
N_STEPS = 100  # of the grid of thresholds, from 0 to 1


@dataclass(frozen=True, slots=True)
class Cut:
    """A threshold, the rows that pass it, and precision and recall there; None where none passes."""

    threshold: float
    n_passing: int
    precision: float | None
    recall: float


@dataclass(frozen=True, slots=True)
class Bin:
    """The `n` rows whose scores lie in one bin of equal width: their mean score, and the share that has the genre."""

    n: int
    score: float
    share: float


def precision_recall(truth: Bools, scores: Floats) -> tuple[Cut, ...]:
    """Return the precision-recall curve, recall rising: the cuts at scores that occur, at most 100 of them.

    Both arrays are of shape (n,), of known rows of which some have the genre. Of more cuts some are left out, spread
    evenly; the first and the last stay.
    """
    occurring = np.unique(scores)[::-1]
    places = np.unique(np.linspace(0, len(occurring) - 1, MAX_POINTS).round().astype(np.int64))
    return _cut(truth, scores, occurring[places].tolist())


def cut_evenly(truth: Bools, scores: Floats) -> tuple[Cut, ...]:
    """Return the cuts at the thresholds 0, 0.01, ... 1."""
    return _cut(truth, scores, [step / N_STEPS for step in range(N_STEPS + 1)])


def reliability(truth: Bools, scores: Floats) -> tuple[Bin, ...]:
    """Return the bins of calibration_error that hold a row, the lowest first."""
    bins = find_bins(scores)
    n, total, true = (np.bincount(bins, weights=each, minlength=N_BINS) for each in (np.ones(len(bins)), scores, truth))
    return tuple(Bin(int(n[at]), float(total[at] / n[at]), float(true[at] / n[at])) for at in np.flatnonzero(n))


def _cut(truth: Bools, scores: Floats, thresholds: Iterable[float]) -> tuple[Cut, ...]:
    n_true = int(truth.sum())
    found = []
    for threshold in thresholds:
        passed = scores >= threshold
        n_passing, n_hits = int(passed.sum()), int((passed & truth).sum())
        found.append(Cut(threshold, n_passing, n_hits / n_passing if n_passing else None, n_hits / n_true))
    return tuple(found)
