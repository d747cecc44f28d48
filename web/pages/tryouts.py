"""Try-outs: the pages that predict a plot or a poster on its own."""

from collections.abc import Callable

from fastapi import Request
from fastapi.responses import HTMLResponse

from classifier.errors import NoModel
from classifier.heads.kinds import is_light
from db.records import ModelRecord
from web.api.routing import ServiceDep
from web.pages.renderer import make_page_router, show_page
from worker.predicting.plots import plot_model
from worker.predicting.posters import poster_model

router = make_page_router()


@router.get("/plot")
def show_plot(request: Request, service: ServiceDep) -> HTMLResponse:
    """Show where to try a plot."""
    return _show(request, "plot", lambda: plot_model(service.runtime))


@router.get("/poster")
def show_poster(request: Request, service: ServiceDep) -> HTMLResponse:
    """Show where to try a poster."""
    return _show(request, "poster", lambda: poster_model(service.runtime, service.runtime.known_features_id()))


def _show(request: Request, modality: str, find_model: Callable[[], ModelRecord]) -> HTMLResponse:
    """Show the page of a modality, without a model where none predicts from it alone."""
    try:
        model = find_model()
    except NoModel:
        model = None
    return show_page(request, modality, model=model, by_worker=model is not None and not is_light(model.head))
