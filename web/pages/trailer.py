"""One trailer: its verdict, why, and what is like it."""

from fastapi import Request
from fastapi.responses import HTMLResponse

from classifier.prediction import GenrePrediction
from db.errors import NotStored
from db.library_records import LibraryTrailer
from web.api.routing import Serving, TrailerId
from web.comparison import compare
from web.library import find_trailer
from web.pages.showing import make_page_router, pages_of
from web.pages.views_of import card_of, player_of, review_of, strip_of, title_of
from web.service import Service
from web.views import TrailerCard, TrailerPage
from worker.errors import WorkerError

router = make_page_router()
N_SIMILAR = 8


@router.get("/trailers/{trailer_id}")
def trailer(trailer_id: TrailerId, request: Request, service: Serving) -> HTMLResponse:
    """Show a trailer."""
    found = find_trailer(service.store, trailer_id)
    view = trailer_page(service, found, similar=_similar(service, trailer_id))
    return pages_of(request).show("trailer", "library", view)


def trailer_page(service: Service, found: LibraryTrailer, *, similar: tuple[TrailerCard, ...] = ()) -> TrailerPage:
    """Return everything of one trailer."""
    store, trailer_id = service.store, found.trailer_id
    prediction = store.predictions.latest(trailer_id)
    strip = store.filmstrips.load(trailer_id)
    reviews = store.reviews.list_for(trailer_id, limit=1)
    return TrailerPage(
        trailer_id=trailer_id,
        title=title_of(found),
        video=found.video,
        uploader=found.source.uploader,
        upload_date=found.source.upload_date,
        player=player_of(found),
        file_name=found.source.url if found.source.site == "file" else None,
        prediction=prediction,
        model_name=_model_name(service, prediction),
        strip=strip_of(strip) if strip else None,
        labels=found.labels,
        comparison=compare(found.labels, prediction.genres) if prediction else (),
        plot=found.plot,
        poster_sha256=found.poster_sha256,
        similar=similar,
        contested=found.contested,
        review=review_of(reviews[0]) if reviews else None,
        analysed_at=found.created_at,
        provenance=_provenance(found, prediction),
    )


def _model_name(service: Service, prediction: GenrePrediction | None) -> str | None:
    try:
        return service.store.models.get(prediction.model_id).name if prediction else None
    except NotStored:
        return None


def _provenance(found: LibraryTrailer, prediction: GenrePrediction | None) -> dict[str, str]:
    judged = {"Judged": f"{found.verdict.made_at:%Y-%m-%d %H:%M} UTC"} if found.verdict and prediction else {}
    return {**judged, "Video's SHA-256": found.video.sha256}


def _similar(service: Service, trailer_id: str) -> tuple[TrailerCard, ...]:
    """Return the nearest trailers; none while they can't be told."""
    try:
        near = service.similarity().nearest(trailer_id, N_SIMILAR)
    except WorkerError:
        return ()
    known = service.store.library.get_all([other for other, _ in near])
    return tuple(card_of(known[other], similarity=cosine) for other, cosine in near if other in known)
