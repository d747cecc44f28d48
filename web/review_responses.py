"""Response bodies about reviews: those of people, their undoing, where people differ and how far they agree."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field


class Review(BaseModel):
    """A person's decisions on a trailer's genres, and the `genres` that it came to; `known` are those decided on."""

    review_id: str
    trailer_id: str
    model_id: str | None
    decisions: dict[str, str]
    reasons: dict[str, str]
    genres: list[str]
    known: list[str]
    reviewer: str
    note: str | None
    created_at: datetime
    undone_by: str | None
    undone_at: datetime | None


class Reviews(BaseModel):
    """A page of reviews; `next` is the cursor of the next page, null on the last."""

    reviews: list[Review]
    next: str | None


class Undo(BaseModel):
    review_id: str
    trailer_id: str
    undoes: str
    reviewer: str
    created_at: datetime


class DisputedGenre(BaseModel):
    """Who says yes to a genre and who no, with the reasons that they gave, by their names."""

    genre: str
    yes: list[str]
    no: list[str]
    reasons: dict[str, str]


class Disagreement(BaseModel):
    trailer_id: str
    external_id: str | None
    title: str | None
    genres: list[DisputedGenre]


class Disagreements(BaseModel):
    """A page of trailers about which reviewers differ; `next` is the cursor of the next page, null on the last."""

    disagreements: list[Disagreement]
    next: str | None


class GenreAgreement(BaseModel):
    """The agreement about a genre beyond chance: Cohen's kappa of two reviewers, Fleiss' of more."""

    genre: str
    method: Literal["cohen", "fleiss"]
    kappa: float | None = Field(description="1 for always, 0 as chance would have it, null where all said the same")
    observed: float = Field(description="the share of pairs of reviewers of a trailer who say the same")
    trailers: int
    reviewers: int


class Agreement(BaseModel):
    """How far reviewers agree, over the trailers that several of them reviewed."""

    reviewers: list[str]
    trailers: int
    genres: list[GenreAgreement]
