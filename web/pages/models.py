"""The stored models, the history of what is in use, and a page for each: its figures, its curves, its use."""

from typing import Annotated

from fastapi import Query, Request
from fastapi.responses import HTMLResponse

from web.api.routing import ModelId, ServiceDep
from web.expectations import expected_metrics
from web.measurements import current_comparison, find_genre, find_rival
from web.pages.renderer import make_page_router, show_page
from worker.inference.registry import find_model, list_models

ORDER = ("in_use", "candidate", "retired")
N_CHANGES = 50

router = make_page_router()


@router.get("/models")
def show_models(request: Request, service: ServiceDep) -> HTMLResponse:
    """Show all models, those in use first, and the last changes of what is in use."""
    records = sorted(list_models(service.store), key=lambda record: ORDER.index(record.state))
    names = {record.model_id: record.name for record in records}
    measured = service.store.measurements.list_briefs()
    changes = service.store.model_changes.list()[: -N_CHANGES - 1 : -1]
    return show_page(request, "models", models=records, measured=measured, changes=changes, names=names)


@router.get("/models/{model_id:model}")
def show_model(
    model_id: ModelId,
    request: Request,
    service: ServiceDep,
    genre: Annotated[str | None, Query(max_length=50)] = None,
) -> HTMLResponse:
    """Show one model, with the curves of a genre."""
    record, store = find_model(service.store, model_id), service.store
    measurement, shares = store.measurements.get(model_id), service.genre_shares(model_id)
    report = measurement.report if measurement else None
    view = {
        "record": record,
        "shares": shares,
        "baselines": {} if record.placed_on else expected_metrics(shares),  # the shares are of other films
        "measurement": measurement,
        "genre": find_genre(report, genre) if report else None,
        "rival": find_rival(service, record),
        "comparison": current_comparison(service, record),
        "names": {each.model_id: each.name for each in list_models(store)},
        "last": store.model_changes.find_next_undone(),
    }
    return show_page(request, "model", section="models", **view)
