"""Trained models into the database, so that every worker host can load them."""

from classifier.model import GenreModel
from db.records import ModelRecord
from db.store import Store


def register(store: Store, model: GenreModel, *, activate: bool = True) -> ModelRecord:
    """Keep a model with its artefact and, unless told otherwise, put it to use for its features_id."""
    manifest = model.manifest
    record = ModelRecord(
        model_id=model.model_id,
        name=manifest.name,
        head=manifest.head,
        genres=manifest.genres,
        thresholds=manifest.thresholds,
        metrics=manifest.metrics,
        features_id=manifest.features_id,
        trained_on=manifest.trained_on.description,
        created_at=manifest.created_at,
        active=False,
    )
    store.models.add(model.to_bytes(), record)
    return store.models.activate(model.model_id) if activate else record
