"""Health: whether the process lives, whether it can work, and its metrics."""

from collections import Counter
from typing import Any

from fastapi import APIRouter, Response
from prometheus_client import CollectorRegistry, Gauge, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from db.library_records import LibraryQuery
from db.queue.job_records import ALL_STAGES
from db.queue.jobs import JobFilter
from db.store import Store
from web.api.routing import ERRORS, TEXT, ServiceDep
from web.api_model import ApiModel
from worker.service.supervisor import ALIVE_S

router = APIRouter(tags=["health"], responses={status: ERRORS[status] for status in (401, 403, 503)})


class Health(ApiModel):
    """That this process responds."""

    status: str
    """ok"""


class Ready(ApiModel):
    """That the database responds, and who works."""

    status: str
    """ready"""
    workers: int
    """how many workers were seen within a minute"""
    paused: list[str]
    """the download lanes that are paused"""


@router.get("/healthz", response_model=Health)
async def get_liveness() -> dict[str, Any]:
    """Report that this process responds, however busy its threads are."""
    return {"status": "ok"}


@router.get("/readyz", response_model=Ready)
def get_readiness(service: ServiceDep) -> dict[str, Any]:
    """Report that the database responds, how many workers there are, and which download lanes are paused."""
    workers = service.store.workers.alive(within_s=ALIVE_S)
    return {"status": "ready", "workers": len(workers), "paused": sorted(service.store.throttle.pauses())}


@router.get(
    "/metrics",
    response_class=Response,
    responses={200: {"content": {"text/plain": TEXT}, "description": "Prometheus text format"}},
)
def get_metrics(service: ServiceDep) -> Response:
    """Return the metrics for Prometheus."""
    return Response(generate_latest(_read_metrics(service.store)), media_type=CONTENT_TYPE_LATEST)


def _read_metrics(store: Store) -> CollectorRegistry:
    """Return the metrics of a database."""
    metrics = CollectorRegistry()
    jobs = Gauge("trailers_jobs", "Jobs by stage.", ["stage"], registry=metrics)
    stages = store.jobs.count(JobFilter())
    for stage in ALL_STAGES:
        jobs.labels(stage).set(stages.get(stage, 0))
    age = Gauge(
        "trailers_queue_oldest_seconds", "How long the job waits that waits longest.", ["lane"], registry=metrics
    )
    pace = store.pace.read()
    for each in pace.lanes:
        age.labels(each.lane).set((pace.at - each.since).total_seconds() if each.since else 0)
    workers = Gauge("trailers_workers", "Workers seen within a minute, by lane.", ["lane"], registry=metrics)
    alive = store.workers.alive(within_s=ALIVE_S)
    for lane, n_workers in sorted(Counter(lane for worker in alive for lane in worker.lanes).items()):
        workers.labels(lane).set(n_workers)
    paused = Gauge("trailers_paused_lanes", "Paused download lanes, by cause.", ["lane", "code"], registry=metrics)
    for lane, pause in store.throttle.pauses().items():
        paused.labels(lane, pause.code).set(1)
    library = Gauge("trailers_library", "Trailers stored.", registry=metrics)
    library.set(store.library.count(LibraryQuery()))
    return metrics
