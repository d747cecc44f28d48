"""Usefulness of reviews for training: which trailers a model is least sure of, where few others would teach it.

Uncertainty sampling (Lewis & Gale, "A sequential algorithm for training text classifiers", SIGIR 1994) asks about what
lies nearest to the decision. Of several genres the least certain counts (Brinker, "On active learning in multi-label
classification", 2006), weighted by the square root of the class-balance weight n / (k n_genre), as Mahajan et al.
("Exploring the limits of weakly supervised pretraining", ECCV 2018) sample: the whole weight would ask about nothing
but the rarest genre.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping

N_NEAREST = 5  # genres of a trailer that are looked at


def closeness(score: float, threshold: float) -> float:
    """Return how near a score is to its threshold: 1 there, 0 where it is 0 or 1, on a line on each side.

    For a threshold of 0.5 this is 2 min(p, 1 - p), Lewis & Gale's uncertainty.
    """
    if score < threshold:
        return score / threshold
    return (1 - score) / (1 - threshold) if threshold < 1 else 1.0


def find_nearest(genres: Iterable[tuple[str, float, float]]) -> dict[str, float]:
    """Return the closeness of those few of the genres, each with score and threshold, that are nearest to theirs."""
    near = {genre: closeness(score, threshold) for genre, score, threshold in genres}
    return {genre: near[genre] for genre in sorted(near, key=lambda genre: -near[genre])[:N_NEAREST]}


def weigh_genres(n_tagged: Mapping[str, int]) -> Mapping[str, float]:
    """Return the weight of each genre by the number of trailers that have it; 1, the largest, of any that none has."""
    return defaultdict(lambda: 1.0, {genre: 1 / math.sqrt(1 + n) for genre, n in n_tagged.items()})


def usefulness(nearest: Mapping[str, float], weights: Mapping[str, float]) -> float:
    """Return how much a review would teach, from 0 to 1, by the closeness of the nearest genres."""
    return max([near * weights[genre] for genre, near in nearest.items()], default=0.0)


def find_most_useful(nearest: Mapping[str, float], weights: Mapping[str, float]) -> str | None:
    """Return the genre about which a review would teach most, None where there is none."""
    return max(nearest, key=lambda genre: nearest[genre] * weights[genre], default=None)
