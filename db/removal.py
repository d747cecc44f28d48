"""The removal of a trailer with all that is stored about it, in whatever collection."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from db.access import Document, Documents
from db.queue.job_records import RUNNING

ABOUT = ("predictions", "features", "reviews")  # their documents name their trailer
PICTURES = ("filmstrips", "stills")  # their documents' ids are trailers'
POSTER = "poster.sha256"
IN_ROWS = ("id", "title", "trailer_id", "external_id", "note", "watched")  # what rows of lists say of a trailer
FORGOTTEN = "forgotten"  #: the source of a row whose trailer was removed


@dataclass(frozen=True, slots=True)
class RemovedTrailer:
    """How many documents of each collection were removed; none while a worker is `running` a job about the trailer.

    Of `batch_rows` so many lost what they say of the trailer, and stay.
    """

    counts: Mapping[str, int] = field(default_factory=dict)
    running: tuple[str, ...] = ()


class Removal(Documents, of="trailers"):
    """The removal of trailers by trailer_id."""

    def count(self, trailer_id: str) -> RemovedTrailer:
        """Return what a removal would remove, and the jobs that it would have to wait for."""
        found = self._traces(trailer_id)
        counts = {name: self._access.collection(name).count_documents(wanted) for name, wanted in found.items()}
        return RemovedTrailer({name: n for name, n in counts.items() if n}, self._running(trailer_id))

    def remove(self, trailer_id: str) -> RemovedTrailer:
        """Remove all that is stored about a trailer, and a poster that no other has.

        The trailer goes last: a removal that was interrupted is finished by the next. Rows of batches stay, so that the
        lists have as many as before, without what they said.
        """
        if running := self._running(trailer_id):
            return RemovedTrailer(running=running)
        found = self._traces(trailer_id)
        jobs = found.pop("jobs")
        requests = self._delete("requests", found.pop("requests"))
        counts = {"requests": requests, "jobs": self._delete("jobs", {**jobs, "stage": {"$nin": list(RUNNING)}})}
        if running := self._running(trailer_id):  # a worker has claimed one just now
            return RemovedTrailer(running=running)
        counts["batch_rows"] = self._empty_rows(found.pop("batch_rows"))
        counts |= {name: self._delete(name, wanted) for name, wanted in found.items()}
        return RemovedTrailer({name: n for name, n in counts.items() if n})

    def _traces(self, trailer_id: str) -> dict[str, Document]:
        """Return which documents of which collections are about a trailer, itself last."""
        about = {"trailer_id": trailer_id}
        jobs = self._access.collection("jobs").distinct("_id", about)
        return {
            "requests": {"answer": {"$in": jobs}},
            "jobs": about,
            "batch_rows": about,
            **dict.fromkeys(ABOUT, about),
            **{name: {"_id": trailer_id} for name in PICTURES},
            **self._poster(trailer_id),
            "trailers": {"_id": trailer_id},
        }

    def _running(self, trailer_id: str) -> tuple[str, ...]:
        wanted = {"trailer_id": trailer_id, "stage": {"$in": list(RUNNING)}}
        return tuple(self._access.collection("jobs").distinct("_id", wanted))

    def _poster(self, trailer_id: str) -> dict[str, Document]:
        """Return the documents of a trailer's poster, none where another trailer or an unfinished job has it."""
        trailer = self._collection.find_one({"_id": trailer_id}, {POSTER: 1}) or {}
        sha256 = (trailer.get("poster") or {}).get("sha256")
        other = {POSTER: sha256, "_id": {"$ne": trailer_id}}
        unfinished = {"stage": {"$in": ["queued", *RUNNING]}, "trailer_id": {"$ne": trailer_id}}
        waiting = {"given.poster_sha256": sha256, **unfinished}
        if sha256 is None or self._collection.find_one(other) or self._access.collection("jobs").find_one(waiting):
            return {}
        return {"poster_features": {"poster_sha256": sha256}, "posters": {"_id": sha256}}

    def _empty_rows(self, wanted: Document) -> int:
        emptied = {"source": FORGOTTEN, **dict.fromkeys(IN_ROWS)}
        return self._access.collection("batch_rows").update_many(wanted, {"$set": emptied}).modified_count

    def _delete(self, name: str, wanted: Document) -> int:
        return self._access.collection(name).delete_many(wanted).deleted_count
