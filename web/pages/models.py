"""The models that are kept, and how well they judge."""

from fastapi import Request
from fastapi.responses import HTMLResponse

from db.records import ModelRecord
from web.api.routing import Serving
from web.expectations import expected
from web.pages.renderer import make_page_router, pages_of
from web.views import ModelsPage, ModelView

router = make_page_router()


@router.get("/models")
def models(request: Request, service: Serving) -> HTMLResponse:
    """Show all models, those in use first."""
    service.identity()  # models that ship are kept when they are first asked for
    records = sorted(service.store.models.list(), key=lambda record: not record.active)
    views = tuple(_view(record, service.shares(record.model_id)) for record in records)
    return pages_of(request).show("models", "models", ModelsPage(views))


def _view(record: ModelRecord, shares: tuple[float, ...]) -> ModelView:
    return ModelView(record, expected(shares), shares)
