"""Review: one trailer after another, in the order of the reviewer's queue, in the words of the house."""

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Query, Request
from fastapi.responses import HTMLResponse

from db.labelling.review_queue import QueueOrder
from db.library_records import LibraryQuery, LibraryTrailer
from db.records import TRAILER_ID
from web.api.routing import CallerDep, ServiceDep
from web.comparison import compare_words, list_words
from web.library_search import find_trailer
from web.pages.renderer import TO_REVIEW, make_page_router, show_page
from web.pages.trailer import read_page
from web.service import Service

router = make_page_router()
ChosenId = Annotated[str | None, Query(pattern=f"^{TRAILER_ID}$")]


@router.get("/review")
def show_review(
    request: Request, service: ServiceDep, caller: CallerDep, trailer: ChosenId = None, order: QueueOrder = "disputed"
) -> HTMLResponse:
    """Show the next trailer in the caller's queue, or the one that is named."""
    first = None if trailer else next(iter(service.store.review_queue.find(caller.name, order, limit=1).trailers), None)
    chosen = trailer or (first.trailer_id if first else None)
    return show_page(
        request,
        "review",
        **_read_work(service, find_trailer(service.store, chosen)) if chosen else {"page": None},
        queued=first,
        order=order,
        n_waiting=service.store.library.count(TO_REVIEW),
        n_assigned=service.store.review_queue.count_assigned(caller.name),
        n_reviewed=service.store.library.count(LibraryQuery(reviewed=True)),
        next_url="/review" if order == "disputed" else f"/review?{urlencode({'order': order})}",
    )


def _read_work(service: Service, trailer: LibraryTrailer) -> dict[str, Any]:
    """Return a trailer's page with its genres as words of the house, and the words to choose from."""
    page, taxonomy = read_page(service, trailer), service.store.taxonomies.current()
    rows = compare_words(page["comparison"], trailer.layers, taxonomy)
    house_words, genres = list_words(taxonomy)
    return {"page": page, "rows": rows, "house_words": house_words, "genres": genres}
