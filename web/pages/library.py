"""The library: all stored trailers, searched, filtered by what they are, as a grid or a table."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal, TypeVar, get_args

from fastapi import Cookie, Request
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, ValidationError

from web.api.routing import ServiceDep
from web.comparison import list_words
from web.cursors import write_cursor
from web.errors import refuse_invalid
from web.facet_groups import make_groups
from web.library_search import Search
from web.pages.renderer import make_page_router, show_page

router = make_page_router()
Form = TypeVar("Form", bound=BaseModel)
View = Literal["grid", "table"]
N_CARDS = 48
A_YEAR_S = 31_536_000
LISTS = ("genre", "tag", "missing", "extra", "trailer_id")


class LibrarySearch(Search):
    """A search as the page shows it."""

    view: View = "grid"


NAMES = tuple(name for name in LibrarySearch.model_fields if name not in ("limit", *LISTS))


@router.get("/library")
def show_library(
    request: Request, service: ServiceDep, library_view: Annotated[str | None, Cookie()] = None
) -> HTMLResponse:
    """Show the trailers that match the filters, as they were shown last unless the address says how."""
    search = read_search(request.query_params.multi_items(), library_view)
    query = search.to_query(service.store)
    found = service.store.library.find(query, limit=N_CARDS, after=search.place())
    names = {record.model_id: record.name for record in service.store.models.list()}
    page = show_page(
        request,
        "library",
        trailers=found.trailers,
        search=search,
        facets=make_groups(search, query, service.facets, names),
        words=list_words(service.store.taxonomies.current()),
        models=names,
        next_cursor=write_cursor(found.next, search.sort) if found.next else None,
    )
    if "view" in request.query_params:
        page.set_cookie("library_view", search.view, max_age=A_YEAR_S, path="/library", httponly=True, samesite="lax")
    return page


def read_search(form: Sequence[tuple[str, str]], view: str | None = None) -> LibrarySearch:
    """Return the search of a form, ignoring its empty fields; raises Refused for values that are not valid.

    Without a genre the scores are ignored, and sorting by score is by time.
    """
    filled = [(name, value) for name, value in form if value.strip()]
    lists = {name: [value for its, value in filled if its == name] for name in LISTS}
    fields: dict[str, object] = {name: value for name, value in filled if name in NAMES}
    fields |= {name: values for name, values in lists.items() if values}
    if "genre" not in fields:
        for name in ("min_score", "max_score"):
            fields.pop(name, None)
        if fields.get("sort") == "score":
            del fields["sort"]
    if view in get_args(View):
        fields.setdefault("view", view)
    return read_form(LibrarySearch, fields)


def read_form(kind: type[Form], fields: Mapping[str, object]) -> Form:
    """Return the parameters in a form's fields; raises Refused for values that are not valid."""
    try:
        return kind.model_validate(fields)
    except ValidationError as exc:
        errors = [{**error, "loc": ("form", *error["loc"])} for error in exc.errors()]
        raise refuse_invalid(errors) from exc
