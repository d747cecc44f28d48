"""Jobs about a poster or a plot alone: the submitting process needs no network, only a stored picture or a text."""

import re
from dataclasses import replace

from db.queue.job_records import Inputs, Job, JobKind, NewJob
from db.records import PredictionBasis
from extractor.errors import BadPoster
from extractor.plots import WORDS_ID, read_plot
from worker.jobs.bells import Bell
from worker.predicting.plots import plot_basis, plot_model
from worker.predicting.posters import poster_basis, poster_model
from worker.runtime import UNKNOWN, Runtime

_SHA256 = re.compile(r"[0-9a-f]{64}")


def submit_poster(runtime: Runtime, sha256: str, bell: Bell, *, priority: int = 0, asked_by: str | None = None) -> Job:
    """Return the job about a stored poster, by the sha256 of its file; it is done where the prediction is stored.

    One that failed is queued again. Raises NoModel, and BadPoster for an invalid sha256.
    """
    if not _SHA256.fullmatch(sha256):
        raise BadPoster(f"{sha256[:80]!r} is not the sha256 of a poster; send the picture first")
    features_id = runtime.known_features_id()
    record = None if features_id == UNKNOWN else poster_model(runtime, features_id)
    model_id = record.model_id if record else None
    new = NewJob(
        key=f"{poster_id(sha256)}/{features_id}/{model_id}/poster={sha256}",
        trailer_id=poster_id(sha256),
        source=sha256,
        site=JobKind.POSTER.value,
        features_id=features_id,
        model_id=model_id,
        lane=JobKind.POSTER.first_lane,
        priority=priority,
        given=Inputs(poster_sha256=sha256),
        asked_by=asked_by,
    )
    return _submit(runtime, new, poster_basis(runtime, record, sha256) if record else None, bell)


def submit_plot(runtime: Runtime, text: str, bell: Bell, *, priority: int = 0, asked_by: str | None = None) -> Job:
    """Return the job about a plot's text; it is done where the prediction is stored, and queued again if it failed.

    Raises NoModel, and BadPlot for a text without words or too long.
    """
    digest, record = read_plot(text).digest, plot_model(runtime)
    new = NewJob(
        key=f"{plot_id(digest)}/{WORDS_ID}/{record.model_id}/plot={digest}",
        trailer_id=plot_id(digest),
        source=digest,
        site=JobKind.PLOT.value,
        features_id=WORDS_ID,
        model_id=record.model_id,
        lane=JobKind.PLOT.first_lane,
        priority=priority,
        given=Inputs(plot=text),
        asked_by=asked_by,
    )
    return _submit(runtime, new, plot_basis(runtime, record, digest), bell)


def _submit(runtime: Runtime, new: NewJob, basis: PredictionBasis | None, bell: Bell) -> Job:
    """Return the job, for whose prediction `basis` is known unless only a download tells the features."""
    stored = basis is not None and runtime.store.predictions.load(new.trailer_id, basis) is not None
    stale = basis is not None and not stored
    (job,) = runtime.store.jobs.submit([replace(new, stored=stored, stale=stale, again=True)])
    if job.stage == "queued" and job.lane:
        bell.ring(job.lane)
    return job


def poster_id(sha256: str) -> str:
    """Return the trailer_id under which the prediction for a poster alone is stored; no trailer has it."""
    return f"{JobKind.POSTER}:{sha256[:16]}"


def plot_id(digest: str) -> str:
    """Return the trailer_id under which the prediction for a plot alone is stored; no trailer has it."""
    return f"{JobKind.PLOT}:{digest[:16]}"
