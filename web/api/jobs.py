"""Jobs: asked for, looked at, watched, cancelled, tried again."""

import json
from typing import Annotated, Any, Literal

from fastapi import Header, Query, Response
from fastapi.responses import StreamingResponse

from db.queue.job_records import Job, Stage
from db.queue.jobs import JobFilter
from web.api.routing import Asking, JobId, Serving, make_router
from web.documents import job_document, with_result
from web.errors import Refused
from web.events import Update
from web.job_responses import Job as JobAnswer
from web.job_responses import Jobs
from web.job_submission import once, submit_job
from web.request_bodies import NewJob
from web.service import Service

router = make_router("jobs")
MAX_LISTED = 200


@router.post(
    "/jobs",
    status_code=202,
    response_model=JobAnswer,
    responses={
        200: {"model": JobAnswer, "description": "it was answered before: the job with its result"},
        202: {"description": "the job is kept and will be worked on; Location is where to look"},
    },
)
def ask(
    new: NewJob,
    service: Serving,
    caller: Asking,
    response: Response,
    idempotency_key: Annotated[str | None, Header()] = None,
) -> dict[str, Any]:
    """Ask for one trailer. The same trailer, poster and plot are the same job, whoever asks."""
    body = json.dumps(new.model_dump(), sort_keys=True).encode()
    job = once(service, caller, idempotency_key, body, lambda: submit_job(service, new, caller))
    response.headers["Location"] = f"/v1/jobs/{job.job_id}"
    response.status_code = 200 if job.stage == "done" else 202
    return with_result(service.store, job)


@router.get("/jobs", response_model=Jobs)
def listed(
    service: Serving,
    stage: Annotated[Stage | None, Query()] = None,
    code: Annotated[str | None, Query(pattern=r"^[a-z_]{1,40}$")] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_LISTED)] = 50,
) -> dict[str, Any]:
    """List the jobs that changed last."""
    wanted = JobFilter(stages=(stage,) if stage else None, code=code)
    jobs = service.store.jobs.list(wanted, limit=limit)
    return {"jobs": [job_document(job) for job in jobs], "stages": service.store.jobs.count(JobFilter())}


@router.get("/jobs/{job_id}", response_model=JobAnswer)
def look(job_id: JobId, service: Serving) -> dict[str, Any]:
    """Look at one job; its result is there once it is done."""
    return with_result(service.store, _find(service, job_id))


@router.get(
    "/jobs/{job_id}/events",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": {}}, "description": "events `job`, until it is finished"}},
)
def watch(job_id: JobId, service: Serving, caller: Asking) -> StreamingResponse:
    """Watch one job: server-sent events `job` whenever it changes, the last one with its result."""
    _find(service, job_id)

    def news() -> Update | None:
        job = service.store.jobs.get(job_id)
        return Update(with_result(service.store, job), job.finished) if job else None

    return service.streams.open("job", news, caller=caller.name)


@router.delete("/jobs/{job_id}", response_model=JobAnswer)
def cancel(job_id: JobId, service: Serving) -> dict[str, Any]:
    """Cancel a job: one that waits at once, one that runs within seconds; one that is finished stays as it is."""
    return _change(service, job_id, "cancel")


@router.post("/jobs/{job_id}/retry", response_model=JobAnswer)
def retry(job_id: JobId, service: Serving) -> dict[str, Any]:
    """Queue a job again that failed, died or was cancelled; any other stays as it is."""
    return _change(service, job_id, "retry")


def _change(service: Service, job_id: str, what: Literal["cancel", "retry"]) -> dict[str, Any]:
    _find(service, job_id)
    wanted = JobFilter(job_ids=(job_id,))
    if what == "cancel":
        service.store.jobs.cancel(wanted)
    else:
        service.store.jobs.retry(wanted)
    job = _find(service, job_id)
    if what == "retry" and job.lane and job.stage == "queued":
        service.bell.ring(job.lane, scratch=job.scratch)
    return with_result(service.store, job)


def _find(service: Service, job_id: str) -> Job:
    job = service.store.jobs.get(job_id)
    if job is None:
        raise Refused("not_found", f"there is no job {job_id}", job_id=job_id)
    return job
