"""Documents of jobs and batches: conversion in both directions, and the expressions that their updates share.

Each change of a job is one update whose expressions the server evaluates on its own clock (`$$NOW`), so that the
hosts' clocks may differ. A stranger's text is wrapped in `$literal`: "$x" would be read as the name of a field.
"""

import hashlib
from typing import Any

from db.access import SCHEMA_VERSION, Document
from db.fields import clean, to_document, to_record
from db.queue.batch_records import Batch
from db.queue.job_records import Inputs, Job, JobError, NewJob

HISTORY = 40  # events kept
AS_SUBMITTED = ("key", "trailer_id", "source", "site", "features_id", "model_id", "scratch", "priority", "force")


def job_id_of(key: str) -> str:
    """Return the id of the job with this key: the same request is the same document."""
    return hashlib.sha256(key.encode()).hexdigest()[:24]


def new_job_document(new: NewJob) -> Document:
    """Return the fields of a new job without its `_id`, as expressions."""
    stage = "done" if new.stored else "queued"
    return {
        "schema_version": SCHEMA_VERSION,
        **{name: {"$literal": to_document(getattr(new, name))} for name in AS_SUBMITTED},
        "stage": stage,
        "lane": None if new.stored else new.lane,
        "first_lane": new.lane,
        "origin": new.scratch,
        **({"asked_by": {"$literal": new.asked_by}} if new.asked_by else {}),
        "attempts": 0,
        "cancel": False,
        "cached": new.stored,
        "lease": None,
        "video": None,
        "error": None,
        "seconds": {"$literal": {}},
        "progress": {"$literal": {}},
        "waited_s": 0.0,
        "created_at": "$$NOW",
        "updated_at": "$$NOW",
        "finished_at": "$$NOW" if new.stored else None,
        "not_before": None,
        "history": [{"at": "$$NOW", "stage": stage}],
        "webhooks": [],
    }


def noted(stage: Any, **fields: Any) -> Document:
    """Return the history with one more event, as an expression."""
    event = {"at": "$$NOW", "stage": stage, **fields}
    return {"$slice": [{"$concatArrays": ["$history", [event]]}, -HISTORY]}


def error_document(error: JobError) -> Document:
    """Return an error as a literal of an expression."""
    return {"$literal": error_fields(error)}


def error_fields(error: JobError) -> Document:
    """Return the error in a job's or row's document."""
    return {"code": error.code, "class": error.error_class, "message": clean(error.message)[:1000]}


def after_s(seconds: float) -> Document:
    """Return the time so many seconds from now by the server's clock, as an expression."""
    return {"$add": ["$$NOW", int(seconds * 1000)]}


def waited() -> Document:
    """Return the seconds that a queued job has waited since it was queued or could be tried again, as an expression."""
    since = {"$max": ["$updated_at", "$not_before"]}  # which leaves a null out
    return {"$max": [0, {"$divide": [{"$subtract": ["$$NOW", since]}, 1000]}]}


def is_due(field: str) -> Document:
    """Return the condition that the time in `field` has come or is null."""
    return {"$expr": {"$lte": [f"${field}", "$$NOW"]}}  # null is less than any date


def to_job(document: Document) -> Job:
    """Return the job of a document."""
    return to_record(Job, document, job_id=document["_id"], error=to_error(document.get("error")))


def to_batch(document: Document) -> Batch:
    """Return the batch of a document."""
    return to_record(Batch, document, batch_id=document["_id"])


def to_error(document: Document | None) -> JobError | None:
    """Return the error of a job's or row's document."""
    return JobError(document["code"], document["class"], document["message"]) if document else None


def inputs_document(inputs: Inputs) -> Document:
    """Return the inputs that there are, with texts that BSON can hold."""
    return {name: value for name, value in to_document(inputs).items() if value}


WAITS: Document = {"stage": "queued", "lease": None, "updated_at": "$$NOW"}
ENDED: Document = {
    "lane": None,
    "ended_in": "$lane",
    "lease": None,
    "video": None,
    "not_before": None,
    "finished_at": "$$NOW",
    "updated_at": "$$NOW",
}
CANCELLED: Document = {
    **ENDED,
    "stage": "cancelled",
    "error": error_document(JobError("cancelled", "permanent", "cancelled on request")),
    "history": noted("cancelled"),
}
GIVEN_BACK: Document = {"$max": [0, {"$subtract": ["$attempts", 1]}]}
RELEASED: Document = {**WAITS, "attempts": GIVEN_BACK, "history": noted("queued", message="its worker stopped")}
