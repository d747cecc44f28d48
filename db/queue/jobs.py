"""The collection `jobs` as people use it: submit, read, cancel, retry. Workers use db.queue.claims."""

import builtins
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pymongo import ASCENDING, DESCENDING, UpdateOne
from pymongo.errors import BulkWriteError

from db.access import SCHEMA_VERSION, Document, Documents
from db.fields import newest_first, older_than
from db.identity import MAX_IDS
from db.queue.deliveries import appended
from db.queue.job_documents import (
    CANCELLED,
    WAITS,
    after_s,
    inputs_document,
    job_id_of,
    new_job_document,
    noted,
    to_job,
)
from db.queue.job_records import FINISHED, RUNNING, Cause, Inputs, Job, JobKind, Moment, NewJob, Retryable

AT_ONCE = 1000
DUPLICATE_KEY = 11000
LONG = ("history", "given", "seconds", "progress", "video", "webhooks", "batches", "key")
AGAIN = ("failed", "dead", "cancelled")
FOR_GOOD: Document = {"stage": "failed", "error.class": "permanent"}
IS_FOR_GOOD: Document = {"$and": [{"$eq": [f"${name}", value]} for name, value in FOR_GOOD.items()]}


@dataclass(frozen=True, slots=True)
class JobFilter:
    """A filter of jobs; fields that are None match any."""

    job_ids: tuple[str, ...] | None = None
    stages: tuple[str, ...] | None = None
    batch_id: str | None = None
    code: str | None = None
    trailer_id: str | None = None
    asked_by: str | None = None

    def query(self) -> Document:
        """Return the filter as a MongoDB query."""
        wanted = {
            "_id": _one_of(self.job_ids),
            "stage": _one_of(self.stages),
            "batches": self.batch_id,
            "error.code": self.code,
            "trailer_id": self.trailer_id,
            "asked_by": self.asked_by,
        }
        return {name: value for name, value in wanted.items() if value is not None}


