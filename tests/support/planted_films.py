"""Synthetic films, called so: posters tell two genres, plots the other two, and some films lack one of them."""

from functools import cache

import numpy as np

from classifier.data.films import Films
from classifier.ragged import Ragged
from classifier.views import ABSENT, Part, Views

GENRES = ("Action", "Comedy", "Drama", "Horror")
DIM = 16
N_WORDS = 40
POSTERS, PLOTS = "synthetic-poster-r1", "words-r1"


@cache
def planted_films(*, n: int = 700, lacking: float = 0.15, seed: int = 0) -> Films:
    """Return films of which this share lacks the poster, and as many the plot."""
    random = np.random.default_rng(seed)
    Y = random.random((n, len(GENRES))) < 0.35
    posters = random.normal(0, 1, (n, DIM)).astype(np.float32)
    posters[:, :2] += 2.5 * Y[:, :2]
    plots = [_plot(row, random) for row in Y]
    has = random.random(n)
    poster_at = np.where(has < lacking, ABSENT, np.arange(n))
    plot_at = np.where(has > 1 - lacking, ABSENT, np.arange(n))
    return Films(
        views=Views(
            {
                "poster": Part(Ragged.singles(posters), poster_at, POSTERS),
                "plot": Part(Ragged.from_sequences(plots), plot_at, PLOTS),
            }
        ),
        Y=Y,
        known=np.ones_like(Y),
        genres=GENRES,
        ids=tuple(f"film {row}" for row in range(n)),
        groups=tuple(f"film {row}" for row in range(n)),
        digests=("",) * n,
    )


def _plot(genres: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Return twelve words: of Drama and Horror each has five of its own, which one in four of its plots lacks."""
    words = list(random.integers(20, N_WORDS, 8))
    for genre, first in ((2, 1), (3, 10)):
        if genres[genre] and random.random() < 0.75:
            words += list(random.integers(first, first + 5, 4))
    return np.array(random.permutation(words), dtype=np.float32)[:, None]
