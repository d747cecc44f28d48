"""Stored trailers: searched, looked at, compared, reviewed, and their features."""

import io
from typing import Annotated, Any

import numpy as np
from fastapi import Query, Response

from web.api.routing import Asking, Serving, TrailerId, make_router
from web.asked import NewReview
from web.cursors import write_cursor
from web.documents import review_document
from web.errors import Refused
from web.library import Searching, detail_document, find_trailer, trailer_document
from web.library_answers import Review, Similar, TrailerDetail, Trailers
from web.reviewing import review
from web.similar import find_similar

router = make_router("trailers")
FeaturesId = Annotated[str | None, Query(pattern=r"^[A-Za-z0-9_.-]{1,100}$")]


@router.get("/trailers", response_model=Trailers)
def listed(search: Searching, service: Serving) -> dict[str, Any]:
    """Search the library; `next` is the cursor of the following page."""
    page = service.store.library.find(search.wanted(), limit=search.limit, after=search.place())
    return {
        "trailers": [trailer_document(trailer) for trailer in page.trailers],
        "next": write_cursor(page.next, search.sort) if page.next else None,
    }


@router.get("/trailers/{trailer_id}", response_model=TrailerDetail)
def look(trailer_id: TrailerId, service: Serving) -> dict[str, Any]:
    """Look at one trailer: its newest prediction, its timeline, its labels."""
    return detail_document(service.runtime, find_trailer(service.store, trailer_id))


@router.get("/trailers/{trailer_id}/similar", response_model=Similar)
def similar(trailer_id: TrailerId, service: Serving, limit: Annotated[int, Query(ge=1, le=100)] = 10) -> dict[str, Any]:
    """Find the trailers that look most like one."""
    find_trailer(service.store, trailer_id)
    return {"similar": find_similar(service, trailer_id, limit=limit)}


@router.get(
    "/trailers/{trailer_id}/features.npy",
    response_class=Response,
    responses={200: {"content": {"application/octet-stream": {}}, "description": "float32 of shape (frames, dim)"}},
)
def features(trailer_id: TrailerId, service: Serving, features_id: FeaturesId = None) -> Response:
    """Download a trailer's features as a NumPy file, float32 of shape (frames, dim); the newest unless named."""
    ids = service.store.features.ids(trailer_id)
    wanted = features_id or (ids[0] if ids else None)
    found = service.store.features.load(trailer_id, wanted) if wanted in ids and wanted else None
    if found is None:
        raise Refused("not_found", f"{trailer_id} has no such features; those of {', '.join(ids) or 'none'} are kept")
    file = io.BytesIO()
    np.save(file, found.vectors, allow_pickle=False)
    name = f"{trailer_id}.npy".replace(":", "-")
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Features-Id": found.features_id}
    return Response(file.getvalue(), media_type="application/octet-stream", headers=headers)


@router.post("/trailers/{trailer_id}/review", status_code=201, response_model=Review)
def judge(trailer_id: TrailerId, new: NewReview, service: Serving, caller: Asking) -> dict[str, Any]:
    """Accept, reject or add genres; what comes of it are the trailer's labels, with the source `review`."""
    trailer = find_trailer(service.store, trailer_id)
    saved = review(service.store, trailer, new.decisions, reviewer=caller.name, note=new.note)
    return review_document(saved)
