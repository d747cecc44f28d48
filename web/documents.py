"""What the API says of jobs and predictions: the records without what is this machine's own business."""

import dataclasses
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from classifier.prediction import GenrePrediction
from db.job_records import Job, JobError
from db.library_records import LibraryTrailer, Review
from db.records import Basis, Trailer
from db.store import Store
from web.errors import public_message, without_paths
from worker.documents import prediction_document
from worker.job_sites import FILE, POSTER


def job_document(job: Job, *, result: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return what the API says of a job; a file is named, its folder isn't."""
    return {
        **{name: getattr(job, name) for name in ("job_id", "trailer_id", "site", "stage", "lane", "priority")},
        **{name: getattr(job, name) for name in ("attempts", "cancel", "created_at", "updated_at", "finished_at")},
        "source": _source(job),
        "title": job.given.title or (job.video.source.title if job.video else None) or _file_name(job),
        "progress": dict(job.progress),
        "seconds": dict(job.seconds),
        "error": error_document(job.error),
        "history": [
            {"at": event.at, "stage": event.stage, "code": event.code, "message": _said(event.code, event.message)}
            for event in job.history
        ],
        "webhooks": [
            {
                "host": urlsplit(hook.url).hostname or "",
                **_of(hook, "state", "attempts", "status", "message", "delivered_at"),
            }
            for hook in job.webhooks
        ],
        "batches": list(job.batches),
        "result": result,
    }


def error_document(error: JobError | None) -> dict[str, Any] | None:
    """Return an error as the public contract names its fields."""
    if error is None:
        return None
    return {"code": error.code, "class": error.error_class, "message": public_message(error.code, error.message)}


def with_result(store: Store, job: Job) -> dict[str, Any]:
    """Return what the API says of a job, with its prediction once it is done."""
    return with_results(store, [job])[0]


def with_results(store: Store, jobs: Sequence[Job]) -> list[dict[str, Any]]:
    """Return what the API says of jobs, with their predictions."""
    return [job_document(job, result=_result(store, job)) for job in jobs]


def poster_document(prediction: GenrePrediction) -> dict[str, Any]:
    """Return what the API says of a poster's or a plot's genres."""
    return {
        "features_id": prediction.features_id,
        "model_id": prediction.model_id,
        "genres": [dataclasses.asdict(score) for score in prediction.genres],
        "words": [dataclasses.asdict(word) for word in prediction.words],
        "modalities": list(prediction.modalities),
        "warnings": list(prediction.warnings),
    }


def _result(store: Store, job: Job) -> dict[str, Any] | None:
    if job.stage != "done" or job.model_id is None:
        return None
    basis = Basis(job.model_id, job.features_id, job.modalities or ("trailer",))
    prediction = store.predictions.find(job.trailer_id, basis) or store.predictions.latest(job.trailer_id)
    if prediction is None:
        return None
    if job.site == POSTER:
        return {"trailer_id": job.trailer_id, **poster_document(prediction)}
    trailer = store.trailers.get(job.trailer_id)
    return trailer_result(trailer, prediction, n_frames=job.n_frames or 0) if trailer else None


def trailer_result(trailer: Trailer | LibraryTrailer, prediction: GenrePrediction, *, n_frames: int) -> dict[str, Any]:
    """Return what is known of a trailer's genres."""
    return prediction_document(trailer, prediction, n_frames=n_frames)


def _source(job: Job) -> str:
    if job.site == POSTER:
        return job.source[:16]
    return _file_name(job) or job.source


def _file_name(job: Job) -> str | None:
    return PurePosixPath(job.source).name if job.site == FILE else None


def _said(code: str | None, message: str | None) -> str | None:
    if message is None:
        return None
    return public_message(code, message) if code else without_paths(message)


def _of(record: Any, *names: str) -> dict[str, Any]:
    return {name: getattr(record, name) for name in names}


def review_document(review: Review) -> dict[str, Any]:
    """Return what the API says of a review."""
    return {**dataclasses.asdict(review), "decisions": dict(review.decisions), "genres": list(review.genres)}
