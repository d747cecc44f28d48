"""Jobs about single posters: the submitting process needs no backbone, only a stored picture."""

import re
from dataclasses import replace

from classifier.errors import NoModel
from classifier.prediction import GenrePrediction
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
    (job,) = runtime.store.jobs.submit([replace(_new_job(runtime, sha256, priority=priority), asked_by=asked_by)])
    if job.stage == "queued" and job.lane:
        bell.ring(job.lane, scratch=None)
    return job


def recall_poster(runtime: Runtime, sha256: str) -> GenrePrediction | None:
    """Return the stored prediction of the model in use for a poster alone, None if there is none."""
    try:
        record = poster_model(runtime, runtime.known_features_id())
    except NoModel:
        return None
    return runtime.store.predictions.load(poster_id(sha256), poster_basis(record, sha256))


def poster_id(sha256: str) -> str:
    """Return the trailer_id under which the prediction for a poster alone is stored; no trailer has it."""
    return f"{JobKind.POSTER}:{sha256[:16]}"


def _new_job(runtime: Runtime, sha256: str, *, priority: int) -> NewJob:
    features_id = runtime.known_features_id()
    record = None if features_id == UNKNOWN else poster_model(runtime, features_id)
    stored = record is not None and (
        runtime.store.predictions.load(poster_id(sha256), poster_basis(record, sha256)) is not None
    )
    return NewJob(
        key=f"{poster_id(sha256)}/{features_id}/{record.model_id if record else None}/poster={sha256}",
        trailer_id=poster_id(sha256),
        source=sha256,
        site=JobKind.POSTER.value,
        features_id=features_id,
        model_id=record.model_id if record else None,
        lane=JobKind.POSTER.first_lane,
        priority=priority,
        stored=stored,
        stale=record is not None and not stored,
        again=True,
        given=Inputs(poster_sha256=sha256),
    )
