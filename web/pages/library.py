"""The library: every stored trailer, searched."""

from collections.abc import Mapping

from fastapi import Request
from fastapi.responses import HTMLResponse
from pydantic import ValidationError

from db.library_records import LibraryQuery
from web.api.routing import Serving
from web.cursors import write_cursor
from web.errors import Refused, describe_invalid
from web.filters import Filters
from web.library_search import Search
from web.pages.renderer import make_page_router, pages_of
from web.pages.view_builders import card_of
from web.views import LibraryPage

router = make_page_router()
N_CARDS = 48
NAMES = ("q", "genre", "min_score", "max_score", "since", "until", "disagree", "reviewed", "sort", "cursor")


@router.get("/library")
def library(request: Request, service: Serving) -> HTMLResponse:
    """Show the trailers that fit the filters."""
    search = read_search(request.query_params)
    wanted = search.wanted()
    found = service.store.library.find(wanted, limit=N_CARDS, after=search.place())
    filters = filters_of(search)
    view = LibraryPage(
        cards=tuple(card_of(trailer) for trailer in found.trailers),
        filters=filters,
        genres=tuple(service.store.library.genres()),
        n_all=service.store.library.count(LibraryQuery()),
        n_found=service.store.library.count(wanted) if filters.chips() else None,
        next_cursor=write_cursor(found.next, search.sort) if found.next else None,
    )
    return pages_of(request).show("library", "library", view)


def read_search(given: Mapping[str, str]) -> Search:
    """Return the search of a form, whose empty fields mean nothing; raises Refused for what makes no sense.

    An order by score without a genre is one by time.
    """
    asked: dict[str, object] = {name: given[name] for name in NAMES if given.get(name, "").strip()}
    genre = asked.pop("genre", None)
    if genre:
        asked["genre"] = [genre]
    else:
        for name in ("min_score", "max_score"):
            asked.pop(name, None)
        if asked.get("sort") == "score":
            del asked["sort"]
    try:
        return Search.model_validate(asked)
    except ValidationError as exc:
        errors = [{**error, "loc": ("form", *error["loc"])} for error in exc.errors()]
        raise Refused("bad_request", describe_invalid(errors)) from exc


def filters_of(search: Search) -> Filters:
    """Return what is asked for, as the page shows it."""
    return Filters(
        q=search.q or "",
        genre=search.genre[0] if search.genre else "",
        min_score=search.min_score,
        max_score=search.max_score,
        since=search.since,
        until=search.until,
        disagree=bool(search.disagree),
        reviewed=search.reviewed,
        sort=search.sort,
    )
