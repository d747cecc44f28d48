"""Predictions for a poster or a plot on its own."""

import asyncio
import time

from fastapi import Request, Response
from fastapi.encoders import jsonable_encoder
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from classifier.prediction import GenrePrediction
from db.queue.job_records import Job
from web import job_responses as responses
from web.api.routing import CallerDep, ServiceDep, make_router
from web.api.uploads import FILE_BODY
from web.callers import Caller
from web.documents import with_result
from web.errors import to_refusal
from web.job_submission import check_queue
from web.plots import predict_plot
from web.prediction_responses import PosterPrediction, Prediction
from web.request_bodies import PlotText
from web.service import Service
from web.uploaded_files import read_file
from worker.arguments import MAX_PRIORITY
from worker.jobs.poster_jobs import submit_poster
from worker.predicting.inputs import keep_poster_bytes

router = make_router("predictions")
WAIT_S = 10.0  # for a worker to predict a poster
POLL_S = 0.1


@router.post("/plots/predict", response_model=Prediction)
def predict_plot_genres(text: PlotText, service: ServiceDep) -> GenrePrediction:
    """Predict the genres of a plot, with the words that drove them."""
    return predict_plot(service.runtime, text.plot)


@router.post(
    "/posters/predict",
    response_model=PosterPrediction,
    openapi_extra=FILE_BODY,
    responses={202: {"model": responses.Job, "description": "not predicted yet; Location is the job's address"}},
)
async def predict_poster_genres(request: Request, service: ServiceDep, caller: CallerDep) -> Response:
    """Predict the genres of a poster (JPEG, PNG, WebP, AVIF, at most 20 MiB), as the raw body or as `file` of a form.

    A worker does it; where that takes longer than ten seconds, the response is 202 with the job.
    """
    _, data = await read_file(request)
    sha256, job = await run_in_threadpool(_submit, service, caller, data)
    job = await _wait(service, job)
    return await run_in_threadpool(_respond, service, sha256, job)


def _submit(service: Service, caller: Caller, data: bytes) -> tuple[str, Job]:
    sha256 = keep_poster_bytes(service.store, data)
    check_queue(service, caller, n_new=1)
    return sha256, submit_poster(service.runtime, sha256, service.bell, priority=MAX_PRIORITY, asked_by=caller.name)


def _respond(service: Service, sha256: str, job: Job) -> Response:
    if job.error is not None:
        raise to_refusal(job.error, job_id=job.job_id)
    document = with_result(service.store, job)
    if document["result"] is None:
        location = {"Location": f"/v1/jobs/{job.job_id}"}
        return JSONResponse(jsonable_encoder(document), status_code=202, headers=location)
    prediction = PosterPrediction.model_validate({**document["result"], "poster": sha256}, from_attributes=True)
    return JSONResponse(prediction.model_dump(mode="json"))


async def _wait(service: Service, job: Job) -> Job:
    """Return the job once it is finished, or as it is after ten seconds, without holding a thread meanwhile."""
    deadline = time.monotonic() + WAIT_S
    while not job.finished and time.monotonic() < deadline:
        await asyncio.sleep(POLL_S)
        current: Job | None = await run_in_threadpool(service.store.jobs.get, job.job_id)
        job = current or job
    return job
