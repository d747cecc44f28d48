"""Retries: the failed jobs of a batch or of all, queued again, unless trying again doesn't help them."""

from dataclasses import replace
from typing import Any

from classifier.counts import count
from db.queue.jobs import JobFilter
from web.advice import advise
from web.callers import Caller
from web.errors import Refused
from web.job_submission import check_queue
from web.request_bodies import Retry
from web.service import Service


def retry_jobs(service: Service, caller: Caller, which: Retry, *, batch_id: str | None = None) -> dict[str, Any]:
    """Queue jobs again; return how many there were, and how many stay as they are because they failed for good.

    Raises Refused (conflict) where all that failed with the code did so for good, or where other than `n` would be
    queued; Refused (queue_full).
    """
    wanted = JobFilter(batch_id=batch_id, code=which.code)
    retryable = service.store.jobs.count_retryable(wanted)
    if which.force:
        retryable = replace(retryable, n=retryable.n + retryable.for_good, for_good=0)
    if which.code and retryable.for_good and not retryable.n:
        raise Refused("conflict", _explain(which.code, retryable.for_good))
    if which.n not in (None, retryable.n):
        raise Refused(
            "conflict", f"{count(retryable.n, 'job')} can be tried again, not {which.n:,}: nothing was done; look again"
        )
    check_queue(service, caller, n_new=retryable.n)
    n_jobs = service.store.jobs.retry(wanted, force=which.force)
    if n_jobs:
        service.bell.ring("download", times=n_jobs)  # the sweeper rings for the other lanes
    return {"jobs": n_jobs, "for_good": retryable.for_good}


def _explain(code: str, n: int) -> str:
    """Return why jobs that failed for good are not queued again, and the way out."""
    advice = advise(code)
    return (
        f"{count(n, 'job')} failed for good with {code}: {advice.meaning}. Trying again won't help. {advice.step} "
        "Once its cause is mended, send force as well."
    )
