"""The stored models and their metrics."""

from fastapi import Request
from fastapi.responses import HTMLResponse

from db.records import ModelRecord
from web.api.routing import ServiceDep
from web.expectations import expected_metrics
from web.pages.renderer import make_page_router, show_page
from web.service import Service
from web.views import ModelsPage, ModelView

router = make_page_router()


@router.get("/models")
def show_models(request: Request, service: ServiceDep) -> HTMLResponse:
    """Show all models, the active ones first."""
    service.identity()  # stores the models that ship, on its first call
    records = sorted(service.store.models.list(), key=lambda record: not record.active)
    return show_page(request, "models", ModelsPage(tuple(_view(service, record) for record in records)))


def _view(service: Service, record: ModelRecord) -> ModelView:
    shares = service.genre_shares(record.model_id)
    return ModelView(record, expected_metrics(shares), shares)
