"""Model registry: trained models go into the database for all hosts, and one is chosen for each prediction."""

from collections.abc import Collection, Sequence
from datetime import datetime
from pathlib import Path

from classifier.model import GenreModel
from classifier.shipped import all_shipped, shipped_id
from classifier.view import SENTENCE, TRAILER, readers_of
from db.errors import NotStored
from db.records import PLACED_ON, ModelCard, ModelRecord
from db.store import Store
from worker.errors import WorkerError

SHIPS = "it ships with Trailers, and no other was in use"


def register(store: Store, model: GenreModel) -> ModelRecord:
    """Store a model with its artefact as a candidate, if it isn't stored yet; return its record."""
    manifest = model.manifest
    trained_on, placed_on = manifest.trained_on, manifest.placed_on
    card = ModelCard(
        modality=manifest.modality,
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
        thresholds=manifest.whole.thresholds,
        metrics=manifest.metrics,
        features_id=manifest.features_id,
        trained_on=f"{trained_on.description}{f'{PLACED_ON}{placed_on}' if placed_on else ''}",
        card=card,
        created_at=manifest.created_at,
    )
    store.models.add(model.to_bytes(), record)
    return store.models.get(model.model_id)


def stand_in(store: Store, path: Path) -> None:
    """Store a model that ships, and have it stand in if none of its kind is in use and it was not retired."""
    try:
        record = store.models.get(shipped_id(path))
    except NotStored:
        record = register(store, GenreModel.load(path))
    store.model_changes.start(record, why=SHIPS)


def list_models(store: Store) -> list[ModelRecord]:
    """Return all models, the newest first, those that ship among them."""
    for path in all_shipped():
        stand_in(store, path)
    return store.models.list()


def find_model(store: Store, name: str) -> ModelRecord:
    """Return a model by its id or name, those that ship among them; raises NotStored."""
    list_models(store)
    return store.models.get(name)


def delete_model(store: Store, record: ModelRecord) -> None:
    """Delete a model with its file; its predictions stay. Raises WorkerError for one that ships, or is in use."""
    label = f"{record.name} ({record.model_id[:12]})"
    if record.model_id in map(shipped_id, all_shipped()):
        raise WorkerError("bad_source", f"{label} ships with Trailers and can't be deleted: retire it")
    if not store.models.delete(record.model_id):
        raise WorkerError("bad_source", f"{label} is in use: use another, or retire it first")
    store.measurements.remove(record.model_id)


def choose_model(records: Sequence[ModelRecord], available: Collection[str]) -> ModelRecord | None:
    """Return the model that uses the most of the available inputs, None when none uses any.

    For a trailer, those that somebody put to use come before those that stand in, then a model trained on trailers
    before all others; of two that use the same inputs, the one that uses no other, and then the newest: plots as
    sentences, which need an encoder, count as no other.
    """

    def rank(record: ModelRecord) -> tuple[bool, bool, int, int, datetime]:
        inputs = record.card.modality.split("+")
        used = [name for name in available if uses_input(record, name)]
        others, of_trailer = {*inputs} - {SENTENCE}, TRAILER in used
        is_first = of_trailer and not record.stands_in, of_trailer and TRAILER in inputs
        return *is_first, len(used), -len(others), record.created_at

    best = max(records, key=rank, default=None)
    return best if best is not None and rank(best)[2] else None


def uses_input(record: ModelRecord, name: str) -> bool:
    """Return whether a model uses a `trailer`, `poster`, `plot` or `description`."""
    return not set(readers_of(name)).isdisjoint(record.card.modality.split("+"))
