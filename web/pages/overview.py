"""The overview: what needs attention, the library by genre, its queue, its reviews, and its map."""

from typing import Any

from fastapi import Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from db.library_records import LibraryQuery
from db.queue.jobs import JobFilter
from web.api.library_map import MAX_POINTS
from web.api.routing import CallerDep, ServiceDep, TrailerId
from web.facet_groups import make_groups
from web.library_search import Search, find_trailer
from web.needs import read_needs
from web.pages.renderer import TO_REVIEW, find_renderer, make_page_router, show_page
from web.service import Service

router = make_page_router()


@router.get("/", response_model=None)
def show_overview(request: Request, service: ServiceDep, caller: CallerDep) -> Response:
    """Show the page; while there is nothing to show, go where something is submitted."""
    facets = service.facets(LibraryQuery())
    if not facets.n and not service.store.jobs.list(JobFilter(), limit=1):
        return RedirectResponse("/submit", status_code=303)
    pace = service.store.pace.read()
    return show_page(
        request,
        "overview",
        facets=make_groups(Search(), LibraryQuery(), lambda _: facets, {}),
        needs=read_needs(service, caller, pace),
        pace=pace,
        n_reviewed=facets.reviewed.get("true", 0),
        n_to_review=service.store.library.count(TO_REVIEW),
        n_differ=facets.disagree.get("true", 0),
        **_read_map(service),
    )


def _read_map(service: Service) -> dict[str, Any]:
    """Return what the page says of the map without its points, which a script fetches."""
    store = service.store.library_map
    return {"map": store.find(), "is_drawing": store.is_being_drawn(), "max_points": MAX_POINTS}


@router.get("/trailers/{trailer_id}/card")
def show_card(trailer_id: TrailerId, request: Request, service: ServiceDep) -> HTMLResponse:
    """Return the card of a trailer, as a part of a page."""
    return find_renderer(request).show_card(find_trailer(service.store, trailer_id))
