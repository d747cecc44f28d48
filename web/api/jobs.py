"""Jobs: submitted, read, watched, cancelled, retried."""

import json
from typing import Annotated, Any

from fastapi import Query, Response
from fastapi.responses import StreamingResponse

from db.queue.job_records import Job, Stage
from db.queue.jobs import JobFilter
from web import job_responses as responses
from web.api.routing import TEXT, CallerDep, Cursor, JobId, Key, ServiceDep, make_router
from web.cursors import read_moment, write_moment
from web.documents import job_document, with_result
from web.errors import Refused
from web.events import Update
from web.job_submission import KeyedRequest, create_job, submit_once
from web.request_bodies import NewJob, Retry
from web.retries import retry_jobs
from web.service import Service

router = make_router("jobs")
MAX_LISTED = 200


@router.post(
    "/jobs",
    status_code=202,
    response_model=responses.Job,
    responses={
        200: {"model": responses.Job, "description": "already predicted: the job with its result"},
        202: {"description": "the job is accepted; Location is its address"},
    },
)
def submit_job(
    new: NewJob,
    service: ServiceDep,
    caller: CallerDep,
    response: Response,
    key: Key = None,
) -> dict[str, Any]:
    """Submit one trailer. The same trailer, poster and plot are the same job, whoever submits them."""
    request = KeyedRequest(caller, key, json.dumps(new.model_dump(), sort_keys=True).encode())
    job_id = submit_once(service, request, lambda: create_job(service, new, caller).job_id)
    job = _find(service, job_id)
    response.headers["Location"] = f"/v1/jobs/{job.job_id}"
    response.status_code = 200 if job.stage == "done" else 202
    return with_result(service.store, job)


@router.get("/jobs", response_model=responses.Jobs)
def list_jobs(
    service: ServiceDep,
    stage: Annotated[Stage | None, Query(description="those in this stage alone")] = None,
    code: Annotated[
        str | None, Query(pattern=r"^[a-z_]{1,40}$", description="those that failed with this error code alone")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_LISTED, description="at most this many")] = 50,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """List jobs, those that changed last first; one that changes meanwhile comes first again."""
    after = read_moment(cursor, "jobs") if cursor else None
    wanted = JobFilter(stages=(stage,) if stage else None, code=code)
    found = service.store.jobs.list(wanted, limit=limit + 1, after=after)
    last = found[limit - 1] if len(found) > limit else None
    return {
        "jobs": [job_document(job) for job in found[:limit]],
        "stages": service.store.jobs.count(JobFilter()),
        "next": write_moment((last.updated_at, last.job_id), "jobs") if last else None,
    }


@router.post("/jobs/retry", response_model=responses.Retried)
def retry_all_jobs(which: Retry, service: ServiceDep, caller: CallerDep) -> dict[str, Any]:
    """Queue failed, dead and cancelled jobs again: all, or those of one error code.

    Those that failed for good stay as they are, unless that is forced.
    """
    return retry_jobs(service, caller, which)


@router.get("/jobs/{job_id:job}", response_model=responses.Job)
def get_job(job_id: JobId, service: ServiceDep) -> dict[str, Any]:
    """Get one job, with its result once it is done."""
    return with_result(service.store, _find(service, job_id))


@router.get(
    "/jobs/{job_id:job}/events",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": TEXT}, "description": "`job` events until it is finished"}},
)
def watch_job(job_id: JobId, service: ServiceDep, caller: CallerDep) -> StreamingResponse:
    """Watch one job: a server-sent event `job` whenever it changes, the last one with its result."""
    _find(service, job_id)

    def read_update() -> Update | None:
        job = service.store.jobs.get(job_id)
        return Update(with_result(service.store, job), job.finished) if job else None

    return service.streams.open("job", read_update, caller=caller.name)


@router.delete("/jobs/{job_id:job}", response_model=responses.Job)
def cancel_job(job_id: JobId, service: ServiceDep) -> dict[str, Any]:
    """Cancel a job: a waiting one at once, a running one within seconds; a finished one stays as it is."""
    _find(service, job_id)
    service.store.jobs.cancel(JobFilter(job_ids=(job_id,)))
    return with_result(service.store, _find(service, job_id))


@router.post("/jobs/{job_id:job}/retry", response_model=responses.Job)
def retry_job(job_id: JobId, service: ServiceDep) -> dict[str, Any]:
    """Queue a failed, dead or cancelled job again, for whatever reason it failed; any other stays as it is."""
    _find(service, job_id)
    service.store.jobs.retry(JobFilter(job_ids=(job_id,)), force=True)
    job = _find(service, job_id)
    if job.lane and job.stage == "queued":
        service.bell.ring(job.lane, scratch=job.scratch)
    return with_result(service.store, job)


def _find(service: Service, job_id: str) -> Job:
    job = service.store.jobs.get(job_id)
    if job is None:
        raise Refused("not_found", f"there is no job {job_id}", job_id=job_id)
    return job
