"""Trained models and their metrics."""

from db.records import ModelRecord
from web.api.routing import ServiceDep, make_router
from web.library_responses import Models

router = make_router("models")


@router.get("/models", response_model=Models)
def list_models(service: ServiceDep) -> dict[str, list[ModelRecord]]:
    """List the stored models, newest first; the active ones make the predictions."""
    service.identity()  # stores the models that ship, on its first call
    return {"models": service.store.models.list()}
