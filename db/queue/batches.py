"""The collections `batches` and `batch_rows`: lists that are run, and a document for each of their rows."""

import builtins
import secrets
from collections.abc import Mapping, Sequence
from contextlib import suppress

from pymongo import DESCENDING, ReplaceOne, ReturnDocument
from pymongo.errors import DuplicateKeyError

from db.access import SCHEMA_VERSION, Access, Document, Documents
from db.fields import clean, newest_first, now, older_than, to_document, to_record
from db.queue.batch_records import Batch, BatchRow, NewBatch, RowCounts
from db.queue.deliveries import appended
from db.queue.job_documents import error_fields, to_batch, to_error
from db.queue.job_records import Moment

SAME_LIST = ("sha256", "folder", "mode")


class Batches(Documents, of="batches"):
    """Batches by `batch_id`, with their rows."""

    def __init__(self, access: Access) -> None:
        super().__init__(access)
        self._rows = access.collection("batch_rows")

    def begin(self, new: NewBatch, *, number: int) -> Batch:
        """Return round `number` of a list in a mode, made unless it is there: two that begin at once get the same."""
        wanted = {**_same(new), "round": number}
        while True:
            if found := self._collection.find_one(wanted):
                return to_batch(found)
            with suppress(DuplicateKeyError):
                self._collection.insert_one(_new_document(new, number))

    def latest(self, new: NewBatch) -> Batch | None:
        """Return the last round of the same list in the same mode, None if there was none."""
        found = self._collection.find_one(_same(new), sort=[("round", DESCENDING)])
        return to_batch(found) if found else None

    def get(self, batch_id: str) -> Batch | None:
        """Return the batch with this id, None if there is none."""
        found = self._collection.find_one({"_id": batch_id})
        return to_batch(found) if found else None

    def list(self, *, limit: int = 50, after: Moment | None = None) -> builtins.list[Batch]:
        """Return at most `limit` batches, the newest first, those that come after the one of a moment."""
        found = self._collection.find(older_than("created_at", after)).sort(newest_first("created_at"))
        return [to_batch(document) for document in found.limit(limit)]

    def add_webhook(self, batch_id: str, url: str) -> Batch | None:
        """Have a URL be told of a batch's end, also where it has ended; None where the batch is gone."""
        steps = [{"$set": {"finished_at": None}}, *appended(url)]
        found = self._collection.find_one_and_update({"_id": batch_id}, steps, return_document=ReturnDocument.AFTER)
        return to_batch(found) if found else None

    def awaited(self) -> builtins.list[Batch]:
        """Return the batches whose end is not noticed yet, and has webhooks to notify."""
        wanted = {"next_delivery.id": {"$exists": True}, "finished_at": None, "prepared_at": {"$ne": None}}
        return [to_batch(found) for found in self._collection.find(wanted)]

    def finish(self, batch_id: str, stages: Mapping[str, int]) -> None:
        """Note that a batch has ended, and with how many rows in each stage."""
        change = {"$set": {"finished_at": now(), "stages": dict(stages)}}
        self._collection.update_one({"_id": batch_id, "finished_at": None}, change)

    def prepared(self, batch_id: str, *, notes: Sequence[str] = ()) -> None:
        """Record that all rows and jobs are written, and what was to be noted meanwhile."""
        change = {"$set": {"prepared_at": now()}, "$push": {"notes": {"$each": list(notes)}}}
        self._collection.update_one({"_id": batch_id, "prepared_at": None}, change)

    def extend(self, batch_id: str, *, n_rows: int, features_id: str, model_id: str | None) -> None:
        """Record that a watched folder has so many rows, and what is in use now."""
        change = {"n_rows": n_rows, "features_id": features_id, "model_id": model_id}
        self._collection.update_one({"_id": batch_id}, {"$set": change})

    def write(self, rows: Sequence[BatchRow]) -> None:
        """Write rows in order, replacing existing ones: after a crash the first ones are there, without a gap."""
        changes = [ReplaceOne({"_id": (it := _row_document(row))["_id"]}, it, upsert=True) for row in rows]
        if changes:
            self._rows.bulk_write(changes, ordered=True)

    def n_written(self, batch_id: str) -> int:
        """Return the number of rows that are written."""
        last = self._rows.find_one(rows_after(batch_id, 0), {"row": 1}, sort=[("_id", DESCENDING)])
        return int(last["row"]) if last else 0

    def rows(self, batch_id: str, *, after: int, limit: int) -> builtins.list[BatchRow]:
        """Return at most `limit` rows in order, those after row number `after`."""
        found = self._rows.find(rows_after(batch_id, after)).sort("_id").limit(limit).to_list()
        return [_to_row(document) for document in found]

    def count_rows(self, batch_id: str) -> RowCounts:
        """Return the numbers of rows with a job, a stored prediction or an error."""
        steps: builtins.list[Document] = [
            {"$match": rows_after(batch_id, 0)},
            {"$group": {"_id": {"code": "$error.code", "job": "$job_id"}, "n": {"$sum": 1}}},
            {
                "$group": {
                    "_id": {"code": "$_id.code", "job": {"$ne": ["$_id.job", None]}},
                    "n": {"$sum": "$n"},
                    "jobs": {"$sum": 1},
                }
            },
        ]
        groups = self._rows.aggregate(steps).to_list()
        errors = {group["_id"]["code"]: int(group["n"]) for group in groups if "code" in group["_id"]}
        fine = {group["_id"]["job"]: group for group in groups if "code" not in group["_id"]}
        with_job, answered = (fine.get(each, {"n": 0, "jobs": 0}) for each in (True, False))
        return RowCounts(int(with_job["n"]), int(with_job["jobs"]), answered=int(answered["n"]), errors=errors)

    def count_gone(self, batch_id: str) -> int:
        """Return the number of rows whose jobs are no longer stored, as those of deleted trailers."""
        job = {"from": "jobs", "localField": "job_id", "foreignField": "_id", "pipeline": [{"$project": {"_id": 1}}]}
        steps: builtins.list[Document] = [
            {"$match": {**rows_after(batch_id, 0), "job_id": {"$ne": None}}},
            {"$lookup": {**job, "as": "job"}},
            {"$match": {"job": []}},
            {"$count": "n"},
        ]
        return sum(int(group["n"]) for group in self._rows.aggregate(steps))


def _same(new: NewBatch) -> Document:
    return {name: clean(getattr(new, name)) for name in SAME_LIST}


def _new_document(new: NewBatch, number: int) -> Document:
    time = now()
    return {
        "_id": f"{time:%Y%m%d}-{secrets.token_hex(4)}",
        "schema_version": SCHEMA_VERSION,
        **to_document(new),
        "round": number,
        "created_at": time,
        "prepared_at": None,
    }


def _row_key(batch_id: str, row: int) -> str:
    return f"{batch_id}/{row:07}"


def rows_after(batch_id: str, row: int) -> Document:
    """Return the filter of the rows of a batch that come after one; the first is row 1."""
    return {"_id": {"$gt": _row_key(batch_id, row), "$lt": f"{batch_id}0"}}  # "0" follows "/"


def _row_document(row: BatchRow) -> Document:
    error = error_fields(row.error) if row.error else None
    key = _row_key(row.batch_id, row.row)
    return {"_id": key, "schema_version": SCHEMA_VERSION, **to_document(row), "error": error}


def _to_row(document: Document) -> BatchRow:
    return to_record(BatchRow, document, error=to_error(document.get("error")))
