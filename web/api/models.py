"""Trained models and their metrics."""

from functools import partial

from fastapi import Request, Response

from db.records import ChangeNote, ModelChange, ModelRecord
from web.api.routing import CallerDep, ModelId, ServiceDep, make_router
from web.errors import Refused
from web.kept_files import FOR_EVER, describe_file, make_etag, send_file
from web.model_responses import Model, ModelChanges, Models
from web.request_bodies import ModelEdit
from worker.errors import WorkerError
from worker.inference import registry

router = make_router("models")


@router.get("/models", response_model=Models)
def list_models(service: ServiceDep) -> dict[str, list[ModelRecord]]:
    """List the stored models, newest first; those in use make the predictions."""
    return {"models": registry.list_models(service.store)}


@router.get("/models/changes", response_model=ModelChanges)
def list_model_changes(service: ServiceDep) -> dict[str, list[ModelChange]]:
    """List every change of what is in use, the last first: who, when, why."""
    return {"changes": service.store.model_changes.list()[::-1]}


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
    """Put a model to use, or retire it; who did it and why is among the changes."""
    record, changes = registry.find_model(service.store, model_id), service.store.model_changes
    note = ChangeNote(by=caller.name, why=change.why)
    if change.state == "in_use":
        changes.put_to_use(record, "use", note)
    else:
        changes.retire(record, note)
    return registry.find_model(service.store, model_id)


@router.delete("/models/{model_id:model}", status_code=204)
def delete_model(model_id: ModelId, service: ServiceDep) -> None:
    """Delete a model that is not in use; its predictions stay. One that ships can't be deleted, only retired."""
    try:
        registry.delete_model(service.store, registry.find_model(service.store, model_id))
    except WorkerError as exc:
        raise Refused("conflict", str(exc)) from exc
