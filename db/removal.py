"""The removal of a trailer with all that is stored about it, in whatever collection."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from db.access import Document, Documents
from db.queue.job_records import RUNNING

ABOUT = ("predictions", "features", "reviews")  # their documents name their trailer
POSTER = "poster.sha256"


@dataclass(frozen=True, slots=True)
class RemovedTrailer:
    """How many documents of each collection were removed; none while a worker is `running` a job about the trailer."""

    counts: Mapping[str, int] = field(default_factory=dict)
    running: tuple[str, ...] = ()


class Removal(Documents, of="trailers"):
    """The removal of trailers by trailer_id."""

    def remove(self, trailer_id: str) -> RemovedTrailer:
        """Remove a trailer, its features, filmstrip, predictions, reviews and jobs, and a poster that no other has.

        The trailer goes last: a removal that was interrupted is finished by the next. Rows of batches are the lists',
        and stay.
        """
        about = {"trailer_id": trailer_id}
        if running := self._running(about):
            return RemovedTrailer(running=running)
        counts = {"jobs": self._delete("jobs", {**about, "stage": {"$nin": list(RUNNING)}})}
        if running := self._running(about):  # a worker has claimed one just now
            return RemovedTrailer(running=running)
        counts |= {name: self._delete(name, about) for name in ABOUT}
        counts |= {"filmstrips": self._delete("filmstrips", {"_id": trailer_id})}
        counts |= self._remove_poster(trailer_id)
        counts |= {"trailers": self._delete("trailers", {"_id": trailer_id})}
        return RemovedTrailer({name: n for name, n in counts.items() if n})

    def _running(self, about: Document) -> tuple[str, ...]:
        return tuple(self._access.collection("jobs").distinct("_id", {**about, "stage": {"$in": list(RUNNING)}}))

    def _remove_poster(self, trailer_id: str) -> dict[str, int]:
        """Remove a trailer's poster with its features, unless another trailer or an unfinished job has it."""
        trailer = self._collection.find_one({"_id": trailer_id}, {POSTER: 1}) or {}
        sha256 = (trailer.get("poster") or {}).get("sha256")
        other = {POSTER: sha256, "_id": {"$ne": trailer_id}}
        waiting = {"given.poster_sha256": sha256, "stage": {"$in": ["queued", *RUNNING]}}
        if sha256 is None or self._collection.find_one(other) or self._access.collection("jobs").find_one(waiting):
            return {}
        features = self._delete("poster_features", {"poster_sha256": sha256})
        return {"poster_features": features, "posters": self._delete("posters", {"_id": sha256})}

    def _delete(self, name: str, wanted: Document) -> int:
        return self._access.collection(name).delete_many(wanted).deleted_count
