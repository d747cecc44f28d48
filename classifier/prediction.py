"""GenrePrediction: which genres a trailer is, how sure, and which seconds said so."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class GenreScore:
    """One genre of the answer; `score` is a calibrated probability, `passed` means score >= threshold."""

    genre: str
    score: float
    threshold: float
    passed: bool
    rank: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """The stretch of a trailer, in seconds, that spoke most for a genre, and its mean score."""

    genre: str
    start_s: float
    end_s: float
    score: float


@dataclass(frozen=True, slots=True)
class DrivingWord:
    """A word of a plot that spoke for a genre; `weight` is what it adds to the genre's log-odds."""

    genre: str
    word: str
    weight: float


@dataclass(frozen=True, slots=True)
class GenrePrediction:
    """The answer of one model about one film.

    `genres` are in rank order; `timeline` holds one score a second for each genre, `words` those of the plot that
    spoke most for the first genres. `modalities` are what was looked at: none of them, and the scores are the prior.
    """

    model_id: str
    features_id: str
    genres: tuple[GenreScore, ...]
    evidence: tuple[Evidence, ...]
    timeline: Mapping[str, tuple[float, ...]]
    modalities: tuple[str, ...] = ("trailer",)
    words: tuple[DrivingWord, ...] = ()
    warnings: tuple[str, ...] = ()

    def top(self, n: int = 3) -> tuple[GenreScore, ...]:
        """Return the `n` genres with the highest scores."""
        return self.genres[:n]
