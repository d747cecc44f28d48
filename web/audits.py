"""Audits for the API and the page: a page of findings, and decisions on many of them at once."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import dropwhile, islice
from typing import Annotated

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field

from db.library_records import Place
from web.cursors import MAX_LENGTH, read_cursor, write_cursor
from web.errors import Refused
from web.library_search import read_genres
from web.request_bodies import Genre
from web.service import Service
from worker.auditing.audit import Audit, Finding
from worker.auditing.rows import AuditRow, read_rows

MAX_PAGE = 100


class AuditSearch(BaseModel):
    """The parameters of an audit: mistakes in any genre or in one, and whether reviewed trailers are among them."""

    model_config = ConfigDict(extra="forbid")

    genre: Genre | None = Field(default=None, description="mistakes in this genre alone")
    reviewed: bool = Field(default=False, description="also trailers whose tags come from a review")
    limit: Annotated[int, Field(ge=1, le=MAX_PAGE, description="at most this many")] = 50
    cursor: Annotated[str, Field(max_length=MAX_LENGTH)] | None = Field(
        default=None, description="`next` of the page before"
    )


AuditQuery = Annotated[AuditSearch, Query()]


@dataclass(frozen=True, slots=True)
class AuditPage:
    """A page of an audit, and the cursor of the next one, None on the last."""

    audit: Audit
    rows: tuple[AuditRow, ...]
    next: str | None


def read_audit(service: Service, search: AuditSearch) -> AuditPage:
    """Return the findings wanted, without those that somebody has decided on meanwhile."""
    audit, genre = service.audit(), _read_genre(service, search.genre)
    rows = read_rows(service.store, _findings(audit, search, genre), reviewed=search.reviewed)
    page = list(islice(rows, search.limit + 1))
    shown, last = page[: search.limit], page[search.limit - 1] if len(page) > search.limit else None
    following = write_cursor(Place(last.finding.probability, last.finding.trailer_id), "audit") if last else None
    return AuditPage(audit, tuple(shown), following)


def _read_genre(service: Service, name: str | None) -> str | None:
    """Return the one genre that a name means; raises Refused."""
    genres = read_genres(service.store, "genre", [name] if name else [])
    if len(genres) > 1:
        raise Refused("bad_request", f"genre: {name!r} means {' and '.join(genres)}; name one of them")
    return genres[0] if genres else None


def _findings(audit: Audit, search: AuditSearch, genre: str | None) -> Iterator[Finding]:
    findings = audit.rank(genre=genre, reviewed=search.reviewed)
    if search.cursor is None:
        return findings
    place = read_cursor(search.cursor, "audit")

    def is_before(finding: Finding) -> bool:
        """Tell whether a finding is of an earlier page."""
        its = -finding.probability, finding.trailer_id
        return isinstance(place.value, float) and its <= (-place.value, place.trailer_id)

    return dropwhile(is_before, findings)
