"""Trained models into the database, so that every worker host can load them."""

from classifier.model import GenreModel
from db.records import ModelCard, ModelRecord
from db.store import Store


def register(store: Store, model: GenreModel, *, activate: bool = True) -> ModelRecord:
    """Keep a model with its artefact and, unless told otherwise, put it to use for its features_id."""
    manifest = model.manifest
    trained_on = manifest.trained_on
    card = ModelCard(
        modality=trained_on.modality,
        n_train=trained_on.n_train,
        n_validation=trained_on.n_validation,
        n_test=trained_on.n_test,
        seed=trained_on.seed,
        data_sha256=trained_on.data_sha256,
        split_sha256=trained_on.split_sha256,
        objective=manifest.objective,
        versions=manifest.versions,
    )
    record = ModelRecord(
        model_id=model.model_id,
        name=manifest.name,
        head=manifest.head.label,
        genres=manifest.genres,
        thresholds=manifest.thresholds,
        metrics=manifest.metrics,
        features_id=manifest.features_id,
        trained_on=trained_on.description,
        card=card,
        created_at=manifest.created_at,
        active=False,
    )
    store.models.add(model.to_bytes(), record)
    return store.models.activate(model.model_id) if activate else record
