"""Audits of tags: how likely it is that those of a title are wrong, from scores and from all other titles' tags.

First, each calibrated score is corrected by the other tags of its title: a Western that is also tagged Musical and
Sport is less likely to be one than its score says. Then Bayes' rule is applied to one way of going wrong: of
`WRONG_SHARE` of the titles somebody set a tag too many, or as likely left one out, any of them alike. Probabilities of
a title's genres add up to the title's own, so they don't saturate as the number of genres grows.

The noise is class-conditional as in confident learning (Northcutt, Jiang & Chuang 2021, section 2); `make bench
ARGS=audit` compares both, and the largest |tag - score|, on planted wrong tags.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from classifier.arrays import Bools, Floats
from classifier.evaluation.calibration import deal_folds
from classifier.verdict import sigmoid

WRONG_SHARE = 0.05  # of the titles, before anything is known of them
SUREST = 1e-4  # no score is taken to be nearer to 0 or 1
PENALTY = 3.0  # ridge, on corrections alone: with few titles the scores stay as they are
MAX_ROWS = 5000  # titles to learn from: more change nothing
ROUNDS = 6  # of Newton's method
HALF = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Doubts:
    """The probability that a title's tags are wrong, `titles` of shape (n,), and `genres` of shape (n, genres).

    That of a genre is the probability that just this tag is wrong or, where it is absent, missing.
    """

    titles: Floats
    genres: Floats


def find_doubts(tags: Bools, scores: Floats, *, known: Bools, groups: Sequence[Hashable] | None = None) -> Doubts:
    """Return the doubts about tags, all of shape (n, genres); those of cells not `known`, or without a score, are 0.

    `scores` are calibrated probabilities of a model that has not learnt from these titles, NaN where it has none. Of
    titles that share a group, such as trailers of one film, none corrects the others' scores.
    """
    tags, audited = tags & known, known & np.isfinite(scores)
    chance = np.clip(np.where(audited, scores, HALF), SUREST, 1 - SUREST)
    chance = _correct(tags, chance, known=known, audited=audited, folds=deal_folds(groups, len(tags), seed=0))
    odds = np.where(tags, (1 - chance) / chance, chance / (1 - chance)) * wrong_shares(tags, audited)
    prior = WRONG_SHARE / (1 - WRONG_SHARE)
    genres = prior * odds / (1 + prior * odds.sum(axis=1, keepdims=True))
    return Doubts(genres.sum(axis=1), genres)


def wrong_shares(tags: Bools, audited: Bools) -> Floats:
    """Return how likely each cell is the wrong one, given that one is: a tag too many, or as likely one too few."""
    n_tags = (tags & audited).sum(axis=1, keepdims=True)
    n_absent = audited.sum(axis=1, keepdims=True) - n_tags
    return np.where(audited, np.where(tags, HALF / (n_absent + 1), HALF / (n_tags + 1)), 0.0)


def _correct(tags: Bools, chance: Floats, *, known: Bools, audited: Bools, folds: NDArray[np.int64]) -> Floats:
    """Return each cell's probability given the other tags of its title, by regressions that haven't seen that title."""
    beside = np.where(known, tags - tags.sum(axis=0) / np.maximum(known.sum(axis=0), 1), 0.0)
    logits = np.log(chance / (1 - chance))
    corrected, centre = logits.copy(), logits.sum(axis=0) / max(len(logits), 1)
    for genre in range(tags.shape[1]):
        terms = np.column_stack([beside, logits[:, genre] - centre[genre]])
        terms[:, genre] = 1.0  # in place of the tag itself
        for fold in np.unique(folds):
            out, seen = folds == fold, _thin(np.flatnonzero((folds != fold) & audited[:, genre]))
            weights = _fit(terms[seen], tags[seen, genre], offset=logits[seen, genre])
            corrected[out, genre] += terms[out] @ weights
    return np.clip(sigmoid(corrected), SUREST, 1 - SUREST)


def _thin(rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return at most MAX_ROWS of these, spread evenly: those of one list often stand together."""
    return rows[:: len(rows) // MAX_ROWS + 1]


def _fit(terms: Floats, labels: Bools, *, offset: Floats) -> Floats:
    """Return the weights of a ridge regression, (n, terms) -> (terms,), such that sigmoid(offset + terms @ weights)."""
    weights = np.zeros(terms.shape[1])
    for _ in range(ROUNDS):
        fitted = sigmoid(offset + terms @ weights)
        slope = terms.T @ (labels - fitted) - PENALTY * weights
        curvature = (terms * (fitted * (1 - fitted))[:, None]).T @ terms + PENALTY * np.eye(len(weights))
        weights += np.linalg.solve(curvature, slope)
    return weights
