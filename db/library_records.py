"""Records of the library: trailers as people search them, and the reviews people write."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from db.identity import Scalar, shown_title
from db.labelling.layers import Layers, contested_by
from db.records import HeardSpeech, KeptSound, Trailer, TrailerLabels

Order = Literal["newest", "score", "disagreement", "changed", "title", "year"]
Decision = Literal["accept", "reject", "add"]
Span = tuple[int | None, int | None]
Area = tuple[tuple[float, float], ...]  # the corners of a part of the library's map, each from 0 to 1
NO_TAGS = "none"  # among the sources of tags: of trailers without


@dataclass(frozen=True, slots=True)
class Verdict:
    """The newest prediction of a trailer in brief: the score of each genre, the genres that passed, the top three.

    `disputed` are the genres about which labels and verdict differ; `disagreement` is the largest |label - score| among
    them, from 0 to 1, and 0 if there are none.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class LibraryTrailer(Trailer):
    """A trailer with everything in its document; `verdict` is None while there is no prediction.

    `labels` are the tags in effect, `layers` those of each source. `external_id` is the last of `external_ids`, the
    customer's ids of the trailer; `title` is the customer's, `film` theirs of the film; `film_id` follows from them.
    """

    labels: TrailerLabels = field(default_factory=TrailerLabels)
    plot: str | None = None
    speech: HeardSpeech | None = None
    sound: KeptSound | None = None
    poster_sha256: str | None = None
    verdict: Verdict | None = None
    layers: Layers = ()
    reviewed_at: datetime | None = None
    external_id: str | None = None
    external_ids: tuple[str, ...] = ()
    title: str | None = None
    year: int | None = None
    film: str | None = None
    film_id: str | None = None
    franchise: str | None = None
    metadata: Mapping[str, Scalar] = field(default_factory=dict)

    @property
    def shown_title(self) -> str | None:
        """The title to show: the customer's, else the site's, else the file's name without what isn't a title."""
        return shown_title(self.title, self.source)

    @property
    def contested(self) -> Layers:
        """The layers that contradict the review."""
        return contested_by(self.layers)


@dataclass(frozen=True, slots=True)
class ScoredTrailer:
    """The tags in effect of a trailer and the score of each genre, none while there is no prediction."""

    trailer_id: str
    labels: TrailerLabels
    scores: Mapping[str, float]
    film_id: str | None = None
    reviewed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class LibraryQuery:
    """The trailers wanted, and their order; None means any.

    `genres` must all have passed their thresholds or, if a score is given, have a score from `min_score` to
    `max_score`. `tags` must all be among the tags in effect; of the `missing` genres the verdict has every one and the
    tags have none, of the `extra` ones it is the other way round. `tag_source` is the source of the tags, "none" for
    trailers without. `years` are the first and the last, `lengths` the shortest and the first that is too long, in
    seconds. `trailer_ids` are the only ones; `area` is the part of the map that they lie in. `since` and `until` limit
    when the trailer was first stored, `changed_since` when anything known of it changed last. `text` holds beginnings
    of words. The order `score` sorts by the first genre's score, `title` by the titles shown, `year` by the newest
    film's.
    """

    genres: tuple[str, ...] = ()
    min_score: float | None = None
    max_score: float | None = None
    since: datetime | None = None
    until: datetime | None = None
    changed_since: datetime | None = None
    text: str | None = None
    disputed: bool | None = None
    reviewed: bool | None = None
    external_id: str | None = None
    film_id: str | None = None
    tags: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()
    tag_source: str | None = None
    model_id: str | None = None
    years: Span = (None, None)
    lengths: Span = (None, None)
    trailer_ids: tuple[str, ...] | None = None
    area: Area | None = None
    order: Order = "newest"


Counts = Mapping[str, int]  # of trailers, the most first


@dataclass(frozen=True, slots=True)
class Facets:
    """How many trailers there are of each kind among those of a query, `n` in all.

    `verdict` and `tags` count genres, `missing` those that the verdict has and the tags lack, `extra` those the other
    way round. `years` are decades by their first year, `lengths` minutes begun, the last one 5 and more.
    """

    n: int
    verdict: Counts
    tags: Counts
    missing: Counts
    extra: Counts
    tag_source: Counts
    reviewed: Counts
    disagree: Counts
    model: Counts
    years: Counts
    lengths: Counts


@dataclass(frozen=True, slots=True)
class Place:
    """The place in an order where a page ended: the last trailer's value and id."""

    value: float | datetime | str
    trailer_id: str


@dataclass(frozen=True, slots=True)
class LibraryPage:
    """A page of trailers, and the place where the next one begins, None on the last."""

    trailers: tuple[LibraryTrailer, ...]
    next: Place | None


@dataclass(frozen=True, slots=True)
class NewReview:
    """A person's decisions about a trailer's genres; `genres` are the outcome, `known` those the person decided on.

    `reasons` are short texts for some of the decisions, by genre.
    """

    trailer_id: str
    model_id: str | None
    decisions: Mapping[str, Decision]
    genres: tuple[str, ...]
    known: tuple[str, ...]
    labels_before: TrailerLabels
    reviewer: str
    note: str | None = None
    reasons: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Review:
    """A stored review; one that was undone, by `undone_by`, has no effect any more."""

    review_id: str
    trailer_id: str
    model_id: str | None
    decisions: Mapping[str, Decision]
    genres: tuple[str, ...]
    reviewer: str
    note: str | None
    created_at: datetime
    known: tuple[str, ...] = ()
    labels_before: TrailerLabels = field(default_factory=TrailerLabels)
    reasons: Mapping[str, str] = field(default_factory=dict)
    undone_by: str | None = None
    undone_at: datetime | None = None

    @property
    def undone(self) -> bool:
        """Whether it was taken back."""
        return self.undone_at is not None


@dataclass(frozen=True, slots=True)
class ReviewQuery:
    """The reviews wanted; None means any. `since` is the earliest time at which they were made."""

    trailer_id: str | None = None
    reviewer: str | None = None
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Undo:
    """The undoing of a review, `undoes`: the one before it is in effect again."""

    review_id: str
    trailer_id: str
    undoes: str
    reviewer: str
    created_at: datetime
