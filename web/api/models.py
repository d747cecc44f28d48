"""Trained models and their metrics."""

import dataclasses
from typing import Any

from web.api.routing import ServiceDep, make_router
from web.library_responses import Models

router = make_router("models")


@router.get("/models", response_model=Models)
def list_models(service: ServiceDep) -> dict[str, Any]:
    """List the stored models, newest first; the active ones make the predictions."""
    service.identity()  # stores the models that ship, on its first call
    return {
        "models": [
            {**dataclasses.asdict(record), "modality": record.card.modality} for record in service.store.models.list()
        ]
    }
