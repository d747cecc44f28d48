"""The stored models, their metrics, and the history of what is in use."""

from fastapi import Request
from fastapi.responses import HTMLResponse

from web.api.routing import ServiceDep
from web.expectations import expected_metrics
from web.pages.renderer import make_page_router, show_page
from worker.inference.registry import list_models

ORDER = ("in_use", "candidate", "retired")
N_CHANGES = 50

router = make_page_router()


@router.get("/models")
def show_models(request: Request, service: ServiceDep) -> HTMLResponse:
    """Show all models, those in use first, and the last changes of what is in use."""
    records = sorted(list_models(service.store), key=lambda record: ORDER.index(record.state))
    shares = [service.genre_shares(record.model_id) for record in records]
    models = list(zip(records, map(expected_metrics, shares), shares, strict=True))
    names = {record.model_id: record.name for record in records}
    changes = service.store.model_changes.list()[: -N_CHANGES - 1 : -1]
    return show_page(request, "models", models=models, changes=changes, names=names)
