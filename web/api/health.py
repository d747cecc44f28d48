"""Health: whether the process lives, whether it can work, and its metrics."""

from typing import Any

from fastapi import APIRouter, Response
from prometheus_client import generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from web.api.routing import ERRORS, ServiceDep
from web.library_responses import Health, Ready
from web.metrics import read_metrics
from worker.service.supervisor import ALIVE_S

router = APIRouter(tags=["health"], responses={status: ERRORS[status] for status in (401, 403, 503)})


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
    responses={200: {"content": {"text/plain": {}}, "description": "Prometheus text format"}},
)
def get_metrics(service: ServiceDep) -> Response:
    """Return the metrics for Prometheus."""
    return Response(generate_latest(read_metrics(service.store)), media_type=CONTENT_TYPE_LATEST)
