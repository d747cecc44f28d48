"""One trailer: its verdict, the evidence, and similar ones."""

from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse

from classifier.prediction import GenrePrediction
from classifier.view import DESCRIPTION, SPEECH
from db.errors import NotStored
from db.labelling.layers import find_review
from db.library_records import LibraryTrailer
from extractor.page_words import clean_description
from web.api.routing import ServiceDep, TrailerId
from web.comparison import compare
from web.errors import Refused
from web.library_search import find_neighbours, find_trailer
from web.pages.renderer import make_page_router, show_page
from web.reasons import find_reasons, list_caveats
from web.service import Service
from worker.errors import WorkerError
from worker.predicting.left_out import list_left_out
from worker.reviewing.documents import disputes
from worker.sites import SITES

router = make_page_router()
N_SIMILAR = 8


@router.get("/trailers/{trailer_id}")
def show_trailer(trailer_id: TrailerId, request: Request, service: ServiceDep) -> HTMLResponse:
    """Show a trailer."""
    trailer = find_trailer(service.store, trailer_id)
    page = read_page(service, trailer)
    model_name = _find_model_name(service, page["prediction"])
    similar = _find_similar(service, trailer_id)
    disputed = disputes(service.store.opinions.get(trailer_id))
    view = {**page, "model_name": model_name, "similar": similar, "disputed": disputed}
    return show_page(request, "trailer", section="library", **view)


def read_page(service: Service, trailer: LibraryTrailer) -> dict[str, Any]:
    """Return what the page of a trailer and its review both show; `site` is None for a file.

    `reasons` are those of each genre, the ones that passed first; `cuts` are None where nobody has looked for them.
    `description` and `speech` are what was read of the video's page and of what is said in it, "" where it was not.
    """
    store, trailer_id, review = service.store, trailer.trailer_id, find_review(trailer.layers)
    prediction = store.predictions.latest(trailer_id)
    marks = store.features.marks(prediction.features_id, [trailer_id]) if prediction else {}
    left_out = list_left_out(marks.get(trailer_id, {}))
    reasons = find_reasons(service, prediction, left_out=left_out) if prediction else ()
    strip, scores = store.filmstrips.load(trailer_id), prediction.timeline.values() if prediction else ()
    used = prediction.modalities if prediction else ()
    return {
        "trailer": trailer,
        "description": clean_description(trailer.source.description or "") if DESCRIPTION in used else "",
        "speech": clean_description(trailer.speech.text) if trailer.speech and SPEECH in used else "",
        "site": SITES.get(trailer.source.site),
        "prediction": prediction,
        "strip": strip,
        "seconds": max([strip.n_frames if strip else 1, *(len(each) for each in scores)]),
        "left_out": left_out,
        "cuts": store.features.cuts(trailer_id, prediction.features_id) if prediction else None,
        "has_stills": store.stills.count(trailer_id) > 0,
        "reasons": reasons,
        "caveats": list_caveats(prediction, reasons) if prediction else (),
        "comparison": compare(trailer.labels, prediction.genres) if prediction else (),
        "review": store.reviews.get(review.review_id) if review and review.review_id else None,
    }


def _find_model_name(service: Service, prediction: GenrePrediction | None) -> str | None:
    try:
        return service.store.models.get(prediction.model_id).name if prediction else None
    except NotStored:
        return None


def _find_similar(service: Service, trailer_id: str) -> list[tuple[LibraryTrailer, float]]:
    """Return the nearest trailers; none where they can't be found at the moment."""
    try:
        return find_neighbours(service, trailer_id, limit=N_SIMILAR)
    except (Refused, WorkerError):
        return []
