"""JSON documents of jobs, for the API and the page, without what is this machine's own business."""

from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from db.queue.job_records import Cause, Job, JobKind, Webhook
from db.records import PredictionBasis
from db.store import Store
from web.errors import public_message
from worker.documents import fields_of, prediction_document, public_job_document

PUBLIC = (
    *("job_id", "trailer_id", "site", "stage", "lane", "priority", "attempts", "cancel", "created_at", "updated_at"),
    *("finished_at", "progress", "seconds", "waited_s", "not_before", "batches"),
)
DELIVERY = ("state", "attempts", "status", "message", "delivered_at")


def job_document(job: Job, *, result: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return a job as the API and the page show it; of a file the name, not the folder."""
    stored = public_job_document(job)
    return {
        **{name: stored[name] for name in PUBLIC},
        "source": job.source[:16] if job.kind.is_single else stored["source"],
        "title": job.given.title or (job.video.source.title if job.video else None) or _file_name(job),
        "external_id": next(reversed(job.given.external_ids), None),
        "error": stored["error"] and _with_public_message(stored["error"]),
        "history": [_with_public_message(event) for event in stored["history"]],
        "webhooks": delivery_documents(job.webhooks),
        "result": result,
    }


def delivery_documents(webhooks: Sequence[Webhook]) -> list[dict[str, Any]]:
    """Return how far the deliveries to webhooks are; of their URLs the hosts alone."""
    return [
        {"host": urlsplit(hook.url).hostname or "", **{name: getattr(hook, name) for name in DELIVERY}}
        for hook in webhooks
    ]


def cause_document(cause: Cause) -> dict[str, Any]:
    """Return a reason for failures as the API and the page show it."""
    return {"code": cause.code, "class": cause.error_class, "n": cause.n, "retryable": cause.retryable}


def titled_documents(store: Store, jobs: Sequence[Job], *, results: bool = False) -> list[dict[str, Any]]:
    """Return jobs as the page shows them, titled by their trailers where those are known, else by their sources.

    With `results`, those that are done have theirs.
    """
    trailers = store.library.get_all([job.trailer_id for job in jobs])
    titles = {trailer_id: trailer.shown_title for trailer_id, trailer in trailers.items()}
    return [
        {**document, "title": titles.get(document["trailer_id"]) or document["title"] or document["source"]}
        for document in (with_result(store, job) if results else job_document(job) for job in jobs)
    ]


def with_result(store: Store, job: Job) -> dict[str, Any]:
    """Return a job as the API shows it, with its prediction once it is done."""
    return job_document(job, result=_find_result(store, job))


def _find_result(store: Store, job: Job) -> dict[str, Any] | None:
    if job.stage != "done" or job.model_id is None:
        return None
    basis = PredictionBasis(job.model_id, job.features_id, job.modalities or ("trailer",))
    prediction = store.predictions.find(job.trailer_id, basis) or store.predictions.latest(job.trailer_id)
    if prediction is None:
        return None
    if job.kind.is_single:
        return {"trailer_id": job.trailer_id, **fields_of(prediction, without=("evidence", "timeline"))}
    trailer = store.library.get(job.trailer_id)
    return prediction_document(trailer, prediction, n_frames=job.n_frames or 0) if trailer else None


def _with_public_message(event: dict[str, Any]) -> dict[str, Any]:
    message = event.get("message")
    return {**event, "message": message and public_message(event.get("code") or "", message)}


def _file_name(job: Job) -> str | None:
    return PurePosixPath(job.source).name if job.kind is JobKind.FILE else None
