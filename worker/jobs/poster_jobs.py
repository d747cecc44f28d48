"""Jobs about single posters: the submitting process needs no backbone, only a stored picture."""

import re

from db.queue.job_records import Inputs, Job, JobKind, NewJob
from extractor.errors import BadPoster
from worker.jobs.bells import Bell
from worker.predicting.posters import poster_basis, poster_model
from worker.runtime import UNKNOWN, Runtime

_SHA256 = re.compile(r"[0-9a-f]{64}")


def submit_poster(runtime: Runtime, sha256: str, bell: Bell, *, priority: int = 0, asked_by: str | None = None) -> Job:
    """Return the job about a stored poster, by the sha256 of its file; it is done where the prediction is stored.

    One that failed is queued again. Raises NoModel, and BadPoster for an invalid sha256.
    """
    if not _SHA256.fullmatch(sha256):
        raise BadPoster(f"{sha256[:80]!r} is not the sha256 of a poster; send the picture first")
    trailer_id, features_id = poster_id(sha256), runtime.known_features_id()
    record = None if features_id == UNKNOWN else poster_model(runtime, features_id)
    model_id = record.model_id if record else None
    stored = record is not None and runtime.store.predictions.load(trailer_id, poster_basis(record, sha256)) is not None
    new = NewJob(
        key=f"{trailer_id}/{features_id}/{model_id}/poster={sha256}",
        trailer_id=trailer_id,
        source=sha256,
        site=JobKind.POSTER.value,
        features_id=features_id,
        model_id=model_id,
        lane=JobKind.POSTER.first_lane,
        priority=priority,
        stored=stored,
        stale=record is not None and not stored,
        again=True,
        given=Inputs(poster_sha256=sha256),
        asked_by=asked_by,
    )
    (job,) = runtime.store.jobs.submit([new])
    if job.stage == "queued" and job.lane:
        bell.ring(job.lane)
    return job


def poster_id(sha256: str) -> str:
    """Return the trailer_id under which the prediction for a poster alone is stored; no trailer has it."""
    return f"{JobKind.POSTER}:{sha256[:16]}"
