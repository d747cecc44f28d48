"""Trained models and how well they judge."""

import dataclasses
from typing import Any

from web.api.routing import Serving, make_router
from web.library_responses import Models

router = make_router("models")


@router.get("/models", response_model=Models)
def listed(service: Serving) -> dict[str, Any]:
    """List the models that are kept, the newest first; the active ones judge."""
    service.identity()  # models that ship are kept when they are first asked for
    return {
        "models": [
            {**dataclasses.asdict(record), "modality": record.card.modality} for record in service.store.models.list()
        ]
    }
