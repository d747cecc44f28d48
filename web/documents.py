"""What the API says of jobs and predictions: the records without what is this machine's own business."""

from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from classifier.prediction import GenrePrediction
from db.library_records import Review
from db.queue.job_records import Job, JobKind
from db.records import PredictionBasis
from db.store import Store
from web.errors import public_message
from worker.documents import fields_of, prediction_document, public_job_document

TOLD = (
    *("job_id", "trailer_id", "site", "stage", "lane", "priority", "attempts", "cancel", "created_at", "updated_at"),
    *("finished_at", "progress", "seconds", "batches"),
)
DELIVERY = ("state", "attempts", "status", "message", "delivered_at")


def job_document(job: Job, *, result: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return what the API says of a job; a file is named, its folder isn't."""
    told = public_job_document(job)
    return {
        **{name: told[name] for name in TOLD},
        "source": job.source[:16] if job.kind is JobKind.POSTER else told["source"],
        "title": job.given.title or (job.video.source.title if job.video else None) or _file_name(job),
        "error": told["error"] and _public(told["error"]),
        "history": [_public(event) for event in told["history"]],
        "webhooks": [
            {"host": urlsplit(hook.url).hostname or "", **{name: getattr(hook, name) for name in DELIVERY}}
            for hook in job.webhooks
        ],
        "result": result,
    }


def _public(said: dict[str, Any]) -> dict[str, Any]:
    message = said.get("message")
    return {**said, "message": message and public_message(said.get("code") or "", message)}


def with_result(store: Store, job: Job) -> dict[str, Any]:
    """Return what the API says of a job, with its prediction once it is done."""
    return job_document(job, result=_result(store, job))


def poster_document(prediction: GenrePrediction) -> dict[str, Any]:
    """Return what the API says of a poster's or a plot's genres."""
    return {
        "features_id": prediction.features_id,
        "model_id": prediction.model_id,
        "genres": [fields_of(score) for score in prediction.genres],
        "words": [fields_of(word) for word in prediction.words],
        "modalities": list(prediction.modalities),
        "warnings": list(prediction.warnings),
    }


def _result(store: Store, job: Job) -> dict[str, Any] | None:
    if job.stage != "done" or job.model_id is None:
        return None
    basis = PredictionBasis(job.model_id, job.features_id, job.modalities or ("trailer",))
    prediction = store.predictions.find(job.trailer_id, basis) or store.predictions.latest(job.trailer_id)
    if prediction is None:
        return None
    if job.kind is JobKind.POSTER:
        return {"trailer_id": job.trailer_id, **poster_document(prediction)}
    trailer = store.trailers.get(job.trailer_id)
    return prediction_document(trailer, prediction, n_frames=job.n_frames or 0) if trailer else None


def _file_name(job: Job) -> str | None:
    return PurePosixPath(job.source).name if job.kind is JobKind.FILE else None


def review_document(review: Review) -> dict[str, Any]:
    """Return what the API says of a review."""
    return fields_of(review)
