"""What the page and the API tell of stored trailers: from what is asked to a search, from records to documents."""

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any

from fastapi import Query
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from db.library_records import LibraryQuery, LibraryTrailer, Order, Place
from db.store import Store
from web.cursors import MAX_LENGTH, read_cursor
from web.errors import Refused
from web.request_bodies import Genre
from worker.documents import fields_of, prediction_document
from worker.runtime import Runtime

MAX_PAGE = 100


def _written_as_day(value: object) -> object:
    """Return a day as it was written; a mere number is none, though Pydantic would take it for seconds."""
    if isinstance(value, str) and not _DAY.fullmatch(value):
        raise ValueError("write a day as 2026-11-21")
    return value


EARLIEST, LATEST = date(1970, 1, 1), date(2200, 1, 1)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
Day = Annotated[date, BeforeValidator(_written_as_day), Field(ge=EARLIEST, le=LATEST)]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


class Search(BaseModel):
    """The parameters of a search in the library; `min_score` and `max_score` are of each genre asked for."""

    model_config = ConfigDict(extra="forbid")

    genre: Annotated[list[Genre], Field(max_length=5)] = Field(default_factory=list)
    min_score: Share | None = None
    max_score: Share | None = None
    since: Day | None = Field(None, description="stored on this day or later (UTC)")
    until: Day | None = Field(None, description="stored on this day or before (UTC)")
    q: Annotated[str, Field(max_length=200)] | None = Field(
        None, description="beginnings of words of title, uploader, id or plot"
    )
    disagree: bool | None = Field(None, description="whether the verdict differs from the labels")
    reviewed: bool | None = None
    sort: Order = "newest"
    limit: Annotated[int, Field(ge=1, le=MAX_PAGE)] = 50
    cursor: Annotated[str, Field(max_length=MAX_LENGTH)] | None = None

    def wanted(self) -> LibraryQuery:
        """Return what is looked for; raises Refused for what doesn't go together."""
        if self.sort == "score" and not self.genre:
            raise Refused("bad_request", "sort: the order by score needs a genre")
        if not self.genre and (self.min_score is not None or self.max_score is not None):
            raise Refused("bad_request", "min_score, max_score: of which genre? name one")
        return LibraryQuery(
            genres=tuple(self.genre),
            min_score=self.min_score,
            max_score=self.max_score,
            since=_midnight(self.since) if self.since else None,
            until=_midnight(self.until) + timedelta(days=1, milliseconds=-1) if self.until else None,
            text=self.q,
            disputed=self.disagree,
            reviewed=self.reviewed,
            order=self.sort,
        )

    def place(self) -> Place | None:
        """Return where the listing goes on."""
        return read_cursor(self.cursor, self.sort) if self.cursor else None


Searching = Annotated[Search, Query()]


def find_trailer(store: Store, trailer_id: str) -> LibraryTrailer:
    """Return a stored trailer; raises Refused (not_found)."""
    trailer = store.library.get(trailer_id)
    if trailer is None:
        raise Refused("not_found", f"{trailer_id} is not stored; submit it to have it analysed")
    return trailer


def trailer_document(trailer: LibraryTrailer) -> dict[str, Any]:
    """Return what a listing says of a trailer."""
    labels, verdict = trailer.labels, trailer.verdict
    return {
        "trailer_id": trailer.trailer_id,
        "source": fields_of(trailer.source),
        "video": fields_of(trailer.video),
        "labels": {"genres": list(labels.genres), "source": labels.source, "imdb_id": labels.imdb_id},
        "verdict": fields_of(verdict) if verdict else None,
        "reviewed_at": trailer.reviewed_at,
        "created_at": trailer.created_at,
        "updated_at": trailer.updated_at,
    }


def detail_document(runtime: Runtime, trailer: LibraryTrailer) -> dict[str, Any]:
    """Return all that is known of a trailer, its newest prediction with the timeline among it."""
    store, trailer_id = runtime.store, trailer.trailer_id
    prediction = store.predictions.latest(trailer_id)
    result = None
    if prediction is not None:
        n_frames = store.features.n_frames(trailer_id, prediction.features_id) or 0
        result = prediction_document(trailer, prediction, n_frames=n_frames)
    return {
        **trailer_document(trailer),
        "plot": trailer.plot,
        "poster": trailer.poster_sha256,
        "prediction": result,
        "timeline": {genre: list(scores) for genre, scores in prediction.timeline.items()} if prediction else {},
        "features": store.features.ids(trailer_id),
    }


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=UTC)
