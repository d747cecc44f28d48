"""Trained models and their metrics."""

from functools import partial

from fastapi import Request, Response

from db import records
from db.records import ChangeNote, ModelRecord
from db.registry import measurement_records
from web.api.routing import CallerDep, ModelId, ServiceDep, make_router
from web.errors import Refused
from web.kept_files import FOR_EVER, describe_file, make_etag, send_file
from web.measurement_responses import Measurement
from web.measurements import choose_action
from web.model_responses import Model, ModelChange, ModelChanges, Models
from web.request_bodies import ModelEdit, ModelRollback
from worker.errors import WorkerError
from worker.inference import registry

router = make_router("models")


@router.get("/models", response_model=Models)
def list_models(service: ServiceDep) -> dict[str, list[ModelRecord]]:
    """List the stored models, newest first; those in use make the predictions."""
    return {"models": registry.list_models(service.store)}


@router.get("/models/changes", response_model=ModelChanges)
def list_model_changes(service: ServiceDep) -> dict[str, list[records.ModelChange]]:
    """List every change of what is in use, the last first: who, when, why."""
    return {"changes": service.store.model_changes.list()[::-1]}


@router.post("/models/rollback", response_model=ModelChange)
def undo_model_change(wanted: ModelRollback, service: ServiceDep, caller: CallerDep) -> records.ModelChange:
    """Take the last change of what is in use back, or all back to a model that was in use; repeated, the one before."""
    store, note = service.store, ChangeNote(by=caller.name, why=wanted.why)
    to = registry.find_model(store, wanted.to) if wanted.to else None
    change = store.model_changes.roll_back(note, to=to)
    if change is None:
        where = "this model is not one that another has followed" if to else "nobody has changed what is in use"
        raise Refused("conflict", f"there is nothing to take back: {where}; GET /v1/models/changes lists the changes")
    return change


@router.get("/models/{model_id:model}", response_model=Model)
def get_model(model_id: ModelId, service: ServiceDep) -> ModelRecord:
    """Get one stored model."""
    return registry.find_model(service.store, model_id)


@router.get("/models/{model_id:model}/model.zip", response_class=Response, responses=describe_file("the model's file"))
def download_model(model_id: ModelId, request: Request, service: ServiceDep) -> Response:
    """Download a model's file, for `trailers models import`: whole, or the part that `Range` asks for."""
    registry.find_model(service.store, model_id)
    name = {"Content-Disposition": f'attachment; filename="{model_id[:12]}.zip"', "Cache-Control": FOR_EVER}
    read = partial(service.store.models.artefact, model_id)
    return send_file(request, make_etag(model_id), read, kind="application/octet-stream", headers=name)


@router.patch("/models/{model_id:model}", response_model=Model)
def edit_model(model_id: ModelId, change: ModelEdit, service: ServiceDep, caller: CallerDep) -> ModelRecord:
    """Put a model to use, or retire it; who did it and why is among the changes.

    Where it was measured to be no worse than the one that predicts in its place, it is promoted, with the figures.
    """
    record, changes = registry.find_model(service.store, model_id), service.store.model_changes
    if change.state == "in_use":
        action, figures = choose_action(service, record)
        changes.put_to_use(record, action, ChangeNote(by=caller.name, why=change.why, figures=figures))
    else:
        changes.retire(record, ChangeNote(by=caller.name, why=change.why))
    return registry.find_model(service.store, model_id)


@router.post("/models/{model_id:model}/measure", status_code=202, response_model=Measurement)
def measure_model(model_id: ModelId, service: ServiceDep, caller: CallerDep) -> measurement_records.Measurement:
    """Have a worker measure a model on the labelled trailers of the library; one that is under way goes on."""
    record = registry.find_model(service.store, model_id)
    return service.store.measurements.ask(record.model_id, by=caller.name)


@router.get("/models/{model_id:model}/measurement", response_model=Measurement)
def get_measurement(model_id: ModelId, service: ServiceDep) -> measurement_records.Measurement:
    """Get how a model does on the labelled trailers of the library, and how far a new measurement is."""
    measurement = service.store.measurements.get(registry.find_model(service.store, model_id).model_id)
    if measurement is None:
        raise Refused("not_found", f"nobody has asked to measure this model: POST /v1/models/{model_id}/measure")
    return measurement


@router.delete("/models/{model_id:model}", status_code=204)
def delete_model(model_id: ModelId, service: ServiceDep) -> None:
    """Delete a model that is not in use; its predictions stay. One that ships can't be deleted, only retired."""
    try:
        registry.delete_model(service.store, registry.find_model(service.store, model_id))
    except WorkerError as exc:
        raise Refused("conflict", str(exc)) from exc
