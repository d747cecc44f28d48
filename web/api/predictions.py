"""Predictions for a poster or a plot on its own."""

import asyncio
import time
from typing import Any

from fastapi import Request, Response
from fastapi.encoders import jsonable_encoder
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from classifier.heads.kinds import is_light
from classifier.prediction import GenrePrediction
from db.queue.job_records import Job
from web import job_responses as responses
from web.api.routing import CallerDep, ServiceDep, make_router
from web.api.uploads import FILE_BODY
from web.callers import Caller
from web.documents import with_result
from web.errors import to_refusal
from web.job_submission import check_queue
from web.prediction_responses import PosterPrediction, Prediction
from web.request_bodies import PlotText
from web.service import Service
from web.uploaded_files import read_file
from worker.arguments import MAX_PRIORITY
from worker.documents import fields_of
from worker.jobs.single_jobs import submit_plot, submit_poster
from worker.predicting.inputs import keep_sent_poster
from worker.predicting.plots import encoder_beside, plot_model, predict_words

router = make_router("predictions")
WAIT_S = 10.0  # for a worker to predict a poster
POLL_S = 0.1
NOT_YET: dict[int | str, dict[str, Any]] = {
    202: {"model": responses.Job, "description": "not predicted yet; Location is the job's address"}
}


@router.post("/plots/predict", response_model=Prediction, responses=NOT_YET)
async def predict_plot_genres(text: PlotText, service: ServiceDep, caller: CallerDep) -> Response:
    """Predict the genres of a plot by the model in use, with the words that drove them.

    One that needs TensorFlow, such as an LSTM, is left to a worker; where that takes longer than ten seconds, the
    response is 202 with the job.
    """
    outcome = await run_in_threadpool(_predict_plot, service, caller, text.plot)
    if isinstance(outcome, Job):
        job = await _wait(service, outcome)
        return await run_in_threadpool(_respond, service, job)
    return _as_json(Prediction, fields_of(outcome))


def _predict_plot(service: Service, caller: Caller, text: str) -> GenrePrediction | Job:
    """Return the prediction of a model that this process can load, else the job of a worker that can."""
    runtime, record = service.runtime, plot_model(service.runtime)
    if is_light(record.head):
        return predict_words(runtime.placed_model(record), text, encoder_beside(runtime, record))
    check_queue(service, caller, n_new=1)
    return submit_plot(runtime, text, service.bell, priority=MAX_PRIORITY, asked_by=caller.name)


@router.post("/posters/predict", response_model=PosterPrediction, openapi_extra=FILE_BODY, responses=NOT_YET)
async def predict_poster_genres(request: Request, service: ServiceDep, caller: CallerDep) -> Response:
    """Predict the genres of a poster (JPEG, PNG, WebP, AVIF, at most 20 MiB), as the raw body or as `file` of a form.

    A worker does it; where that takes longer than ten seconds, the response is 202 with the job.
    """
    async with service.pictures.hold():
        _, data = await read_file(request)
        sha256, job = await service.pictures.run(lambda: _submit(service, caller, data))
    job = await _wait(service, job)
    return await run_in_threadpool(_respond, service, job, poster=sha256)


def _submit(service: Service, caller: Caller, data: bytes) -> tuple[str, Job]:
    sha256 = keep_sent_poster(service.store, data)
    check_queue(service, caller, n_new=1)
    return sha256, submit_poster(service.runtime, sha256, service.bell, priority=MAX_PRIORITY, asked_by=caller.name)


def _respond(service: Service, job: Job, *, poster: str | None = None) -> Response:
    """Return the prediction of a job about a plot or this poster, or the job while there is none."""
    if job.error is not None:
        raise to_refusal(job.error, job_id=job.job_id)
    document = with_result(service.store, job)
    if document["result"] is None:
        location = {"Location": f"/v1/jobs/{job.job_id}"}
        return JSONResponse(jsonable_encoder(document), status_code=202, headers=location)
    if poster is None:
        return _as_json(Prediction, document["result"])
    return _as_json(PosterPrediction, {**document["result"], "poster": poster})


def _as_json(model: type[Prediction], fields: dict[str, Any]) -> Response:
    return JSONResponse(model.model_validate(fields, from_attributes=True).model_dump(mode="json"))


async def _wait(service: Service, job: Job) -> Job:
    """Return the job once it is finished, or as it is after ten seconds, without holding a thread meanwhile."""
    deadline = time.monotonic() + WAIT_S
    while not job.finished and time.monotonic() < deadline:
        await asyncio.sleep(POLL_S)
        current: Job | None = await run_in_threadpool(service.store.jobs.get, job.job_id)
        job = current or job
    return job
