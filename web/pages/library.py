"""The library: all stored trailers, searched and filtered."""

from collections.abc import Mapping
from typing import TypeVar

from fastapi import Request
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, ValidationError

from db.library_records import LibraryQuery
from web.api.routing import ServiceDep
from web.cursors import write_cursor
from web.errors import refuse_invalid
from web.library_search import Search
from web.pages.renderer import make_page_router, show_page

router = make_page_router()
Form = TypeVar("Form", bound=BaseModel)
N_CARDS = 48
NAMES = (
    *("q", "external_id", "film_id", "genre", "min_score", "max_score", "since", "until", "changed_since"),
    *("disagree", "reviewed", "sort", "cursor"),
)


@router.get("/library")
def show_library(request: Request, service: ServiceDep) -> HTMLResponse:
    """Show the trailers that match the filters."""
    search, library = read_search(request.query_params), service.store.library
    query = search.to_query()
    found = library.find(query, limit=N_CARDS, after=search.place())
    return show_page(
        request,
        "library",
        trailers=found.trailers,
        search=search,
        genres=tuple(library.genres()),
        n_all=library.count(LibraryQuery()),
        n_found=library.count(query) if search.chips() else None,
        next_cursor=write_cursor(found.next, search.sort) if found.next else None,
    )


def read_search(form: Mapping[str, str]) -> Search:
    """Return the search of a form, ignoring its empty fields; raises Refused for values that are not valid.

    Without a genre the scores are ignored, and sorting by score is by time.
    """
    fields: dict[str, object] = {name: form[name] for name in NAMES if form.get(name, "").strip()}
    if "genre" in fields:
        fields["genre"] = [fields["genre"]]
    else:
        for name in ("min_score", "max_score"):
            fields.pop(name, None)
        if fields.get("sort") == "score":
            del fields["sort"]
    return read_form(Search, fields)


def read_form(kind: type[Form], fields: Mapping[str, object]) -> Form:
    """Return the parameters in a form's fields; raises Refused for values that are not valid."""
    try:
        return kind.model_validate(fields)
    except ValidationError as exc:
        errors = [{**error, "loc": ("form", *error["loc"])} for error in exc.errors()]
        raise refuse_invalid(errors) from exc
