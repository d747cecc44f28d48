"""Ranking measures: average precision and AUC, with ties and weights."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifier.arrays import Bools, Floats

Places = NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class Ranked:
    """Labels from the highest score down, along the last axis; all fields are of shape (..., n).

    `places` says which row stands where; `first` and `last` are the ends of the run of equal scores around it.
    """

    truth: Bools
    places: Places
    first: Places
    last: Places

    def place(self, weights: Floats) -> Floats:
        """Return the `weights` of rows, (..., n), in ranked order; more leading axes than `places` may have."""
        return np.take_along_axis(weights, np.broadcast_to(self.places, weights.shape), axis=-1)


def rank(truth: Bools, scores: Floats) -> Ranked:
    """Return labels of shape (..., n) ranked by finite scores of that shape."""
    n = scores.shape[-1]
    places = np.argsort(-scores, axis=-1, kind="stable")
    ordered = np.take_along_axis(scores, places, axis=-1)
    falls = ordered[..., 1:] != ordered[..., :-1]
    edge = np.ones((*scores.shape[:-1], 1), dtype=bool)
    position = np.arange(n)
    begins = np.where(np.concatenate([edge, falls], axis=-1), position, 0)
    ends = np.where(np.concatenate([falls, edge], axis=-1), position, n)
    return Ranked(
        truth=np.take_along_axis(truth, places, axis=-1),
        places=places,
        first=np.maximum.accumulate(begins, axis=-1),
        last=np.minimum.accumulate(ends[..., ::-1], axis=-1)[..., ::-1],
    )


def average_precision(ranked: Ranked, weights: Floats) -> Floats:
    """Return the sum over cut-offs of precision times gain in recall, of shape (...); NaN where nothing is true.

    It is scikit-learn's average_precision_score with `weights`, (..., n), as sample_weight: rows of equal score
    pass a cut-off together. A weight of 0 takes a row away, one of 2 counts it twice.
    """
    placed = ranked.place(weights)
    true = placed * ranked.truth
    passed, hits = np.cumsum(placed, axis=-1), np.cumsum(true, axis=-1)
    precision = ratio(_at(hits, ranked.last), _at(passed, ranked.last), empty=0.0)
    return ratio((true * precision).sum(axis=-1), hits[..., -1], empty=np.nan)


def trapezoid(ranked: Ranked, weights: Floats) -> Floats:
    """Return the area under the precision-recall curve by straight lines, of shape (...).

    It is scikit-learn's auc of its precision_recall_curve, which begins at precision 1. Straight lines promise too
    much (Davis & Goadrich 2006, "The Relationship Between Precision-Recall and ROC Curves", section 4): equal
    scores for all rows earn (1 + share) / 2, and average_precision says the share.
    """
    placed = ranked.place(weights)
    true = placed * ranked.truth
    passed, hits = np.cumsum(placed, axis=-1), np.cumsum(true, axis=-1)
    after = ratio(_at(hits, ranked.last), _at(passed, ranked.last), empty=1.0)
    before = ratio(_before(hits, ranked.first), _before(passed, ranked.first), empty=1.0)
    return ratio((true * (before + after) / 2).sum(axis=-1), hits[..., -1], empty=np.nan)


def area_under_roc(ranked: Ranked, weights: Floats) -> Floats:
    """Return the share of (true, false) pairs in their right order, equal scores counting half, of shape (...).

    It is scikit-learn's roc_auc_score with `weights` as sample_weight; NaN where all or none is true.
    """
    placed = ranked.place(weights)
    true = placed * ranked.truth
    false = np.cumsum(placed - true, axis=-1)
    n_false = false[..., -1:]
    below = n_false - (_at(false, ranked.last) + _before(false, ranked.first)) / 2
    return ratio((true * below).sum(axis=-1), true.sum(axis=-1) * n_false[..., 0], empty=np.nan)


def _at(array: Floats, places: Places) -> Floats:
    return np.take_along_axis(array, np.broadcast_to(places, array.shape), axis=-1)


def _before(array: Floats, places: Places) -> Floats:
    return np.where(places > 0, _at(array, np.maximum(places - 1, 0)), 0.0)


def ratio(above: NDArray[Any], below: NDArray[Any], *, empty: float) -> Floats:
    """Return above / below, of their shape, and `empty` where `below` is 0."""
    found: Floats = np.divide(above, below, out=np.full(np.shape(below), empty), where=np.asarray(below) > 0)
    return found
