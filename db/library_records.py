"""The records of the library: trailers as people look for them, and the reviews people give."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from db.records import Source, TrailerLabels, VideoRecord

Order = Literal["newest", "score", "disagreement"]
Decision = Literal["accept", "reject", "add"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """The newest prediction of a trailer in brief: score by genre, those that passed, the first three.

    `disagreement` is how far it is from the labels: the largest |label - score|, from 0 to 1, of the genres about
    which labels and verdict differ, 0 where there is no such genre. `disputed` are those genres.
    """

    model_id: str
    features_id: str
    modalities: tuple[str, ...]
    scores: Mapping[str, float]
    passed: tuple[str, ...]
    top: tuple[str, ...]
    made_at: datetime
    disagreement: float = 0.0
    disputed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LibraryTrailer:
    """A trailer with all that its document tells; `verdict` is None while no model has judged it.

    `contested` is what others said of its genres before a person reviewed them, or against the review since.
    """

    trailer_id: str
    source: Source
    video: VideoRecord
    labels: TrailerLabels
    plot: str | None
    poster_sha256: str | None
    verdict: Verdict | None
    contested: tuple[TrailerLabels, ...]
    reviewed_at: datetime | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class LibraryQuery:
    """Which trailers are looked for, and in which order; what is None doesn't matter.

    `genres` must all have passed their thresholds, or, where a score is asked for, have a score from `min_score` to
    `max_score`. `since` and `until` bound the time when the trailer was first stored. `text` holds beginnings of words.
    The order `score` is that of the first genre.
    """

    genres: tuple[str, ...] = ()
    min_score: float | None = None
    max_score: float | None = None
    since: datetime | None = None
    until: datetime | None = None
    text: str | None = None
    disputed: bool | None = None
    reviewed: bool | None = None
    judged: bool | None = None
    order: Order = "newest"


@dataclass(frozen=True, slots=True)
class Place:
    """Where in an order a listing stopped: the last trailer's value and id."""

    value: float | datetime
    trailer_id: str


@dataclass(frozen=True, slots=True)
class LibraryPage:
    """Some trailers in order, and where the next ones begin, None after the last."""

    trailers: tuple[LibraryTrailer, ...]
    next: Place | None


@dataclass(frozen=True, slots=True)
class NewReview:
    """What a person says of a trailer's genres; `genres` is what comes of it, `known` what the person spoke about."""

    trailer_id: str
    model_id: str | None
    decisions: Mapping[str, Decision]
    genres: tuple[str, ...]
    known: tuple[str, ...]
    labels_before: TrailerLabels
    reviewer: str
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Review:
    """A review as it is kept."""

    review_id: str
    trailer_id: str
    model_id: str | None
    decisions: Mapping[str, Decision]
    genres: tuple[str, ...]
    reviewer: str
    note: str | None
    created_at: datetime
