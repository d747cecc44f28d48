"""Review: one trailer after another, those whose tags and verdict differ most first."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import Query, Request
from fastapi.responses import HTMLResponse

from classifier.genres import CANONICAL
from db.library_records import LibraryQuery, LibraryTrailer, Place
from db.records import TRAILER_ID
from web.api.routing import ServiceDep
from web.cursors import MAX_LENGTH, read_cursor, write_cursor
from web.library_search import find_trailer
from web.pages.renderer import TO_REVIEW, make_page_router, show_page
from web.pages.trailer import read_page
from web.service import Service

router = make_page_router()
ChosenId = Annotated[str | None, Query(pattern=f"^{TRAILER_ID}$")]


@router.get("/review")
def show_review(
    request: Request,
    service: ServiceDep,
    trailer: ChosenId = None,
    cursor: Annotated[str | None, Query(max_length=MAX_LENGTH)] = None,
) -> HTMLResponse:
    """Show the next trailer to review, or the one that is named."""
    chosen, next_url = _choose(service, trailer, cursor)
    return show_page(
        request,
        "review",
        page=read_page(service, chosen) if chosen else None,
        genres=CANONICAL,
        n_waiting=service.store.library.count(TO_REVIEW),
        n_reviewed=service.store.library.count(LibraryQuery(reviewed=True)),
        next_url=next_url,
    )


def _choose(service: Service, trailer_id: str | None, cursor: str | None) -> tuple[LibraryTrailer | None, str]:
    """Return the trailer to review, and the address of the one after it."""
    if trailer_id is not None:
        return find_trailer(service.store, trailer_id), "/review"
    after = read_cursor(cursor, TO_REVIEW.order) if cursor else None
    found = service.store.library.find(TO_REVIEW, limit=1, after=after).trailers
    if not found:
        return None, "/review"
    verdict = found[0].verdict
    place = Place(verdict.disagreement if verdict else 0.0, found[0].trailer_id)
    return found[0], f"/review?{urlencode({'cursor': write_cursor(place, TO_REVIEW.order)})}"
