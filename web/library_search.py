"""Library search: the parameters of the API and the page, their query, and their form as an address and as chips."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Query
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from db.identity import LONGEST
from db.library_records import LibraryQuery, LibraryTrailer, Order, Place
from db.store import Store
from web.cursors import MAX_LENGTH, read_cursor
from web.errors import Refused
from web.request_bodies import Genre
from web.service import Service
from worker.clock import read_time
from worker.predicting.similar import NotLoaded

MAX_PAGE = 100
MAX_FILM_ID = LONGEST["title"] + 20  # it may be a title with its year


def _require_day(value: object) -> object:
    """Return a day as it was written; refuse a mere number, which Pydantic would take for seconds."""
    if isinstance(value, str) and not _DAY.fullmatch(value):
        raise ValueError("write a day as 2026-11-21")
    return value


EARLIEST, LATEST = date(1970, 1, 1), date(2200, 1, 1)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
Day = Annotated[date, BeforeValidator(_require_day), Field(ge=EARLIEST, le=LATEST)]
Time = Annotated[datetime, BeforeValidator(read_time), WithJsonSchema({"type": "string", "examples": ["2026-11-21"]})]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


class Filters(BaseModel):
    """Which trailers are meant, as a search and an export name them; the scores apply to each genre named."""

    model_config = ConfigDict(extra="forbid")

    genre: Annotated[list[Genre], Field(max_length=5)] = Field(
        default_factory=list, description="genres that pass, all of them; with scores, those whose scores are meant"
    )
    min_score: Share | None = Field(default=None, description="the least score of each genre named")
    max_score: Share | None = Field(default=None, description="the highest score of each genre named")
    since: Day | None = Field(default=None, description="stored on this day or later (UTC)")
    until: Day | None = Field(default=None, description="stored on this day or before (UTC)")
    changed_since: Time | None = Field(default=None, description="with a change on this day or later, or at this time")
    q: Annotated[str, Field(max_length=200)] | None = Field(
        default=None, description="beginnings of words of the title, uploader, ids, film, franchise or plot"
    )
    external_id: Annotated[str, Field(max_length=LONGEST["external_id"])] | None = Field(
        default=None, description="your own id of a trailer, also an earlier one"
    )
    film_id: Annotated[str, Field(max_length=MAX_FILM_ID)] | None = Field(default=None, description="all of a film's")
    disagree: bool | None = Field(default=None, description="whether the verdict differs from the labels")
    reviewed: bool | None = Field(default=None, description="whether a review is in effect")

    def to_query(self) -> LibraryQuery:
        """Return the query of the database; raises Refused for parameters that don't go together."""
        if not self.genre and (self.min_score is not None or self.max_score is not None):
            raise Refused("bad_request", "min_score, max_score: name the genre whose score is meant")
        return LibraryQuery(
            genres=tuple(self.genre),
            min_score=self.min_score,
            max_score=self.max_score,
            since=_midnight(self.since) if self.since else None,
            until=_midnight(self.until) + timedelta(days=1, milliseconds=-1) if self.until else None,
            changed_since=self.changed_since,
            text=self.q,
            disputed=self.disagree,
            reviewed=self.reviewed,
            external_id=self.external_id,
            film_id=self.film_id,
        )


class Search(Filters):
    """The parameters of a search in the library."""

    sort: Order = Field(default="newest", description="the order; by score needs a genre")
    limit: Annotated[int, Field(ge=1, le=MAX_PAGE, description="at most this many")] = 50
    cursor: Annotated[str, Field(max_length=MAX_LENGTH)] | None = Field(
        default=None, description="`next` of the page before"
    )

    def to_query(self) -> LibraryQuery:
        """Return the query of the database; raises Refused for parameters that don't go together."""
        if self.sort == "score" and not self.genre:
            raise Refused("bad_request", "sort: to sort by score, name a genre")
        return replace(super().to_query(), order=self.sort)

    def place(self) -> Place | None:
        """Return where the listing continues."""
        return read_cursor(self.cursor, self.sort) if self.cursor else None

    def url(self, *, cursor: str | None = None, without: tuple[str, ...] = ()) -> str:
        """Return the address of the library's page with these parameters, from `cursor` on, `without` some of them."""
        query = self._fields(exclude={"limit", "cursor", *without}) | ({"cursor": cursor} if cursor else {})
        return _address("/library", query)

    def export_url(self) -> str:
        """Return the address of the tags of all trailers that it finds."""
        return _address("/v1/export/tags", self._fields(exclude={"sort", "limit", "cursor"}))

    def _fields(self, exclude: set[str]) -> dict[str, Any]:
        kept = self.model_dump(mode="json", exclude_defaults=True, exclude=exclude)
        return {name: int(value) if isinstance(value, bool) else value for name, value in kept.items()}

    def chips(self) -> list[tuple[str, str]]:
        """Return each filter in use in words, and the library's address without it."""
        low, high = self.min_score or 0, 1 if self.max_score is None else self.max_score
        texts = {
            ("q",): self.q and f"“{self.q}”",
            ("external_id",): self.external_id and f"id {self.external_id}",
            ("film_id",): self.film_id and f"film {self.film_id}",
            ("genre",): ", ".join(self.genre),
            ("min_score", "max_score"): (low, high) != (0, 1) and f"score {low:g} to {high:g}",
            ("since",): self.since and f"from {self.since}",
            ("until",): self.until and f"to {self.until}",
            ("changed_since",): self.changed_since and f"changed since {self.changed_since:%Y-%m-%d %H:%M} UTC",
            ("disagree",): self.disagree and "disagrees with your tags",
            ("reviewed",): self.reviewed is not None and ("reviewed" if self.reviewed else "not reviewed"),
        }
        return [(text, self.url(without=names)) for names, text in texts.items() if text]


SearchQuery = Annotated[Search, Query()]


def find_trailer(store: Store, trailer_id: str) -> LibraryTrailer:
    """Return a stored trailer; raises Refused (not_found)."""
    trailer = store.library.get(trailer_id)
    if trailer is None:
        raise Refused("not_found", f"{trailer_id} is not stored; submit it to have it analysed")
    return trailer


def find_neighbours(service: Service, trailer_id: str, *, limit: int) -> list[tuple[LibraryTrailer, float]]:
    """Return the nearest trailers, each with its cosine, the most similar first.

    Raises WorkerError (not_found) for a trailer without features, Refused (not_ready) while features are being loaded.
    """
    try:
        near = service.similarity().nearest(trailer_id, limit)
    except NotLoaded as exc:
        raise Refused("not_ready", str(exc)) from exc
    known = service.store.library.get_all([other for other, _ in near])
    return [(known[other], cosine) for other, cosine in near if other in known]


def _address(path: str, fields: dict[str, Any]) -> str:
    return f"{path}?{urlencode(fields, doseq=True)}" if fields else path


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=UTC)
