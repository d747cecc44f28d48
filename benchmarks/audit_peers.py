"""Other scores of how doubtful a title's tags are, beside which `benchmarks.audit` sets the one that is used.

All take tags and calibrated scores, of shape (n, genres), and return a number for each title, the highest first.
"""

import numpy as np

from classifier.arrays import Bools, Floats
from classifier.evaluation import audit

KEEPS = 0.8  # of the moving average, as cleanlab has it


def worst(tags: Bools, scores: Floats, thresholds: Floats) -> Floats:
    """Return the largest |tag - score| among the genres that passed without a tag or the other way round."""
    return np.asarray(np.where(tags != (scores >= thresholds), np.abs(tags - scores), 0.0).max(axis=1))


def any_wrong(tags: Bools, scores: Floats) -> Floats:
    """Return the probability that any tag is wrong, were they independent."""
    return np.asarray(1 - np.prod(1 - np.abs(tags - scores), axis=1))


def bayes(tags: Bools, scores: Floats) -> Floats:
    """Return the odds of `classifier.evaluation.audit` from the scores as they are."""
    clipped = np.clip(scores, audit.SUREST, 1 - audit.SUREST)
    odds = np.where(tags, (1 - clipped) / clipped, clipped / (1 - clipped))
    return np.asarray((odds * audit.wrong_shares(tags, np.ones_like(tags))).sum(axis=1))


def confident(tags: Bools, scores: Floats) -> Floats:
    """Return the probability that any tag is wrong by the noise of each genre that confident learning estimates.

    Northcutt, Jiang & Chuang 2021, "Confident Learning", section 3: the joint of given and true labels from counts over
    thresholds, which are the mean scores of those that have a label, calibrated to the counts of given labels.
    """
    sound = np.ones(len(tags))
    for tagged, score in zip(tags.T, scores.T, strict=True):
        guess = _guess(tagged, score)
        counts = np.array([[((tagged == given) & (guess == true)).sum() for true in (0, 1)] for given in (0, 1)])
        joint = (counts + 1e-9) / (counts + 1e-9).sum(axis=1, keepdims=True) * np.bincount(tagged, minlength=2)[:, None]
        given = joint / joint.sum(axis=0)  # of the true label: P(given | true)
        absent, present = given[:, 0][tagged.astype(int)] * (1 - score), given[:, 1][tagged.astype(int)] * score
        sound *= np.where(tagged, present, absent) / np.maximum(absent + present, 1e-12)
    return 1 - sound


def flagged(tags: Bools, scores: Floats) -> Floats:
    """Return the largest |tag - score| among the genres whose guess by confident learning is the other one."""
    found = np.zeros(len(tags))
    for tagged, score in zip(tags.T, scores.T, strict=True):
        found = np.maximum(found, np.where(_guess(tagged, score) == 1 - tagged, np.abs(tagged - score), 0.0))
    return found


def _guess(tagged: Bools, score: Floats) -> Floats:
    """Return the label that each title's score is confident of, -1 for neither, of shape (n,)."""
    if tagged.all() or not tagged.any():
        return np.full(len(tagged), -1)
    is_there, is_not = score >= score[tagged].mean(), score <= score[~tagged].mean()
    return np.where(is_there & (~is_not | (score > audit.HALF)), 1, np.where(is_not, 0, -1))


def moving_average(tags: Bools, scores: Floats) -> Floats:
    """Return 1 less the exponential moving average of the scores of the labels as given, the lowest last.

    Thyagarajan et al. 2022, "Identifying Incorrect Annotations in Multi-Label Classification Data", section 3.
    """
    confidence = -np.sort(-np.where(tags, scores, 1 - scores), axis=1)
    mean = confidence[:, 0]
    for column in confidence.T[1:]:
        mean = KEEPS * column + (1 - KEEPS) * mean
    return 1 - mean


def lift(tags: Bools, scores: Floats) -> Floats:
    """Return the largest ratio of a score to the genre's share, or for a tag of the opposites."""
    share = tags.mean(axis=0)
    return np.asarray(np.where(tags, (1 - scores) / (1 - share), scores / np.maximum(share, 1e-9)).max(axis=1))
