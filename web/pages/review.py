"""Reviewing: one trailer after another, those first whose tags and verdict are furthest apart."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import Query, Request
from fastapi.responses import HTMLResponse

from classifier.genres import CANONICAL
from db.library_records import LibraryQuery, LibraryTrailer, Place
from db.records import TRAILER_ID
from web.api.routing import Serving
from web.cursors import MAX_LENGTH, read_cursor, write_cursor
from web.library_search import find_trailer
from web.pages.renderer import TO_REVIEW, make_page_router, pages_of
from web.pages.trailer import trailer_page
from web.service import Service
from web.views import ReviewPage

router = make_page_router()
TrailerAsked = Annotated[str | None, Query(pattern=f"^{TRAILER_ID}$")]


@router.get("/review")
def review(
    request: Request,
    service: Serving,
    trailer: TrailerAsked = None,
    cursor: Annotated[str | None, Query(max_length=MAX_LENGTH)] = None,
) -> HTMLResponse:
    """Show the trailer whose turn it is, or the one that is asked for."""
    turn, following = _turn(service, trailer, cursor)
    view = ReviewPage(
        trailer=trailer_page(service, turn) if turn else None,
        genres=CANONICAL,
        n_waiting=service.store.library.count(TO_REVIEW),
        n_reviewed=service.store.library.count(LibraryQuery(reviewed=True)),
        next_url=following,
    )
    return pages_of(request).show("review", "review", view)


def _turn(service: Service, trailer_id: str | None, cursor: str | None) -> tuple[LibraryTrailer | None, str]:
    """Return the trailer to be reviewed, and the address of the one after it."""
    if trailer_id is not None:
        return find_trailer(service.store, trailer_id), "/review"
    after = read_cursor(cursor, TO_REVIEW.order) if cursor else None
    found = service.store.library.find(TO_REVIEW, limit=1, after=after).trailers
    if not found:
        return None, "/review"
    verdict = found[0].verdict
    place = Place(verdict.disagreement if verdict else 0.0, found[0].trailer_id)
    return found[0], f"/review?{urlencode({'cursor': write_cursor(place, TO_REVIEW.order)})}"
