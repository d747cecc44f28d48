"""The models that are kept, and how well they judge."""

from fastapi import Request
from fastapi.responses import HTMLResponse

from web.api.routing import Serving
from web.pages.showing import make_page_router, pages_of
from web.views import ModelsPage, ModelView

router = make_page_router()


@router.get("/models")
def models(request: Request, service: Serving) -> HTMLResponse:
    """Show all models, those in use first."""
    service.identity()  # models that ship are kept when they are first asked for
    records = sorted(service.store.models.list(), key=lambda record: not record.active)
    return pages_of(request).show("models", "models", ModelsPage(tuple(ModelView(record) for record in records)))