class Jobs(Documents, of="jobs"):
    """Jobs by `job_id`; they stay when they are finished."""

    def submit(self, jobs: Sequence[NewJob]) -> builtins.list[Job]:
        """Return the job of each request, in order: the existing one, or a new one.

        A job that was cancelled, or failed in a way that may pass, is queued again, and so is one that is done but
        stale; one that died or failed for good only where it is requested `again`, or where its file was missing and
        is elsewhere now. A pending cancellation is withdrawn. A webhook submitted again for a finished job is delivered
        again. All are committed on return.
        """
        found: dict[str, Job] = {}
        for start in range(0, len(jobs), AT_ONCE):
            chunk = jobs[start : start + AT_ONCE]
            self._write([UpdateOne({"_id": job_id_of(new.key)}, _submission(new), upsert=True) for new in chunk])
            found |= self.get_many(job_id_of(new.key) for new in chunk)
        return [found[job_id_of(new.key)] for new in jobs]

    def get(self, job_id: str) -> Job | None:
        """Return the job with this id, None if there is none."""
        return self.get_many([job_id]).get(job_id)

    def list(
        self, wanted: JobFilter, *, limit: int = 50, after: Moment | None = None, skip: int = 0
    ) -> builtins.list[Job]:
        """Return at most `limit` jobs, the last changed first, after the one of a moment and then `skip` more."""
        query = {**wanted.query(), **older_than("updated_at", after)}
        found = self._collection.find(query).sort(newest_first("updated_at")).skip(skip).limit(limit)
        return [to_job(document) for document in found.to_list()]

    def get_many(self, job_ids: Iterable[str], *, without: Sequence[str] = ()) -> dict[str, Job]:
        """Return these jobs by their ids, in one query, `without` some fields, such as the LONG ones."""
        query = JobFilter(tuple(job_ids)).query()
        found = self._collection.find(query, dict.fromkeys(without, 0)).to_list()
        return {document["_id"]: to_job(document) for document in found}

    def count(self, wanted: JobFilter) -> dict[str, int]:
        """Return the number of these jobs in each stage; stages without any are left out."""
        by_stage = {"$group": {"_id": "$stage", "n": {"$sum": 1}}}
        groups = self._collection.aggregate([{"$match": wanted.query()}, by_stage])
        return {group["_id"]: int(group["n"]) for group in groups}

    def count_open(self, asked_by: str, *, at_most: int) -> int:
        """Return the number of unfinished jobs somebody has submitted, counted up to `at_most`."""
        query = {"asked_by": asked_by, "stage": {"$in": ["queued", *RUNNING]}}
        return self._collection.count_documents(query, limit=at_most)

    def causes(self, wanted: JobFilter) -> builtins.list[Cause]:
        """Return the causes why some of these jobs failed or died, the most frequent first."""
        reason = {"code": "$error.code", "class": "$error.class"}
        steps: builtins.list[Document] = [
            {"$match": {"$and": [wanted.query(), {"stage": {"$in": ["failed", "dead"]}}]}},
            {"$group": {"_id": reason, "n": {"$sum": 1}, "retryable": {"$sum": {"$cond": [IS_FOR_GOOD, 0, 1]}}}},
            {"$sort": {"n": DESCENDING, "_id": ASCENDING}},
        ]
        return [
            Cause(group["_id"]["code"], group["_id"]["class"], int(group["n"]), int(group["retryable"]))
            for group in self._collection.aggregate(steps)
        ]

    def count_retryable(self, wanted: JobFilter) -> Retryable:
        """Count the unsuccessful jobs: those that a retry would queue again, and those that failed for good."""
        steps: builtins.list[Document] = [
            {"$match": {"$and": [wanted.query(), {"stage": {"$in": builtins.list(AGAIN)}}]}},
            {"$group": {"_id": IS_FOR_GOOD, "n": {"$sum": 1}}},
        ]
        counts = {group["_id"]: int(group["n"]) for group in self._collection.aggregate(steps)}
        return Retryable(counts.get(False, 0), counts.get(True, 0))

    def unfinished_about(self, trailer_ids: Iterable[str]) -> set[str]:
        """Return those of the trailers that have an unfinished job."""
        query = {"trailer_id": {"$in": builtins.list(trailer_ids)}, "stage": {"$nin": builtins.list(FINISHED)}}
        return set(self._collection.distinct("trailer_id", query))

    def waiting_files(self, folder: str) -> builtins.list[str]:
        """Return the paths below a folder that unfinished jobs name, at most 1,000."""
        query = {"stage": {"$nin": builtins.list(FINISHED)}, "source": {"$regex": f"^{re.escape(folder)}"}}
        return [found["source"] for found in self._collection.find(query, {"source": 1}).limit(AT_ONCE)]

    def cancel(self, wanted: JobFilter) -> int:
        """Cancel waiting jobs at once and have the workers of running ones stop; return the number of both."""
        waits = {"$eq": ["$stage", "queued"]}
        steps = [
            {"$set": {"cancel": {"$or": ["$cancel", {"$in": ["$stage", builtins.list(RUNNING)]}]}}},
            {"$set": when(waits, CANCELLED)},
        ]
        query = {"$and": [wanted.query(), {"stage": {"$in": ["queued", *RUNNING]}, "cancel": False}]}
        return self._collection.update_many(query, steps).modified_count

    def retry(self, wanted: JobFilter, *, force: bool = False) -> int:
        """Queue unsuccessful jobs again, with all their attempts; return their number.

        Those that failed for good, which trying again doesn't mend, stay as they are unless that is forced.
        """
        query: Document = {"$and": [wanted.query(), {"stage": {"$in": builtins.list(AGAIN)}}]}
        query |= {} if force else {"$nor": [FOR_GOOD]}
        return self._collection.update_many(query, [{"$set": QUEUED_AGAIN}]).modified_count

    def put_back(self, site: str, *, code: str, since: datetime) -> int:
        """Give the jobs of a site that met an error since a time all their attempts again; return their number."""
        met = {"error.code": code, "updated_at": {"$gte": since}}
        query = {"site": site, "stage": {"$in": ["queued", "failed"]}, **met}
        return self._collection.update_many(query, [{"$set": QUEUED_AGAIN}]).modified_count

    def remove(self, job_id: str) -> None:
        """Delete a job, as is done with no-op jobs."""
        self._collection.delete_one({"_id": job_id})

    def remove_old(self, kind: JobKind, *, older_than_s: float) -> None:
        """Delete the jobs of a kind that are so old: no-op jobs whose health check was killed, plots of try-outs."""
        self._collection.delete_many(
            {"trailer_id": {"$regex": f"^{kind}"}, "$expr": {"$lt": ["$created_at", after_s(-older_than_s)]}}
        )

    def _write(self, changes: builtins.list[UpdateOne]) -> None:
        try:
            self._collection.bulk_write(changes, ordered=False)
        except BulkWriteError as exc:  # another process made the same job at the same moment
            if any(error["code"] != DUPLICATE_KEY for error in exc.details["writeErrors"]):
                raise
            self._collection.bulk_write(changes, ordered=False)


