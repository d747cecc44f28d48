"""Trailers that look like one, with what people know them by."""

from typing import Any

from web.service import Service


def find_similar(service: Service, trailer_id: str, *, limit: int) -> list[dict[str, Any]]:
    """Return the nearest trailers, the most alike first; raises WorkerError (not_found) for one without features."""
    near = service.similarity.nearest(trailer_id, limit)
    known = service.store.library.of([other for other, _ in near])
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
