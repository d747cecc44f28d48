"""Trailer heads: a head of posters turned to the mean frames of trailers, as far as some labelled ones tell.

Three steps, each told by trailers alone. Each feature is brought to the spread that it has over posters, which takes no
labels (the diagonal of CORAL: Sun, Feng & Saenko 2016, "Return of Frustratingly Easy Domain Adaptation"). The logits
are placed (`classifier.evaluation.placement`). Then each genre of enough labels learns what placed logits miss, by a
logistic regression on the same features that starts at them.
"""

import numpy as np

from classifier.arrays import Bools, Floats, Vectors
from classifier.evaluation.calibration import least_cross_entropy
from classifier.evaluation.placement import MIN_LABELS, fit_placement
from classifier.heads.linear import LogisticMean
from classifier.heads.pooling import FLAT
from classifier.verdict import log_odds

# Of the regression's pull to the placed logits, on features of length 1. 52 trailers, nine genres, ten folds of films:
# 1, 3, 10 gave a macro AP of .611, .600, .595 and AUC of .774, .769, .764; placed logits alone .595 and .761.
STRENGTH = 0.3


def fit_trailer_head(
    posters: LogisticMean, frames: Vectors, labels: Bools, *, known: Bools, shares: Floats
) -> LogisticMean:
    """Return a head for trailers whose sigmoid is a probability at `shares` of the genres, (genres,).

    What it says of trailers of less than a minute is drawn to the shares.

    `frames`, (n, dim), are the mean frames of trailers, `labels` and `known` of shape (n, genres). Raises
    BadTrainingData where no genre has enough labels.
    """
    mean, spread = frames.mean(axis=0, dtype=np.float64), frames.std(axis=0, dtype=np.float64)
    spread = np.maximum(spread, FLAT * spread.max() or 1.0)
    coef = posters.coef * (spread if posters.spread is None else posters.spread)  # of features of spread 1
    unit = (frames - mean) / spread
    logits = unit @ coef.T
    placement = fit_placement(logits, labels, known=known, shares=shares)
    moved, shift = _learn(unit, placement.apply(logits) - log_odds(shares), labels, known=known)
    whole = (coef * placement.slope[:, None] + moved) / spread
    intercept = placement.intercept + shift - whole @ mean
    head = LogisticMean.from_weights(whole.astype(np.float32), intercept.astype(np.float32))
    head.base = log_odds(shares).astype(np.float32)
    return head


def _learn(unit: Floats, odds: Floats, labels: Bools, *, known: Bools) -> tuple[Floats, Floats]:
    """Return coef (genres, dim) and intercept (genres,) to add to log-odds (n, genres), less those of the shares.

    Solved in the rows' own directions: there are as many as rows, and the solution lies in them.
    """
    length = np.sqrt(unit.shape[1])
    turn, sizes, directions = np.linalg.svd(unit / length, full_matrices=False)
    design = np.column_stack([turn * sizes, np.ones(len(unit))])
    coef, shift = np.zeros((labels.shape[1], unit.shape[1])), np.zeros(labels.shape[1])
    for genre in range(labels.shape[1]):
        rows = known[:, genre]
        n_labels, n_known = int(labels[rows, genre].sum()), int(rows.sum())
        if min(n_labels, n_known - n_labels) < MIN_LABELS:
            continue
        offset = odds[rows, genre] + log_odds(np.array(n_labels / n_known))
        truth = labels[rows, genre].astype(np.float64)
        *weights, shift[genre] = least_cross_entropy(design[rows], truth, offset, strength=STRENGTH)
        coef[genre] = np.array(weights) @ directions / length
    return coef, shift
