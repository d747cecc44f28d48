"""Placement: logits of films of another kind than a head was fitted on, brought to where their genres are."""

import numpy as np

from classifier.arrays import Bools, Floats
from classifier.errors import BadTrainingData
from classifier.evaluation.calibration import MIN_SLOPE, Calibration, least_cross_entropy
from classifier.verdict import log_odds

MIN_LABELS = 5  # rows that have a genre, and that lack it: with fewer its intercept is that of the others


def fit_placement(logits: Floats, labels: Bools, *, known: Bools, shares: Floats) -> Calibration:
    """Return the calibration that places logits, (n, genres), so that their sigmoid is a probability at `shares`.

    Each genre's logits, brought to mean 0 and spread 1 over the rows, which takes no labels, get one slope for all
    genres and an intercept each, of least cross-entropy. Of each intercept the log-odds of the genre's share among the
    rows are taken away and those of `shares`, (genres,), put in their place: Saerens, Latinne & Decaestecker 2002,
    "Adjusting the Outputs of a Classifier to New a Priori Probabilities", equation 2.4, for each genre by itself. A
    genre of few labels gets the mean of what is left of the others' intercepts. Raises BadTrainingData where all have
    few.

    Two numbers a genre (Platt) and a regression on all logits overfit: 88 trailers, nine genres, ten grouped folds.
    """
    mean, spread = logits.mean(axis=0), np.maximum(logits.std(axis=0), MIN_SLOPE)
    unit = (logits - mean) / spread
    support, n_known = (labels & known).sum(axis=0), known.sum(axis=0)
    is_told = np.minimum(support, n_known - support) >= MIN_LABELS
    if not is_told.any():
        raise BadTrainingData(
            f"no genre has {MIN_LABELS} rows that have it and {MIN_LABELS} that lack it: give more labelled trailers"
        )
    rows, columns = np.nonzero(known & is_told)
    design = np.column_stack([unit[rows, columns], np.eye(len(is_told))[columns][:, is_told]])
    slope, *intercepts = least_cross_entropy(design, labels[rows, columns].astype(np.float64), np.zeros(len(rows)))
    left = np.array(intercepts) - log_odds(support[is_told] / n_known[is_told])
    shift = np.full(len(is_told), left.mean())
    shift[is_told] = left
    scale = max(float(slope), MIN_SLOPE) / spread
    return Calibration(scale, shift + log_odds(shares) - scale * mean)


def smooth_shares(labels: Bools, known: Bools) -> Floats:
    """Return the genres' shares, (n, genres) -> (genres,), with half a row more on both sides: none is 0 or 1."""
    return np.asarray((labels.sum(axis=0) + 0.5) / (known.sum(axis=0) + 1.0))


def match(means: Floats, spreads: Floats, *, to_means: Floats, to_spreads: Floats) -> Calibration:
    """Return what brings logits of these means and spreads to others, all of shape (genres,)."""
    scale = to_spreads / np.maximum(spreads, MIN_SLOPE)  # rows that are all alike say nothing of a spread
    return Calibration(scale, to_means - scale * means)
