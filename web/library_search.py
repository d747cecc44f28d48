"""Library search: the parameters of the API and the page, their query, and their form as an address and as chips."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Query
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from classifier.errors import UnknownGenre
from classifier.taxonomy import NO_TAXONOMY
from db.identity import FIRST_YEAR, LAST_YEAR, LONGEST
from db.library_records import NO_TAGS, LibraryQuery, LibraryTrailer, Order, Place
from db.records import TRAILER_ID
from db.store import Store
from web.areas import AreaText, read_area
from web.cursors import MAX_LENGTH, read_cursor
from web.errors import Refused
from web.request_bodies import Genre
from web.service import Service
from worker.clock import clock, read_time
from worker.predicting.similar import NotLoaded

MAX_PAGE = 100
MAX_FILM_ID = LONGEST["title"] + 20  # it may be a title with its year


def _require_day(value: object) -> object:
    """Return a day as it was written; refuse a mere number, which Pydantic would take for seconds."""
    if isinstance(value, date) or (isinstance(value, str) and _DAY.fullmatch(value)):
        return value
    raise ValueError("write a day as 2026-11-21")


def _read_time(value: object) -> datetime:
    """Return the time that a text says; raises ValueError."""
    if isinstance(value, datetime):
        return value
    if not isinstance(value, str):
        raise ValueError("write a time as 2026-11-21 or 2026-11-21T15:00:00Z")  # noqa: TRY004 - pydantic's way
    return read_time(value)


EARLIEST, LATEST = date(1970, 1, 1), date(2200, 1, 1)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
Day = Annotated[date, BeforeValidator(_require_day), Field(ge=EARLIEST, le=LATEST)]
Time = Annotated[datetime, BeforeValidator(_read_time), WithJsonSchema({"type": "string", "examples": ["2026-11-21"]})]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Year = Annotated[int, Field(ge=FIRST_YEAR, le=LAST_YEAR)]
Seconds = Annotated[int, Field(ge=0, le=1_000_000)]
Genres = Annotated[list[Genre], Field(max_length=5)]
MAX_IDS = 500  # trailers named one by one


def read_genres(store: Store, place: str, names: Sequence[str]) -> tuple[str, ...]:
    """Return the genres that names mean, words of the house or ours; raises Refused with the names that are near.

    Among tags, a word that was not understood is itself, where a trailer has it.
    """
    taxonomy = store.taxonomies.current() if names else NO_TAXONOMY
    genres: dict[str, None] = {}
    for name in names:
        try:
            genres |= dict.fromkeys(taxonomy.find(name))
        except UnknownGenre as exc:
            if not (place in ("tag", "remove") and store.library.has_tag(name)):
                raise Refused("bad_request", f"{place}: {exc}") from exc
            genres[name] = None
    return tuple(genres)


GENRE_FILTERS = {"genre": "verdict: ", "tag": "tag: ", "missing": "only the verdict: ", "extra": "only the tags: "}
DISAGREE = {True: "tags and verdict differ", False: "no difference"}
REVIEWED = {True: "reviewed", False: "not reviewed"}
SOURCES = {NO_TAGS: "no tags", "review": "reviews", "house": "your lists"}
PAGING = {"limit", "cursor"}


class Filters(BaseModel):
    """Which trailers are meant, as a search and an export name them; the scores apply to each genre named."""

    model_config = ConfigDict(extra="forbid")

    genre: Genres = Field(default_factory=list, description="genres of the verdict, or words of yours for them: all of")
    tag: Genres = Field(default_factory=list, description="tags in effect: all of these")
    missing: Genres = Field(default_factory=list, description="genres of the verdict that the tags lack: all of these")
    extra: Genres = Field(default_factory=list, description="tags that the verdict lacks: all of these")
    tag_source: Annotated[str, Field(max_length=50)] | None = Field(
        default=None, description="where the tags in effect are from: review, house, imdb, ...; none: without tags"
    )
    model: Annotated[str, Field(max_length=100)] | None = Field(default=None, description="the model_id of the verdict")
    min_year: Year | None = Field(default=None, description="of this year or later")
    max_year: Year | None = Field(default=None, description="of this year or before")
    min_length: Seconds | None = Field(default=None, description="at least so many seconds long")
    max_length: Seconds | None = Field(default=None, description="shorter than so many seconds")
    trailer_id: Annotated[list[Annotated[str, Field(pattern=f"^{TRAILER_ID}$")]], Field(max_length=MAX_IDS)] = Field(
        default_factory=list, description="only these trailers"
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
    area: AreaText | None = Field(
        default=None, description="a part of the map: x,y;x,y;x,y, its 3 to 100 corners, each number from 0 to 1"
    )

    def to_query(self, store: Store) -> LibraryQuery:
        """Return the query of the database; raises Refused for unknown genres and for what doesn't go together."""
        if not self.genre and (self.min_score is not None or self.max_score is not None):
            raise Refused("bad_request", "min_score, max_score: name the genre whose score is meant")
        return LibraryQuery(
            genres=read_genres(store, "genre", self.genre),
            tags=read_genres(store, "tag", self.tag),
            missing=read_genres(store, "missing", self.missing),
            extra=read_genres(store, "extra", self.extra),
            tag_source=self.tag_source,
            model_id=self.model,
            years=(self.min_year, self.max_year),
            lengths=(self.min_length, self.max_length),
            trailer_ids=tuple(self.trailer_id) or None,
            min_score=self.min_score,
            max_score=self.max_score,
            since=_midnight(self.since) if self.since else None,
            until=_midnight(self.until) + timedelta(days=1, milliseconds=-1) if self.until else None,
            changed_since=self.changed_since,
            text=(self.q or "").strip() or None,
            disputed=self.disagree,
            reviewed=self.reviewed,
            external_id=self.external_id,
            film_id=self.film_id,
            area=read_area(self.area) if self.area else None,
        )


