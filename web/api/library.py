"""The library as a whole: counted by facets, and many trailers deleted, run again or tagged at once."""

from collections.abc import Callable, Iterable
from typing import Annotated, Any

from fastapi import Query
from pydantic import Field

from db.library_records import Facets, LibraryQuery, LibraryTrailer
from web.api.routing import CallerDep, ServiceDep, make_router
from web.api_model import ApiModel, Next
from web.bulk_actions import Action, delete, retag, run_again
from web.cursors import MAX_LENGTH, read_cursor, write_cursor
from web.errors import Refused
from web.library_search import Filters, read_genres
from web.request_bodies import Genre, RequestBody
from web.service import Service

router = make_router("library")
MAX_AT_ONCE = 200
Genres = Annotated[list[Genre], Field(max_length=20)]


class BulkRequest(RequestBody):
    """Which trailers are meant: those that a search would find, the newest first, a page of them in one request."""

    trailers: Annotated[Filters, Field(description="as GET /v1/trailers takes them; none: all trailers")]
    n: Annotated[int, Field(ge=0)] | None = Field(None, description="refuse where not so many trailers match")
    limit: Annotated[int, Field(ge=1, le=MAX_AT_ONCE)] = 100
    """at most this many"""
    cursor: Annotated[str, Field(max_length=MAX_LENGTH)] | None = Field(None, description="`next` of the page before")


class BulkRun(BulkRequest):
    """Trailers to run again."""

    force: bool = Field(False, description="whether to do all again, not only what is missing or out of date")


class BulkTags(BulkRequest):
    """Changes of the tags of trailers, in our genres or words of the house."""

    add: Genres = Field(default_factory=list)
    """those that each is to have"""
    remove: Genres = Field(default_factory=list)
    """those that none is to have"""


class RefusedTrailer(ApiModel):
    """A trailer to which nothing was done, and why."""

    trailer_id: str
    """the trailer"""
    code: str
    """the error's code"""
    message: str
    """the reason, and what to do"""


class BulkResult(ApiModel):
    """The outcome for a page of trailers."""

    done: int
    """how many were changed"""
    unchanged: int
    """how many were so already"""
    refused: list[RefusedTrailer]
    """those to which nothing was done"""
    next: Next


class FacetCounts(ApiModel):
    """How many trailers there are of each kind among those that match, the most first."""

    n: int
    """all of them"""
    verdict: dict[str, int]
    """by genre of the verdict"""
    tags: dict[str, int]
    """by genre of the tags in effect"""
    missing: dict[str, int]
    """by genre that the verdict has and the tags lack"""
    extra: dict[str, int]
    """by genre that the tags have and the verdict lacks"""
    tag_source: dict[str, int]
    """by source of the tags in effect; none: without tags"""
    reviewed: dict[str, int]
    """by whether a review is in effect"""
    disagree: dict[str, int]
    """by whether the verdict differs from the tags"""
    model: dict[str, int]
    """by the model_id of the verdict"""
    years: dict[str, int]
    """by decade, named by its first year"""
    lengths: dict[str, int]
    """by minutes begun: 0 is under one minute, the last one 5 and more"""


@router.get("/library/facets", response_model=FacetCounts)
def get_facets(search: Annotated[Filters, Query()], service: ServiceDep) -> Facets:
    """Count the trailers that match, by genre of the verdict and of the tags, source of the tags, model, and so on.

    In a library where counting takes long, counts may be some seconds old.
    """
    return service.facets(search.to_query(service.store))


@router.post("/library/delete", response_model=BulkResult)
def delete_trailers(which: BulkRequest, service: ServiceDep) -> dict[str, Any]:
    """Delete trailers with all that is stored about them, as DELETE /v1/trailers/{trailer_id} does each.

    All trailers, by a search that names nothing, only with `n`: a list of ids that came out empty is not meant so.
    """
    if (which.n, which.cursor) == (None, None) and which.trailers.to_query(service.store) == LibraryQuery():
        raise Refused("bad_request", "trailers: it names none; to delete all trailers, say in n how many there are")
    return _act(service, which, lambda trailers: delete(service, trailers))


@router.post("/library/run", response_model=BulkResult)
def submit_trailers(which: BulkRun, service: ServiceDep, caller: CallerDep) -> dict[str, Any]:
    """Run trailers again: jobs do what is missing or out of date, or all again where that is forced.

    A file that is no longer kept is needed only where its features are missing or all is done again.
    """
    return _act(service, which, lambda trailers: run_again(service, trailers, caller, force=which.force))


@router.post("/library/tags", response_model=BulkResult)
def edit_tags(which: BulkTags, service: ServiceDep, caller: CallerDep) -> dict[str, Any]:
    """Add tags to trailers or remove some, as a review of each whose tags change; the rest of them is confirmed."""
    add, remove = (read_genres(service.store, name, getattr(which, name)) for name in ("add", "remove"))
    if both := set(add) & set(remove):
        raise Refused("bad_request", f"add, remove: {', '.join(sorted(both))} can't be both")
    if not add and not remove:
        raise Refused("bad_request", "add, remove: name the tags to add or to remove")
    return _act(service, which, lambda trailers: retag(service, trailers, caller, add=add, remove=remove))


def _act(service: Service, which: BulkRequest, act: Callable[[Iterable[LibraryTrailer]], Action]) -> dict[str, Any]:
    """Act on the trailers of a page; raises Refused (conflict) where others match than were expected."""
    query = which.trailers.to_query(service.store)
    if which.n is not None and (n := service.store.library.facets(query).n) != which.n:
        raise Refused("conflict", f"{n:,} trailers match now, not {which.n:,}: nothing was done; look at them again")
    after = read_cursor(which.cursor, "newest") if which.cursor else None
    page = service.store.library.find(query, limit=which.limit, after=after)
    action = act(page.trailers)
    service.forget_counts()
    return {
        "done": action.done,
        "unchanged": action.unchanged,
        "refused": [{"trailer_id": name, "code": code, "message": text} for name, code, text in action.refused],
        "next": write_cursor(page.next, "newest") if page.next else None,
    }
