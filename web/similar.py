"""Trailers that look like one, with what people know them by."""

from typing import Any

from web.errors import Refused
from web.service import Service
from worker.predicting.similar import NotLoaded


def find_similar(service: Service, trailer_id: str, *, limit: int) -> list[dict[str, Any]]:
    """Return the nearest trailers, the most alike first.

    Raises WorkerError (not_found) for one without features, Refused (not_ready) while they are being loaded.
    """
    try:
        near = service.similarity().nearest(trailer_id, limit)
    except NotLoaded as exc:
        raise Refused("not_ready", str(exc)) from exc
    known = service.store.library.get_all([other for other, _ in near])
    return [
        {
            "trailer_id": other,
            "title": known[other].source.title,
            "similarity": round(float(cosine), 4),
            "top": list(verdict.top) if (verdict := known[other].verdict) else [],
        }
        for other, cosine in near
        if other in known
    ]
