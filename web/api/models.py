"""Trained models and their metrics."""

from db.records import ModelChange, ModelRecord
from web.api.routing import ServiceDep, make_router
from web.model_responses import ModelChanges, Models
from worker.inference import registry

router = make_router("models")


@router.get("/models", response_model=Models)
def list_models(service: ServiceDep) -> dict[str, list[ModelRecord]]:
    """List the stored models, newest first; those in use make the predictions."""
    return {"models": registry.list_models(service.store)}


@router.get("/models/changes", response_model=ModelChanges)
def list_model_changes(service: ServiceDep) -> dict[str, list[ModelChange]]:
    """List every change of what is in use, the last first: who, when, why."""
    return {"changes": service.store.model_changes.list()[::-1]}
