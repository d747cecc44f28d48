"""Retention: what is old and finished is removed, a few documents at a time, where somebody has said so."""

from datetime import datetime, timedelta

from pymongo import ASCENDING

from db.access import Access, Document, Documents
from db.fields import now
from db.queue.batches import rows_after
from db.queue.job_records import FINISHED

AT_ONCE = 500


class Retention(Documents, of="jobs"):
    """Removal of old jobs, batches and pictures; each method removes some at most and returns their number."""

    def __init__(self, access: Access) -> None:
        super().__init__(access)
        self._batches, self._rows = access.collection("batches"), access.collection("batch_rows")

    def remove_jobs(self, *, days: int) -> int:
        """Remove jobs that ended so long ago, but none of a batch, and none with news to be sent."""
        old: Document = {
            "stage": {"$in": list(FINISHED)},
            "updated_at": {"$lt": _days_ago(days)},
            "batches": {"$in": [None, []]},
            "next_delivery.at": None,
        }
        found = self._collection.find(old, {"_id": 1}).limit(AT_ONCE)
        ids = [document["_id"] for document in found]
        return self._collection.delete_many({"_id": {"$in": ids}, **old}).deleted_count if ids else 0

    def remove_batches(self, *, days: int) -> int:
        """Remove lists sent so long ago with their rows; none with unfinished jobs or news to be sent, no folder.

        Their jobs stay, and are no batch's then. The batch goes last: what was cut off is finished by the next round.
        """
        old: Document = {
            "created_at": {"$lt": _days_ago(days)},
            "prepared_at": {"$ne": None},
            "next_delivery.at": None,
        }
        n_removed = 0
        for batch in self._batches.find(old, {"_id": 1}).sort("created_at", ASCENDING):
            if n_removed == AT_ONCE:
                break
            if not self._is_needed(batch["_id"]):
                of_it = {"batches": batch["_id"]}
                self._collection.update_many(of_it, {"$pull": of_it})
                self._rows.delete_many(rows_after(batch["_id"], 0))
                n_removed += self._batches.delete_one({"_id": batch["_id"]}).deleted_count
        return n_removed

    def remove_pictures(self, *, days: int) -> int:
        """Remove filmstrips and stills that were made so long ago."""
        n_removed = 0
        for name in ("filmstrips", "stills"):
            collection, old = self._access.collection(name), {"created_at": {"$lt": _days_ago(days)}}
            ids = [document["_id"] for document in collection.find(old, {"_id": 1}).limit(AT_ONCE)]
            n_removed += collection.delete_many({"_id": {"$in": ids}, **old}).deleted_count if ids else 0
        return n_removed

    def _is_needed(self, batch_id: str) -> bool:
        unfinished = {"batches": batch_id, "stage": {"$nin": list(FINISHED)}}
        watched = {**rows_after(batch_id, 0), "watched": {"$ne": None}}  # a folder is watched on from what was seen
        return any((self._collection.find_one(unfinished), self._rows.find_one(watched)))


def _days_ago(days: int) -> datetime:
    return now() - timedelta(days=days)
