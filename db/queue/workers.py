"""The collection `workers`: supervisors with their lanes, and when each was last seen."""

from collections.abc import Sequence

from db.access import SCHEMA_VERSION, Documents
from db.fields import to_record
from db.queue.job_documents import after_s
from db.queue.job_records import Worker

FORGET_S = 24 * 3600


class Workers(Documents, of="workers"):
    """Supervisors by `worker_id`."""

    def seen(self, worker_id: str, *, host: str, lanes: Sequence[str], scratch: str) -> None:
        """Record that a worker is alive."""
        fields = {"schema_version": SCHEMA_VERSION, "host": host, "lanes": list(lanes), "scratch": scratch}
        literal = {name: {"$literal": value} for name, value in fields.items()}
        times = {"seen_at": "$$NOW", "started_at": {"$ifNull": ["$started_at", "$$NOW"]}}
        self._collection.update_one({"_id": worker_id}, [{"$set": literal}, {"$set": times}], upsert=True)

    def gone(self, worker_id: str) -> None:
        """Remove a worker that stops."""
        self._collection.delete_one({"_id": worker_id})

    def alive(self, *, within_s: float) -> list[Worker]:
        """Return the workers seen within so many seconds."""
        found = self._collection.find({"$expr": {"$gte": ["$seen_at", after_s(-within_s)]}}).to_list()
        return [to_record(Worker, document, worker_id=document["_id"]) for document in found]

    def forget(self) -> None:
        """Remove the workers not seen for a day."""
        self._collection.delete_many({"$expr": {"$lt": ["$seen_at", after_s(-FORGET_S)]}})
