"""Posters and plots by themselves: which genres they tell of."""

import asyncio
import time
from typing import Any

from fastapi import Request, Response
from fastapi.encoders import jsonable_encoder
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from db.queue.job_records import Job
from web.api.routing import Asking, Serving, make_router
from web.api.uploads import BYTES
from web.callers import Caller
from web.documents import poster_document, with_result
from web.errors import refuse
from web.job_responses import Job as JobAnswer
from web.job_submission import check_queue
from web.plots import predict_plot
from web.prediction_responses import PosterPrediction, Prediction
from web.request_bodies import PlotText
from web.service import Service
from web.uploaded_files import receive_whole
from worker.arguments import MAX_PRIORITY
from worker.jobs.poster_jobs import submit_poster
from worker.predicting.inputs import keep_poster_bytes

router = make_router("predictions")
WAIT_S = 10.0  # for a worker that looks at a poster
LOOK_S = 0.1


@router.post("/plots/predict", response_model=Prediction)
def plot(text: PlotText, service: Serving) -> dict[str, Any]:
    """Judge a plot: its genres, and the words that drove them."""
    return poster_document(predict_plot(service.runtime, text.plot))


@router.post(
    "/posters/predict",
    response_model=PosterPrediction,
    openapi_extra=BYTES,
    responses={202: {"model": JobAnswer, "description": "no worker has looked at it yet; Location is its job"}},
)
async def poster(request: Request, service: Serving, caller: Asking) -> Response:
    """Judge a poster (JPEG, PNG, WEBP, at most 20 MiB), sent as the raw body or as `file` of a form.

    A worker looks at it; where that takes longer than ten seconds the answer is 202 and the job.
    """
    _, data = await receive_whole(request)
    sha256, job = await run_in_threadpool(_submit, service, caller, data)
    job = await _wait(service, job)
    return await run_in_threadpool(_answer, service, sha256, job)


def _submit(service: Service, caller: Caller, data: bytes) -> tuple[str, Job]:
    sha256 = keep_poster_bytes(service.store, data)
    check_queue(service, caller, n_new=1)
    return sha256, submit_poster(service.runtime, sha256, service.bell, priority=MAX_PRIORITY, asked_by=caller.name)


def _answer(service: Service, sha256: str, job: Job) -> Response:
    if job.error is not None:
        raise refuse(job.error, job_id=job.job_id)
    document = with_result(service.store, job)
    if document["result"] is None:
        location = {"Location": f"/v1/jobs/{job.job_id}"}
        return JSONResponse(jsonable_encoder(document), status_code=202, headers=location)
    return JSONResponse(PosterPrediction(poster=sha256, **document["result"]).model_dump(mode="json"))


async def _wait(service: Service, job: Job) -> Job:
    """Return the job once it is finished, or as it is after ten seconds; no thread waits for it."""
    deadline = time.monotonic() + WAIT_S
    while not job.finished and time.monotonic() < deadline:
        await asyncio.sleep(LOOK_S)
        seen: Job | None = await run_in_threadpool(service.store.jobs.get, job.job_id)
        job = seen or job
    return job
