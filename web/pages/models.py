"""The stored models and their metrics."""

from fastapi import Request
from fastapi.responses import HTMLResponse

from web.api.routing import ServiceDep
from web.expectations import expected_metrics
from web.pages.renderer import make_page_router, show_page

router = make_page_router()


@router.get("/models")
def show_models(request: Request, service: ServiceDep) -> HTMLResponse:
    """Show all models, the active ones first."""
    service.identity()  # stores the models that ship, on its first call
    records = sorted(service.store.models.list(), key=lambda record: not record.active)
    shares = [service.genre_shares(record.model_id) for record in records]
    models = list(zip(records, map(expected_metrics, shares), shares, strict=True))
    return show_page(request, "models", models=models)
