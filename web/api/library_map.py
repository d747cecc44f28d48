"""The map of the library: the trailers that match, each at its place among those like it."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import Query, Request, Response
from pydantic import Field

from db.library_records import LibraryQuery
from web.api.routing import ServiceDep, make_router
from web.api_model import ApiModel
from web.kept_files import CHECKED, make_etag, send_file
from web.library_search import Filters
from web.service import Service

router = make_router("library")
MAX_POINTS = 20_000
UNCHANGED: dict[int | str, dict[str, Any]] = {
    304: {"description": "the caller's copy, named by If-None-Match, is the present one"}
}
Share = Annotated[float, Field(ge=0, le=1)]


class MapPoints(ApiModel):
    """Trailers on the map, in lists of the same length: what stands at the same place in each is of one trailer."""

    made_at: datetime | None
    """when the trailers of the map were read, null while none has been drawn"""
    features_id: str | None
    """the features it is drawn from"""
    n_trailers: int
    """all trailers of the library, those that are not on the map yet, too"""
    n: int
    """the trailers that match and are on the map"""
    is_sample: bool
    """whether those listed are every so manieth of more than 20,000"""
    trailer_ids: list[str]
    """the trailers, in the order of their ids"""
    x: list[Share]
    """how far to the right each lies"""
    y: list[Share]
    """how far down each lies"""
    genres: list[str | None]
    """the first genre of each verdict, null where none passes"""
    titles: list[str]
    """the title of each"""


@router.get("/library/map", response_model=MapPoints, responses=UNCHANGED)
def get_library_map(search: Annotated[Filters, Query()], request: Request, service: ServiceDep) -> Response:
    """Get the map of the library: trailers whose frames are alike lie near each other. `ETag` names what it shows.

    A worker draws it, and again when a tenth of the trailers have come, changed or gone; directions mean nothing.
    """
    body = read_points(service, search.to_query(service.store)).model_dump_json().encode()
    headers = {"Cache-Control": CHECKED}
    return send_file(request, make_etag(body), lambda: body, kind="application/json", headers=headers)


def read_points(service: Service, wanted: LibraryQuery) -> MapPoints:
    """Return the matching trailers that are on the map."""
    drawn = service.store.library_map.find()
    n, points = service.store.library_map.points(wanted, limit=MAX_POINTS)
    return MapPoints(
        made_at=drawn.made_at if drawn else None,
        features_id=drawn.features_id if drawn else None,
        n_trailers=service.store.library.count(LibraryQuery()),
        n=n,
        is_sample=n > len(points),
        trailer_ids=[point.trailer_id for point in points],
        x=[point.place[0] for point in points],
        y=[point.place[1] for point in points],
        genres=[next(iter(point.genres), None) for point in points],
        titles=[point.title for point in points],
    )
