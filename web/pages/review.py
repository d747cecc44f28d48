"""Review: one trailer after another, in the order of the reviewer's queue, in the words of the house."""

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Query, Request
from fastapi.responses import HTMLResponse

from db.labelling.review_queue import QueueOrder, QueuePage
from db.library_records import LibraryQuery, LibraryTrailer
from db.records import TRAILER_ID
from extractor.page_words import clean_description
from web.api.routing import CallerDep, ServiceDep
from web.comparison import compare, compare_words, list_words
from web.cursors import MAX_LENGTH, read_cursor, write_cursor
from web.library_search import find_trailer
from web.pages.renderer import TO_REVIEW, make_page_router, show_page
from web.pages.trailer import read_page
from web.service import Service
from worker.reviewing.documents import disputes

router = make_page_router()
ChosenId = Annotated[str | None, Query(pattern=f"^{TRAILER_ID}$")]
Cursor = Annotated[str | None, Query(max_length=MAX_LENGTH)]


@router.get("/review")
def show_review(
    request: Request,
    service: ServiceDep,
    caller: CallerDep,
    trailer: ChosenId = None,
    order: QueueOrder = "disputed",
    cursor: Cursor = None,
) -> HTMLResponse:
    """Show the next trailer in the caller's queue, the one after a cursor, or the one that is named."""
    found = QueuePage((), None) if trailer else _find_next(service, caller.name, order, cursor)
    queued = next(iter(found.trailers), None)
    chosen = trailer or (queued.trailer_id if queued else None)
    return show_page(
        request,
        "review",
        **_read_work(service, find_trailer(service.store, chosen)) if chosen else {"page": None},
        queued=queued,
        reviewer=caller.name,
        order=order,
        n_waiting=service.store.library.count(TO_REVIEW),
        n_assigned=service.store.review_queue.count_assigned(caller.name),
        n_reviewed=service.store.library.count(LibraryQuery(reviewed=True)),
        next_url=_address(order, write_cursor(found.next, order) if found.next else None),
    )


def _find_next(service: Service, reviewer: str, order: QueueOrder, cursor: str | None) -> QueuePage:
    """Return the next trailer of a queue; at its end it begins again with those that were passed over."""
    queue = service.store.review_queue
    found = queue.find(reviewer, order, limit=1, after=read_cursor(cursor, order)) if cursor else QueuePage((), None)
    return found if found.trailers else queue.find(reviewer, order, limit=1)


def _address(order: QueueOrder, cursor: str | None) -> str:
    given = {"order": order if order != "disputed" else None, "cursor": cursor}
    query = urlencode({name: value for name, value in given.items() if value})
    return f"/review?{query}" if query else "/review"


def _read_work(service: Service, trailer: LibraryTrailer) -> dict[str, Any]:
    """Return a trailer's page with its genres as words of the house, and the words to choose from."""
    page, taxonomy = read_page(service, trailer), service.store.taxonomies.current()
    compared = compare(trailer.labels, page["prediction"].genres if page["prediction"] else ())
    rows = compare_words(compared, trailer.layers, taxonomy)
    house_words, genres = list_words(taxonomy)
    disputed = disputes(service.store.opinions.get(trailer.trailer_id))
    words = {"rows": rows, "house_words": house_words, "genres": genres}
    return {"page": page, **words, "texts": list_texts(trailer), "disputed": disputed}


def list_texts(trailer: LibraryTrailer) -> dict[str, str]:
    """Return what there is to read about a trailer, by what it is, whether a prediction has used it or not."""
    texts = {
        "Plot": trailer.plot or "",
        "Description of the page": clean_description(trailer.source.description or ""),
        "Said in the trailer": clean_description(trailer.speech.text) if trailer.speech else "",
    }
    return {label: text for label, text in texts.items() if text}
