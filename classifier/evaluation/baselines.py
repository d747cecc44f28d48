"""Baselines: predictions that look at nothing, to read a model's figures beside."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from classifier.arrays import Bools, Floats
from classifier.evaluation.evaluation import Evaluation, evaluate

N_NAMED = (1, 2, 3)  # how many of the commonest genres the constant baselines name

_STREAM = 1  # its own: labels that were drawn by the same seed must not be known here
_OF_FIRST_PLACES = ("hit_at_1", "hit_at_3", "precision_at_3", "recall_at_3")


def baselines(
    priors: Floats, labels: Bools, *, genres: Sequence[str], known: Bools | None = None, seed: int = 0
) -> dict[str, Evaluation]:
    """Return the figures on `labels`, of shape (n, genres), of predictions that look at nothing, by name.

    `priors` are the genres' shares of the training rows, of shape (genres,). "nothing" and "everything" name no genre
    and all; "prior" scores each genre with its share; "prior top-k" always names the k commonest; "random" draws
    uniform scores by `seed`. All have thresholds of 0.5. "nothing" has no first places, so hits, precision and recall
    at k are 0.
    """
    commonest = np.argsort(-priors, kind="stable")

    def score(scores: Floats) -> Evaluation:
        return evaluate(labels, np.broadcast_to(scores, labels.shape), genres=genres, known=known)

    silent = score(np.zeros(len(priors)))
    no_places = {name: 0.0 for name in _OF_FIRST_PLACES if name in silent.figures}
    return {
        "nothing": replace(silent, figures={**silent.figures, **no_places}),
        "everything": score(np.ones(len(priors))),
        "prior": score(priors),
        **{f"prior top-{k}": score(np.isin(np.arange(len(priors)), commonest[:k]).astype(np.float64)) for k in N_NAMED},
        "random": score(np.random.default_rng([seed, _STREAM]).random(labels.shape)),
    }