def when(condition: Document, fields: Document) -> Document:
    """Return the fields of a `$set` that changes nothing unless the condition holds."""
    return either(condition, fields, {})


def either(condition: Any, fields: Document, others: Document) -> Document:
    """Return the fields of a `$set` that are `fields` where the condition holds, else `others`."""
    names = {*fields, *others}
    return {name: {"$cond": [condition, fields.get(name, f"${name}"), others.get(name, f"${name}")]} for name in names}


def _one_of(values: tuple[str, ...] | None) -> Any:
    return None if values is None else {"$in": builtins.list(values)}


QUEUED_AGAIN: Document = {
    **WAITS,
    "lane": "$first_lane",
    "attempts": 0,
    "deaths": 0,
    "lost_at": [],
    "cancel": False,
    "error": None,
    "video": None,
    "scratch": "$origin",
    "not_before": None,
    "waited_s": 0.0,
    "ended_in": None,
    "finished_at": None,
    "history": noted("queued", message={"$concat": ["queued again: it was ", "$stage"]}),
}
DONE_AGAIN: Document = {**QUEUED_AGAIN, "seconds": {"$literal": {}}, "cached": False}
MAY_PASS: Document = {
    "$or": [
        {"$eq": ["$stage", "cancelled"]},
        {"$and": [{"$eq": ["$stage", "failed"]}, {"$ne": ["$error.class", "permanent"]}]},
    ]
}


def _is_stale(new: NewJob) -> Document:
    """Return the condition that a job claims to have made exactly the prediction that is missing."""
    made = {"stage": "done", "features_id": new.features_id, "model_id": new.model_id}
    return {"$and": [new.stale, *({"$eq": [f"${name}", {"$literal": value}]} for name, value in made.items())]}


def _has_moved(new: NewJob) -> Document:
    """Return the condition that a job failed because its file was no longer where it is now said to be elsewhere."""
    gone = {"$eq": ["$error.code", "file_not_found"]}
    return {"$and": [{"$eq": ["$stage", "failed"]}, gone, {"$ne": ["$source", {"$literal": new.source}]}]}


def _place(new: NewJob) -> Document:
    """Return the fields that say where a job's file is now, and which host's workers see it."""
    place = {name: {"$literal": value} for name, value in (("source", new.source), ("origin", new.scratch))}
    waits = {"$and": [{"$eq": ["$stage", "queued"]}, {"$eq": ["$lane", new.lane]}]}
    return {**place, **when(waits, {"scratch": {"$literal": new.scratch}})}


def _all_ids(given: Inputs) -> Document:
    """Return the ids given earlier and those given now, as an expression; nothing where none are given now."""
    if not given.external_ids:
        return {}
    ids, earlier = {"$literal": list(given.external_ids)}, {"$ifNull": ["$given.external_ids", []]}
    return {"external_ids": {"$slice": [{"$concatArrays": [{"$setDifference": [earlier, ids]}, ids]}, -MAX_IDS]}}


def _submission(new: NewJob) -> builtins.list[Document]:
    missing = {"$eq": [{"$type": "$stage"}, "missing"]}
    batches = [new.batch_id] if new.batch_id else []
    given = {"$mergeObjects": ["$given", {"$literal": inputs_document(new.given)}, _all_ids(new.given)]}
    ended = {"$in": ["$stage", list(AGAIN)]} if new.again else {"$or": [MAY_PASS, _has_moved(new)]}
    return [
        {"$replaceWith": {"$cond": [missing, {"_id": "$_id", **new_job_document(new)}, "$$ROOT"]}},
        {"$set": when(ended, QUEUED_AGAIN)},
        *([{"$set": _place(new)}] if new.scratch else ()),
        {"$set": when(_is_stale(new), DONE_AGAIN)},
        {"$set": {"schema_version": {"$max": ["$schema_version", SCHEMA_VERSION]}}},
        {"$set": {"cancel": False, "given": given, "batches": {"$setUnion": [{"$ifNull": ["$batches", []]}, batches]}}},
        *(appended(new.webhook) if new.webhook else ()),
    ]
