"""Plots and posters by themselves: the pages that judge one at once."""

from fastapi import Request
from fastapi.responses import HTMLResponse

from classifier.errors import NoModel
from db.records import ModelRecord
from extractor.plots import WORDS_ID
from web.api.routing import Serving
from web.pages.showing import make_page_router, pages_of
from web.service import Service
from web.views import TryOutPage

router = make_page_router()


@router.get("/plot")
def plot(request: Request, service: Serving) -> HTMLResponse:
    """Show where to try a plot."""
    return pages_of(request).show("plot", "plot", _view(_model(service, WORDS_ID, "plot")))


@router.get("/poster")
def poster(request: Request, service: Serving) -> HTMLResponse:
    """Show where to try a poster."""
    features_id = service.runtime.known_features_id()
    return pages_of(request).show("poster", "poster", _view(_model(service, features_id, "poster")))


def _model(service: Service, features_id: str, name: str) -> ModelRecord | None:
    try:
        return service.runtime.model_record(features_id, available=(name,))
    except NoModel:
        return None


def _view(record: ModelRecord | None) -> TryOutPage:
    return TryOutPage(record.name, record.genres, len(record.genres)) if record else TryOutPage(None)
