"""Job submission: from an API request to a job in the queue, with every source, plot and poster checked."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from classifier.errors import ClassifierError
from classifier.taxonomy import HOUSE
from db.queue.job_records import Inputs, Job, JobError
from extractor.errors import ExtractorError
from web.callers import Caller
from web.errors import Refused, to_refusal
from web.request_bodies import NewJob
from web.service import Service
from worker.errors import WorkerError
from worker.jobs.submission import JobRequest, resolve_sent, submit
from worker.lists.rows import read_genres
from worker.predicting.inputs import check_plot

MAX_KEY = 255


def create_job(service: Service, new: NewJob, caller: Caller) -> Job:
    """Return the stored job of a request; raises Refused, or an error of the table."""
    source = resolve_sent(service.runtime, new.source)
    if isinstance(source, JobError):
        raise to_refusal(source)
    poster = _check_poster(service, new.poster)
    inputs = Inputs(
        plot=check_plot(new.plot) if new.plot else None,
        poster_sha256=poster,
        frames_only=new.frames_only,
        external_ids=(new.external_id,) if new.external_id else (),
        title=new.title,
        genres=read_genres(new.genres),
        label_source=HOUSE if new.genres else None,
        year=new.year,
        imdb_id=new.imdb_id,
        film=new.film,
        franchise=new.franchise,
        metadata=new.metadata,
    )
    check_queue(service, caller, n_new=1)
    request = JobRequest(
        source, priority=new.priority, inputs=inputs, asked_by=caller.name, webhook=new.webhook, again=True
    )
    (result,) = submit(service.runtime, [request], service.bell, identity=service.identity()).results
    if isinstance(result, JobError):
        raise to_refusal(result)
    return result


def check_queue(service: Service, caller: Caller, *, n_new: int) -> None:
    """Raise Refused where the caller would exceed the limit of unfinished jobs."""
    limit = service.web.open_jobs
    if n_new > limit:
        raise Refused(
            "too_large", f"the list has {n_new:,} rows, and you may have {limit:,} unfinished jobs; send it in parts"
        )
    n_open = service.store.jobs.count_open(caller.name, at_most=limit + 1)
    if n_open + n_new > limit:
        raise Refused(
            "queue_full",
            f"you have {n_open:,} unfinished jobs of at most {limit:,}; wait until some are finished",
            retry_after_s=30,
        )


@dataclass(frozen=True, slots=True)
class KeyedRequest:
    """A request that is done once: by whom, under which Idempotency-Key if any, and all that it asks for."""

    caller: Caller
    key: str | None
    body: bytes


def submit_once(service: Service, request: KeyedRequest, create: Callable[[], str]) -> str:
    """Return the id of what `create` makes, or of what it made before under the same idempotency key.

    What was cancelled meanwhile is made again: who asks after that wants it. Raises Refused (conflict) for a key that
    came with another body. A refused request leaves its key free.
    """
    if request.key is None:
        return create()
    _check_key(request.key)
    name = hashlib.sha256(f"{request.caller.name}\0{request.key}".encode()).hexdigest()
    before = service.store.requests.begin(name, body_sha256=(digest := hashlib.sha256(request.body).hexdigest()))
    if before is not None and before.body_sha256 != digest:
        raise Refused("conflict", "this Idempotency-Key was used with another body; use a new key for a new request")
    if before is not None and before.answer and _is_wanted(service, before.answer):
        return before.answer
    try:
        made = create()
    except (Refused, WorkerError, ExtractorError, ClassifierError):
        service.store.requests.forget(name)
        raise
    service.store.requests.answered(name, made)
    return made


def _is_wanted(service: Service, made: str) -> bool:
    """Tell whether a job or batch is stored, and nobody has cancelled the job."""
    job = service.store.jobs.get(made)
    if job is None:
        return service.store.batches.get(made) is not None
    return job.stage != "cancelled" and not job.cancel


def _check_key(key: str) -> None:
    if not (1 <= len(key) <= MAX_KEY and key.isascii() and key.isprintable()):
        raise Refused("bad_request", f"an Idempotency-Key must have 1 to {MAX_KEY} printable ASCII characters")


def _check_poster(service: Service, sha256: str | None) -> str | None:
    if sha256 is not None and not service.store.posters.find_usable([sha256]):
        raise Refused("bad_poster", "there is no such poster; upload its file to POST /v1/posters first")
    return sha256
