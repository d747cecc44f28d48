"""Stored trailers: searched, read, compared and reviewed, and their features."""

import io
from functools import partial
from typing import Annotated, Any

import numpy as np
from fastapi import Query, Request, Response

from db.library_records import LibraryTrailer
from web import library_responses as responses
from web.api.routing import CallerDep, ServiceDep, TrailerId, make_router
from web.cursors import write_cursor
from web.errors import Refused
from web.kept_files import A_DAY, CHECKED, describe_file, make_etag, send_file
from web.library_search import SearchQuery, find_neighbours, find_trailer
from web.request_bodies import NewReview, ReviewToUndo, TrailerEdit
from web.review_responses import Review, Undo
from web.reviews import find_sent_before, save_review, undo_review
from web.service import Service
from worker.documents import fields_of, identity_document, prediction_document
from worker.jobs.removal import remove_trailer
from worker.reviewing.documents import review_document

router = make_router("trailers")
FeaturesId = Annotated[
    str | None, Query(pattern=r"^[A-Za-z0-9_.-]{1,100}$", description="which features; the newest unless given")
]


@router.get("/trailers", response_model=responses.Trailers)
def search_trailers(search: SearchQuery, service: ServiceDep) -> dict[str, Any]:
    """Search the library; `next` is the cursor of the next page."""
    page = service.store.library.find(search.to_query(service.store), limit=search.limit, after=search.place())
    return {
        "trailers": [trailer_document(trailer) for trailer in page.trailers],
        "next": write_cursor(page.next, search.sort) if page.next else None,
    }


@router.get("/trailers/{trailer_id}", response_model=responses.TrailerDetail)
def get_trailer(trailer_id: TrailerId, service: ServiceDep) -> dict[str, Any]:
    """Get one trailer: its newest prediction, its timeline, its labels and their layers."""
    trailer, prediction = find_trailer(service.store, trailer_id), service.store.predictions.latest(trailer_id)
    result, marks = None, {}
    if prediction is not None:
        n_frames = service.store.features.n_frames(trailer_id, prediction.features_id) or 0
        marks = service.store.features.marks(prediction.features_id, [trailer_id]).get(trailer_id, {})
        result = prediction_document(trailer, prediction, n_frames=n_frames)
    return {
        **trailer_document(trailer),
        "prediction": result,
        "timeline": prediction.timeline if prediction else {},
        "marks": marks,
        "features": service.store.features.ids(trailer_id),
    }


@router.patch("/trailers/{trailer_id}", response_model=responses.TrailerDetail)
def edit_trailer(trailer_id: TrailerId, changes: TrailerEdit, service: ServiceDep) -> dict[str, Any]:
    """Change whose trailer it is and of which film: what isn't named stays, null clears."""
    find_trailer(service.store, trailer_id)
    try:
        is_done = service.store.identities.edit(trailer_id, changes.to_edit())
    except ValueError as exc:
        raise Refused("bad_request", str(exc)) from exc
    if not is_done:
        raise Refused("conflict", f"others are changing {trailer_id} just now; try again")
    return get_trailer(trailer_id, service)


@router.delete("/trailers/{trailer_id}", response_model=responses.RemovedTrailer)
def delete_trailer(trailer_id: TrailerId, service: ServiceDep) -> dict[str, Any]:
    """Delete a trailer with all that is stored about it, reviews and jobs, too; rows of lists forget it.

    A poster that another trailer has stays. While a worker is at work on it the response is 409.
    """
    found = remove_trailer(service.runtime, trailer_id)
    if found.running:
        job_id = found.running[0]
        raise Refused("conflict", f"a worker is at work on {trailer_id}: cancel job {job_id} first", job_id=job_id)
    service.forget_similar(trailer_id)
    if not found.counts:
        raise Refused("not_found", f"{trailer_id} is not stored")
    return {"trailer_id": trailer_id, "removed": found.counts}


@router.get("/trailers/{trailer_id}/similar", response_model=responses.Similar)
def list_similar_trailers(
    trailer_id: TrailerId,
    service: ServiceDep,
    limit: Annotated[int, Query(ge=1, le=100, description="at most this many")] = 10,
) -> dict[str, Any]:
    """List the trailers most similar to one."""
    find_trailer(service.store, trailer_id)
    near = find_neighbours(service, trailer_id, limit=limit)
    return {
        "similar": [
            {
                "trailer_id": other.trailer_id,
                "title": other.shown_title,
                "similarity": round(similarity, 4),
                "top": other.verdict.top if other.verdict else (),
            }
            for other, similarity in near
        ]
    }


@router.get(
    "/trailers/{trailer_id}/features.npy",
    response_class=Response,
    responses=describe_file("float32 of shape (frames, dim)"),
)
def download_features(
    trailer_id: TrailerId, request: Request, service: ServiceDep, features_id: FeaturesId = None
) -> Response:
    """Download a trailer's features as a NumPy file, float32 of shape (frames, dim); by default the newest.

    `Range` asks for a part; with `If-None-Match` the file is sent only where it has changed.
    """
    times = service.store.features.times(trailer_id)
    wanted = features_id or next(iter(times), "")
    if wanted not in times:
        raise Refused("not_found", f"{trailer_id} has no such features; stored are: {', '.join(times) or 'none'}")
    name = f"{trailer_id}.npy".replace(":", "-")
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Features-Id": wanted}
    etag, read = make_etag(trailer_id, wanted, times[wanted]), partial(_read_features, service, trailer_id, wanted)
    headers["Cache-Control"] = A_DAY if features_id else CHECKED
    return send_file(request, etag, read, kind="application/octet-stream", headers=headers)


@router.post("/trailers/{trailer_id}/review", status_code=201, response_model=Review)
def review_trailer(trailer_id: TrailerId, new: NewReview, service: ServiceDep, caller: CallerDep) -> dict[str, Any]:
    """Accept, reject or add genres; the outcome becomes the trailer's labels, with the source `review`."""
    trailer = find_trailer(service.store, trailer_id)
    review = find_sent_before(service.store, trailer, new, reviewer=caller.name) or save_review(
        service.store, trailer, new.decisions, reviewer=caller.name, note=new.note, reasons=new.reasons
    )
    return review_document(review)


@router.post("/trailers/{trailer_id}/review/undo", status_code=201, response_model=Undo)
def undo_last_review(
    trailer_id: TrailerId, service: ServiceDep, caller: CallerDep, which: ReviewToUndo | None = None
) -> dict[str, Any]:
    """Take back the last review: the one before it is in effect again, or none. The review itself is kept."""
    find_trailer(service.store, trailer_id)
    review_id = which.review_id if which else None
    return fields_of(undo_review(service.store, trailer_id, reviewer=caller.name, review_id=review_id))


def _read_features(service: Service, trailer_id: str, features_id: str) -> bytes | None:
    found = service.store.features.load(trailer_id, features_id)
    if found is None:
        return None
    file = io.BytesIO()
    np.save(file, found.vectors, allow_pickle=False)
    return file.getvalue()


def trailer_document(trailer: LibraryTrailer) -> dict[str, Any]:
    """Return a trailer as it is stored, with the title to show."""
    return {**fields_of(trailer), **identity_document(trailer)}
