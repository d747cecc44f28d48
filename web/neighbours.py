"""Neighbours: the stored trailers most similar to one."""

from db.library_records import LibraryTrailer
from web.errors import Refused
from web.service import Service
from worker.predicting.similar import NotLoaded


def find_neighbours(service: Service, trailer_id: str, *, limit: int) -> list[tuple[LibraryTrailer, float]]:
    """Return the nearest trailers, each with its cosine, the most similar first.

    Raises WorkerError (not_found) for a trailer without features, Refused (not_ready) while features are being loaded.
    """
    try:
        near = service.similarity().nearest(trailer_id, limit)
    except NotLoaded as exc:
        raise Refused("not_ready", str(exc)) from exc
    known = service.store.library.get_all([other for other, _ in near])
    return [(known[other], cosine) for other, cosine in near if other in known]
