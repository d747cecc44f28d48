"""Try-outs: the pages that predict a plot or a poster on its own."""

from fastapi import Request
from fastapi.responses import HTMLResponse

from classifier.errors import NoModel
from classifier.heads.kinds import is_light
from extractor.plots import WORDS_ID
from web.api.routing import ServiceDep
from web.pages.renderer import make_page_router, show_page
from web.service import Service

router = make_page_router()


@router.get("/plot")
def show_plot(request: Request, service: ServiceDep) -> HTMLResponse:
    """Show where to try a plot."""
    return _show(request, service, WORDS_ID, "plot")


@router.get("/poster")
def show_poster(request: Request, service: ServiceDep) -> HTMLResponse:
    """Show where to try a poster."""
    return _show(request, service, service.runtime.known_features_id(), "poster")


def _show(request: Request, service: Service, features_id: str, modality: str) -> HTMLResponse:
    """Show the page of a modality, without a model where none predicts from it alone."""
    try:
        model = service.runtime.model_record(features_id, available=(modality,))
    except NoModel:
        model = None
    return show_page(request, modality, model=model, by_worker=model is not None and not is_light(model.head))
