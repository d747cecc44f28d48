"""Scores, ranks and evidence: the steps from logits to a prediction."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from classifier.arrays import Floats
from classifier.prediction import DrivingWord, Evidence, GenreScore

Rows = NDArray[np.int64]
EVIDENCE_S = 5
N_TOP = 3
N_WORDS = 5
WORTH = 0.1
SMALLEST_SHARE = 1e-6
ROUNDING = 1e-4  # of log-odds of float32, of which a timeline may take a hundredfold


def sigmoid(logits: Floats) -> Floats:
    """Return 1 / (1 + exp(-x)), of the same shape, without overflow at either end."""
    small = np.exp(-np.abs(logits))
    scores: Floats = np.where(logits >= 0, 1.0, small) / (1.0 + small)
    return scores


def log_odds(shares: Floats) -> Floats:
    """Return log(p / (1 - p)), of the same shape; no share counts as nearer to 0 or 1 than a millionth."""
    inside = np.clip(shares, SMALLEST_SHARE, 1 - SMALLEST_SHARE)
    return np.asarray(np.log(inside) - np.log1p(-inside))


def rank_genres(
    genres: Sequence[str], scores: Sequence[float], *, thresholds: Sequence[float]
) -> tuple[GenreScore, ...]:
    """Return the genres from the highest score down, equal scores by name; rank counts from 1."""
    rows = sorted(zip(genres, scores, thresholds, strict=True), key=lambda row: (-row[1], row[0]))
    return tuple(
        GenreScore(genre=genre, score=score, threshold=threshold, passed=score >= threshold, rank=rank)
        for rank, (genre, score, threshold) in enumerate(rows, start=1)
    )


def find_evidence(
    ranked: Sequence[GenreScore],
    timeline: Mapping[str, Sequence[float]],
    *,
    floor: Mapping[str, float],
    seconds: Sequence[int] = (),
) -> tuple[Evidence, ...]:
    """Return the stretch that raises a genre most, of each that passed or is among the top three, in rank order.

    `timeline` are log-odds: the stretch of the highest mean. One below `floor` does not raise its genre, which then
    has none. `seconds` are those of the timeline where some of the trailer's are left out; no stretch goes over them.
    """
    named = [genre.genre for genre in ranked if genre.passed or genre.rank <= N_TOP]
    stretches = _find_stretches(seconds or range(len(timeline[named[0]])))
    found = [_strongest(genre, np.asarray(timeline[genre]), stretches, floor=floor[genre]) for genre in named]
    return tuple(stretch for stretch in found if stretch)


def _find_stretches(seconds: Sequence[int]) -> Rows:
    """Return the rows of every stretch of five seconds, of fewer where no five follow each other: (n, length)."""
    runs = np.split(np.arange(len(seconds)), np.flatnonzero(np.diff(seconds) > 1) + 1)
    length = min(EVIDENCE_S, max(len(run) for run in runs))
    windows = [np.lib.stride_tricks.sliding_window_view(run, length) for run in runs if len(run) >= length]
    return np.concatenate(windows)


def _strongest(genre: str, log_odds: Floats, stretches: Rows, *, floor: float) -> Evidence | None:
    """Return the strongest of the stretches with its mean score, the first one on a tie; None below the floor."""
    # a running sum would be faster, and its rounding would break ties at random
    means = log_odds[stretches].mean(axis=1)
    best = int(means.argmax())
    if means[best] < floor:
        return None
    first, last = stretches[best][[0, -1]].tolist()
    score = float(sigmoid(log_odds[stretches[best]]).mean())
    return Evidence(genre=genre, start_s=float(first), end_s=float(last + 1), score=score)


def unsure_genres(ranked: Sequence[GenreScore], *, bands: Mapping[str, tuple[float, float]]) -> tuple[GenreScore, ...]:
    """Return the genres whose score lies in the band where their threshold itself is uncertain, in rank order."""
    return tuple(row for row in ranked if bands[row.genre][0] <= row.score <= bands[row.genre][1])


def find_words(
    ranked: Sequence[GenreScore], words: Sequence[str], contributions: Mapping[str, Sequence[float]]
) -> tuple[DrivingWord, ...]:
    """Return, for each genre that passed or is among the top three, the words that raised it most, each once.

    At most five, none of less than a tenth of the first's weight.

    `contributions` are what each of `words` adds to a genre's log-odds; a word's places in the plot are summed.
    """
    named = [genre.genre for genre in ranked if genre.passed or genre.rank <= N_TOP]
    return tuple(found for genre in named for found in _raising(genre, words, contributions[genre]))


def _raising(genre: str, words: Sequence[str], weights: Sequence[float]) -> list[DrivingWord]:
    totals: dict[str, float] = {}
    for word, weight in zip(words, weights, strict=True):
        totals[word] = totals.get(word, 0.0) + weight
    raising = sorted((row for row in totals.items() if row[1] > 0), key=lambda row: (-row[1], row[0]))[:N_WORDS]
    return [DrivingWord(genre, word, weight) for word, weight in raising if weight >= WORTH * raising[0][1]]
