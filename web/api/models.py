"""Trained models and their metrics."""

from db.records import ModelRecord
from web.api.routing import ServiceDep, make_router
from web.library_responses import Models
from worker.inference import registry

router = make_router("models")


@router.get("/models", response_model=Models)
def list_models(service: ServiceDep) -> dict[str, list[ModelRecord]]:
    """List the stored models, newest first; those in use make the predictions."""
    return {"models": registry.list_models(service.store)}
