"""Response bodies about reviews: what people decided, where they differ and how far they agree, what waits for them."""

from datetime import datetime
from typing import Literal

from db.labelling.review_queue import QueueOrder
from db.library_records import Decision
from web.api_model import ApiModel, Next
from web.library_responses import Trailer


class Review(ApiModel):
    """A person's decisions on a trailer's genres, and what they came to."""

    review_id: str
    """its id"""
    trailer_id: str
    """the trailer it is about"""
    model_id: str | None
    """the model whose verdict was shown, null: none was"""
    decisions: dict[str, Decision]
    """accept, reject or add, by genre"""
    reasons: dict[str, str]
    """why, for some of the decisions, by genre"""
    genres: list[str]
    """the genres that it came to"""
    known: list[str]
    """the genres that it decided on, also those it denies"""
    reviewer: str
    """who made it: the name of their token"""
    note: str | None
    """what they wrote beside it"""
    created_at: datetime
    """when it was made"""
    undone_by: str | None
    """who took it back, null: nobody"""
    undone_at: datetime | None
    """when it was taken back"""


class Reviews(ApiModel):
    """A page of reviews, the newest first."""

    reviews: list[Review]
    """the reviews of this page"""
    next: Next


class Undo(ApiModel):
    """That a review was taken back."""

    review_id: str
    """the id of this undoing"""
    trailer_id: str
    """the trailer that it is about"""
    undoes: str
    """the id of the review that was taken back"""
    reviewer: str
    """who took it back"""
    created_at: datetime
    """when it was taken back"""


class DisputedGenre(ApiModel):
    """Who says yes to a genre and who no."""

    genre: str
    """the genre"""
    yes: list[str]
    """the names of those who say yes"""
    no: list[str]
    """the names of those who say no"""
    reasons: dict[str, str]
    """the reasons that they gave, by their names"""


class Disagreement(ApiModel):
    """A trailer about which reviewers differ."""

    trailer_id: str
    """the trailer"""
    external_id: str | None
    """your own id of it"""
    title: str | None
    """its title"""
    genres: list[DisputedGenre]
    """the genres about which they differ"""


class Disagreements(ApiModel):
    """A page of trailers about which reviewers differ."""

    disagreements: list[Disagreement]
    """the trailers of this page"""
    next: Next


class GenreAgreement(ApiModel):
    """The agreement about a genre beyond chance."""

    genre: str
    """the genre"""
    method: Literal["cohen", "fleiss"]
    """Cohen's kappa for two reviewers, Fleiss' for more"""
    kappa: float | None
    """1 for always, 0 as chance would have it, null where all said the same"""
    observed: float
    """the share of pairs of reviewers of a trailer who say the same"""
    trailers: int
    """how many trailers several people decided"""
    reviewers: int
    """how many people decided them"""


class Agreement(ApiModel):
    """How far reviewers agree, over the trailers that several of them reviewed."""

    reviewers: list[str]
    """their names"""
    trailers: int
    """how many trailers several of them reviewed"""
    genres: list[GenreAgreement]
    """the agreement about each genre"""


class QueuedTrailer(Trailer):
    """A trailer that somebody is to review."""

    is_assigned: bool
    """whether it is assigned to them"""
    skipped_at: datetime | None
    """when they put it off, null: never"""
    value: float
    """how disputed it is, or how useful its review would be, from 0 to 1"""
    genre: str | None
    """the genre about which a review would teach a model most, in the order `learning`"""


class ReviewQueue(ApiModel):
    """A page of what somebody reviews next."""

    reviewer: str
    """whose queue it is"""
    order: QueueOrder
    """the order it is in"""
    trailers: list[QueuedTrailer]
    """the trailers of this page"""
    next: Next


class Assigned(ApiModel):
    """What an assignment has changed."""

    to: str | None
    """the person who is asked, null: all people"""
    assigned: int
    """how many trailers were newly assigned"""
    cleared: int
    """of how many that was taken back"""


class Skipped(ApiModel):
    """That somebody has put a trailer off."""

    trailer_id: str
    """the trailer"""
    reviewer: str
    """who put it off"""
    skipped_at: datetime
    """when"""
