"""JSON documents of the API: jobs, predictions and trailers, without what is this machine's own business."""

from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from classifier.prediction import GenrePrediction
from db.library_records import LibraryTrailer
from db.queue.job_records import Job, JobKind
from db.records import PredictionBasis
from db.store import Store
from web.errors import public_message
from worker.documents import fields_of, prediction_document, public_job_document

PUBLIC = (
    *("job_id", "trailer_id", "site", "stage", "lane", "priority", "attempts", "cancel", "created_at", "updated_at"),
    *("finished_at", "progress", "seconds", "batches"),
)
DELIVERY = ("state", "attempts", "status", "message", "delivered_at")


def job_document(job: Job, *, result: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return a job as the API and the page show it; of a file the name, not the folder."""
    stored = public_job_document(job)
    return {
        **{name: stored[name] for name in PUBLIC},
        "source": job.source[:16] if job.kind is JobKind.POSTER else stored["source"],
        "title": job.given.title or (job.video.source.title if job.video else None) or _file_name(job),
        "error": stored["error"] and _with_public_message(stored["error"]),
        "history": [_with_public_message(event) for event in stored["history"]],
        "webhooks": [
            {"host": urlsplit(hook.url).hostname or "", **{name: getattr(hook, name) for name in DELIVERY}}
            for hook in job.webhooks
        ],
        "result": result,
    }


def titled_documents(store: Store, jobs: Sequence[Job]) -> list[dict[str, Any]]:
    """Return jobs as the page shows them, titled by their trailers where those are known, else by their sources."""
    trailers = store.library.get_all([job.trailer_id for job in jobs])
    titles = {trailer_id: trailer.source.title for trailer_id, trailer in trailers.items()}
    return [
        {**document, "title": titles.get(document["trailer_id"]) or document["title"] or document["source"]}
        for document in map(job_document, jobs)
    ]


def with_result(store: Store, job: Job) -> dict[str, Any]:
    """Return a job as the API shows it, with its prediction once it is done."""
    return job_document(job, result=_find_result(store, job))


def single_prediction_document(prediction: GenrePrediction) -> dict[str, Any]:
    """Return the genres of a poster or a plot on its own."""
    return {
        "features_id": prediction.features_id,
        "model_id": prediction.model_id,
        "genres": [fields_of(score) for score in prediction.genres],
        "words": [fields_of(word) for word in prediction.words],
        "modalities": list(prediction.modalities),
        "warnings": list(prediction.warnings),
    }


def trailer_document(trailer: LibraryTrailer) -> dict[str, Any]:
    """Return a trailer as a listing shows it."""
    labels, verdict = trailer.labels, trailer.verdict
    return {
        "trailer_id": trailer.trailer_id,
        "source": fields_of(trailer.source),
        "video": fields_of(trailer.video),
        "labels": {"genres": list(labels.genres), "source": labels.source, "imdb_id": labels.imdb_id},
        "verdict": fields_of(verdict) if verdict else None,
        "reviewed_at": trailer.reviewed_at,
        "created_at": trailer.created_at,
        "updated_at": trailer.updated_at,
    }


def trailer_detail_document(store: Store, trailer: LibraryTrailer) -> dict[str, Any]:
    """Return everything known of a trailer, with its newest prediction and the timeline."""
    trailer_id = trailer.trailer_id
    prediction = store.predictions.latest(trailer_id)
    result = None
    if prediction is not None:
        n_frames = store.features.n_frames(trailer_id, prediction.features_id) or 0
        result = prediction_document(trailer, prediction, n_frames=n_frames)
    return {
        **trailer_document(trailer),
        "plot": trailer.plot,
        "poster": trailer.poster_sha256,
        "prediction": result,
        "timeline": {genre: list(scores) for genre, scores in prediction.timeline.items()} if prediction else {},
        "features": store.features.ids(trailer_id),
    }


def neighbour_document(trailer: LibraryTrailer, similarity: float) -> dict[str, Any]:
    """Return a trailer as one of those similar to another."""
    return {
        "trailer_id": trailer.trailer_id,
        "title": trailer.source.title,
        "similarity": round(similarity, 4),
        "top": list(trailer.verdict.top) if trailer.verdict else [],
    }


def _find_result(store: Store, job: Job) -> dict[str, Any] | None:
    if job.stage != "done" or job.model_id is None:
        return None
    basis = PredictionBasis(job.model_id, job.features_id, job.modalities or ("trailer",))
    prediction = store.predictions.find(job.trailer_id, basis) or store.predictions.latest(job.trailer_id)
    if prediction is None:
        return None
    if job.kind is JobKind.POSTER:
        return {"trailer_id": job.trailer_id, **single_prediction_document(prediction)}
    trailer = store.trailers.get(job.trailer_id)
    return prediction_document(trailer, prediction, n_frames=job.n_frames or 0) if trailer else None


def _with_public_message(event: dict[str, Any]) -> dict[str, Any]:
    message = event.get("message")
    return {**event, "message": message and public_message(event.get("code") or "", message)}


def _file_name(job: Job) -> str | None:
    return PurePosixPath(job.source).name if job.kind is JobKind.FILE else None