class Search(Filters):
    """The parameters of a search in the library."""

    sort: Order = Field(default="newest", description="the order; by score needs a genre")
    limit: Annotated[int, Field(ge=1, le=MAX_PAGE, description="at most this many")] = 50
    cursor: Annotated[str, Field(max_length=MAX_LENGTH)] | None = Field(
        default=None, description="`next` of the page before"
    )

    def to_query(self, store: Store) -> LibraryQuery:
        """Return the query of the database; raises Refused for unknown genres and for what doesn't go together."""
        if self.sort == "score" and not self.genre:
            raise Refused("bad_request", "sort: to sort by score, name a genre")
        return replace(super().to_query(store), order=self.sort)

    def place(self) -> Place | None:
        """Return where the listing continues."""
        return read_cursor(self.cursor, self.sort) if self.cursor else None

    def url(self, *, cursor: str | None = None, without: tuple[str, ...] = ()) -> str:
        """Return the address of the library's page with these parameters, from `cursor` on, `without` some of them."""
        query = self._fields(exclude={*PAGING, *without}) | ({"cursor": cursor} if cursor else {})
        return _address("/library", query)

    def toggle(self, name: str, value: Any) -> str:
        """Return the address with a value of a parameter chosen, or no longer where it is."""
        now = getattr(self, name)
        if isinstance(now, list):
            return self._with(**{name: [each for each in now if each != value] if value in now else [*now, value]})
        return self._with(**{name: None if now == value else value})

    def is_chosen(self, name: str, value: Any) -> bool:
        """Tell whether a value of a parameter is chosen."""
        now = getattr(self, name)
        return value in now if isinstance(now, list) else now == value

    def toggle_span(self, name: str, span: tuple[int, int | None]) -> str:
        """Return the address with the least and the most of a parameter chosen, or no longer where they are."""
        low, high = (None, None) if self.is_span(name, span) else span
        return self._with(**{f"min_{name}": low, f"max_{name}": high})

    def is_span(self, name: str, span: tuple[int, int | None]) -> bool:
        """Tell whether this span of a parameter is chosen."""
        return (getattr(self, f"min_{name}"), getattr(self, f"max_{name}")) == span

    def sorted_url(self, sort: Order) -> str:
        """Return the address of the same trailers in another order."""
        return self._with(sort=sort)

    def _with(self, **values: Any) -> str:
        return self.model_copy(update=values).url()

    def filters(self) -> dict[str, Any]:
        """Return the filters in use, without the order, as an address has them."""
        return self._fields(exclude={*PAGING, "sort", "view"})

    def export_url(self) -> str:
        """Return the address of the tags of all trailers that it finds."""
        return _address("/v1/export/tags", self.filters())

    def _fields(self, exclude: set[str]) -> dict[str, Any]:
        kept = self.model_dump(mode="json", exclude_defaults=True, exclude=exclude)
        return {name: int(value) if isinstance(value, bool) else value for name, value in kept.items()}

    def chips(self) -> list[tuple[str, str]]:
        """Return each filter in use in words, and the library's address without it."""
        low, high = self.min_score or 0, 1 if self.max_score is None else self.max_score
        years = _span(self.min_year, self.max_year)
        lengths = _span(*(each and clock(each) for each in (self.min_length, self.max_length)))
        texts = {
            ("q",): self.q and f"“{self.q}”",
            ("external_id",): self.external_id and f"id {self.external_id}",
            ("film_id",): self.film_id and f"film {self.film_id}",
            ("trailer_id",): self.trailer_id and f"{len(self.trailer_id)} chosen trailers",
            ("min_score", "max_score"): (low, high) != (0, 1) and f"score {low:g} to {high:g}",
            ("since",): self.since and f"from {self.since}",
            ("until",): self.until and f"to {self.until}",
            ("changed_since",): self.changed_since and f"changed since {self.changed_since:%Y-%m-%d %H:%M} UTC",
            ("min_year", "max_year"): years and f"year {years}",
            ("min_length", "max_length"): lengths and f"length {lengths}",
            ("tag_source",): self.tag_source and f"tags from: {SOURCES.get(self.tag_source, self.tag_source)}",
            ("model",): self.model and f"model {self.model[:8]}",
            ("disagree",): self.disagree is not None and DISAGREE[self.disagree],
            ("reviewed",): self.reviewed is not None and REVIEWED[self.reviewed],
            ("area",): self.area and "an area of the map",
        }
        named = [
            (f"{words}{value}", self.toggle(name, value))
            for name, words in GENRE_FILTERS.items()
            for value in getattr(self, name)
        ]
        return named + [(text, self.url(without=names)) for names, text in texts.items() if text]


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


def _span(low: object, high: object) -> str:
    """Return a span in words, "" for one without limits."""
    if low is None or high is None:
        return f"from {low}" if high is None and low is not None else f"up to {high}" if high is not None else ""
    return f"{low} to {high}"


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=UTC)
