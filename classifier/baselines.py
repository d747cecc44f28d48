"""Answers that look at nothing: what a model's figures must be read beside."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from classifier.evaluation import Evaluation, evaluate

N_NAMED = (1, 2, 3)  # how many of the commonest genres the constant answers name

_STREAM = 1  # its own: labels that were drawn by the same seed must not be known here
_OF_FIRST_PLACES = ("hit_at_1", "hit_at_3", "precision_at_3", "recall_at_3")


def baselines(
    train_labels: NDArray[np.bool_],
    test_labels: NDArray[np.bool_],
    *,
    genres: Sequence[str],
    known: NDArray[np.bool_] | None = None,
    train_known: NDArray[np.bool_] | None = None,
    seed: int = 0,
) -> dict[str, Evaluation]:
    """Return the figures on `test_labels` of answers that look at nothing, by name; both labels (n, genres).

    "nothing" and "everything" name no genre and all; "prior" scores each genre with its share of the known training
    rows; "prior top-k" always names the k commonest; "random" draws uniform scores by `seed`. All are answered at
    0.5. "nothing" has no first places, so hits, precision and recall at k are 0.
    """
    shares = _shares(train_labels, train_known)
    commonest = np.argsort(-shares, kind="stable")

    def judge(scores: NDArray[np.float64]) -> Evaluation:
        return evaluate(test_labels, np.broadcast_to(scores, test_labels.shape), genres=genres, known=known)

    silent = judge(np.zeros(len(shares)))
    no_places = {name: 0.0 for name in _OF_FIRST_PLACES if name in silent.figures}
    return {
        "nothing": replace(silent, figures={**silent.figures, **no_places}),
        "everything": judge(np.ones(len(shares))),
        "prior": judge(shares),
        **{f"prior top-{k}": judge(_only(commonest[:k], len(shares))) for k in N_NAMED},
        "random": judge(np.random.default_rng([seed, _STREAM]).random(test_labels.shape)),
    }


def _shares(labels: NDArray[np.bool_], known: NDArray[np.bool_] | None) -> NDArray[np.float64]:
    known = np.ones(labels.shape, dtype=bool) if known is None else known
    shares: NDArray[np.float64] = (labels & known).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    return shares


def _only(genres: NDArray[np.intp], n_genres: int) -> NDArray[np.float64]:
    scores = np.zeros(n_genres)
    scores[genres] = 1.0
    return scores
