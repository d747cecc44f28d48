"""GenrePrediction: the genres of a film with their scores, and the seconds and words behind them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class GenreScore:
    """One genre of a prediction; `score` is a calibrated probability, `passed` means score >= threshold."""

    genre: str
    score: float
    threshold: float
    passed: bool
    rank: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """The stretch of a trailer, in seconds, that speaks most for a genre, and its mean score."""

    genre: str
    start_s: float
    end_s: float
    score: float


@dataclass(frozen=True, slots=True)
class DrivingWord:
    """A word of a plot that speaks for a genre; `weight` is what it adds to the genre's log-odds."""

    genre: str
    word: str
    weight: float


@dataclass(frozen=True, slots=True)
class Placement:
    """How scores were moved to a library: matched to `n` of its trailers at a time, 0 and None where they were not.

    `priors` says whose shares of the genres they suppose: those of `films`, the `library` or a `file`.
    """

    n: int
    made_at: datetime | None
    priors: str = "films"

    def __str__(self) -> str:
        when = f", {self.made_at:%Y-%m-%d %H:%M} UTC" if self.made_at else ""
        matched = f"matched to {self.n:,} trailers of this library{when}; " if self.n else ""
        whose = {"films": "the training films", "library": "this library", "file": "the file of TRAILERS_PRIORS"}
        return f"{matched}at the genres' shares of {whose[self.priors]}"

    @property
    def without_trailer(self) -> "Placement | None":
        """The same of a prediction that no trailer is part of."""
        return None if self.priors == "films" else Placement(0, None, self.priors)


@dataclass(frozen=True, slots=True)
class GenrePrediction:
    """The prediction of one model for one film.

    `genres` are in rank order; `timeline` holds one score a second for each genre, `words` those of the plot that
    speak most for the first genres. `modalities` are those that were used; with none, the scores are the prior.
    `alone` holds each modality's own scores by genre, `contributions` what each, and the evidence for other genres,
    adds to a genre's log-odds. `placement` is None where scores are as the model says. `flags` say what is wrong with
    the video as a whole: black, still, few_seconds, one_shot, short.
    """

    model_id: str
    features_id: str
    genres: tuple[GenreScore, ...]
    evidence: tuple[Evidence, ...]
    timeline: Mapping[str, tuple[float, ...]]
    modalities: tuple[str, ...] = ("trailer",)
    words: tuple[DrivingWord, ...] = ()
    alone: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    contributions: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    placement: Placement | None = None

    def top(self, n: int = 3) -> tuple[GenreScore, ...]:
        """Return the `n` genres with the highest scores."""
        return self.genres[:n]
