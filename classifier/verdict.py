"""From logits to an answer: scores, ranks, and the seconds that spoke most for a genre."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from classifier.prediction import Evidence, GenreScore

EVIDENCE_S = 5
N_TOP = 3


def sigmoid(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return 1 / (1 + exp(-x)), of the same shape, without overflow at either end."""
    small = np.exp(-np.abs(logits))
    scores: NDArray[np.float64] = np.where(logits >= 0, 1.0, small) / (1.0 + small)
    return scores


def rank_genres(
    genres: Sequence[str], scores: Sequence[float], *, thresholds: Sequence[float]
) -> tuple[GenreScore, ...]:
    """Return the genres from the highest score down, equal scores by name; rank counts from 1."""
    rows = sorted(zip(genres, scores, thresholds, strict=True), key=lambda row: (-row[1], row[0]))
    return tuple(
        GenreScore(genre=genre, score=score, threshold=threshold, passed=score >= threshold, rank=rank)
        for rank, (genre, score, threshold) in enumerate(rows, start=1)
    )


def find_evidence(ranked: Sequence[GenreScore], timeline: Mapping[str, Sequence[float]]) -> tuple[Evidence, ...]:
    """Return the strongest stretch of each genre that passed or is among the top three, in rank order."""
    named = [genre.genre for genre in ranked if genre.passed or genre.rank <= N_TOP]
    return tuple(_strongest(genre, timeline[genre]) for genre in named)


def _strongest(genre: str, scores: Sequence[float]) -> Evidence:
    """Return the five seconds (fewer in a shorter trailer) of highest mean score; the first ones on a tie."""
    length = min(EVIDENCE_S, len(scores))
    # a running sum would be faster, and its rounding would break ties at random
    means = np.lib.stride_tricks.sliding_window_view(np.asarray(scores), length).mean(axis=1)
    start = int(means.argmax())
    return Evidence(genre=genre, start_s=float(start), end_s=float(start + length), score=float(means[start]))
