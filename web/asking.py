"""From what the API is asked to what the queue takes: sources, plots and posters of strangers, checked."""

import hashlib
from collections.abc import Callable

from classifier.errors import ClassifierError
from db.queue.job_records import Inputs, Job, JobError
from extractor.errors import ExtractorError
from web.asked import NewJob
from web.callers import Caller
from web.errors import Refused, refuse
from web.service import Service
from worker.errors import WorkerError
from worker.jobs.submission import JobRequest, resolve_link, submit
from worker.jobs.uploads import find_upload
from worker.links import Link
from worker.predicting.inputs import check_plot
from worker.sources import LocalFile

UPLOAD = "upload:"
MAX_KEY = 255


def submit_job(service: Service, new: NewJob, caller: Caller) -> Job:
    """Return the job of a request, committed; raises Refused, or an error of the table."""
    source = _source(service, new.source)
    given = Inputs(plot=check_plot(new.plot) if new.plot else None, poster_sha256=_poster(service, new.poster))
    check_queue(service, caller, n_new=1)
    ask = JobRequest(source, priority=new.priority, given=given, asked_by=caller.name, webhook=new.webhook, again=True)
    (result,) = submit(service.runtime, [ask], service.bell, identity=service.identity()).results
    if isinstance(result, JobError):
        raise refuse(result)
    return result


def check_queue(service: Service, caller: Caller, *, n_new: int) -> None:
    """Raise Refused where the caller would have more unfinished jobs than a caller may have."""
    limit = service.web.open_jobs
    n_open = service.store.jobs.count_open(caller.name, at_most=limit + 1)
    if n_open + n_new > limit:
        raise Refused(
            "queue_full", f"you have {n_open:,} unfinished jobs, of {limit:,}; wait for some", retry_after_s=30
        )


def once(service: Service, caller: Caller, key: str | None, body: bytes, ask: Callable[[], Job]) -> Job:
    """Return the job that `ask` makes; under an idempotency key that came before, the job it made then.

    Raises Refused (conflict) for the same key with another body. What is refused leaves its key free.
    """
    if key is None:
        return ask()
    _check_key(key)
    name = hashlib.sha256(f"{caller.name}\0{key}".encode()).hexdigest()
    before = service.store.requests.begin(name, body_sha256=(digest := hashlib.sha256(body).hexdigest()))
    if before is not None and before.body_sha256 != digest:
        raise Refused("conflict", "this Idempotency-Key came with another body before; use a new key for a new request")
    if before is not None and before.answer and (job := service.store.jobs.get(before.answer)):
        return job
    try:
        job = ask()
    except (Refused, WorkerError, ExtractorError, ClassifierError):
        service.store.requests.forget(name)
        raise
    service.store.requests.answered(name, job.job_id)
    return job


def _check_key(key: str) -> None:
    if not (1 <= len(key) <= MAX_KEY and key.isascii() and key.isprintable()):
        raise Refused("bad_request", f"an Idempotency-Key has 1 to {MAX_KEY} printable ASCII characters")


def _source(service: Service, text: str) -> Link | LocalFile:
    """Return what a source names; a path of this machine is no link, and nothing looks whether it exists."""
    text = text.strip()
    if text.startswith(UPLOAD):
        return find_upload(service.settings.home, text.removeprefix(UPLOAD))
    source = resolve_link(service.runtime, text)
    if isinstance(source, JobError):
        raise refuse(source)
    return source


def _poster(service: Service, sha256: str | None) -> str | None:
    if sha256 is not None and not service.store.posters.find_usable([sha256]):
        raise Refused("bad_poster", "no such poster is kept; send its file to POST /v1/posters first")
    return sha256
