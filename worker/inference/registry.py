"""Trained models into the database, so that every worker host can load them, and which of them judges."""

from collections.abc import Collection, Sequence

from classifier.model import GenreModel
from classifier.view import readers_of
from db.records import ModelCard, ModelRecord
from db.store import Store


def register(store: Store, model: GenreModel, *, activate: bool = True) -> ModelRecord:
    """Keep a model with its artefact and, unless told otherwise, put it to use for its features_id."""
    manifest = model.manifest
    trained_on = manifest.trained_on
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
        trained_on=trained_on.description,
        card=card,
        created_at=manifest.created_at,
        active=False,
    )
    store.models.add(model.to_bytes(), record)
    return store.models.activate(model.model_id) if activate else record


def choose_model(records: Sequence[ModelRecord], at_hand: Collection[str]) -> ModelRecord | None:
    """Return the model that makes most of what is at hand, None when none makes anything of it.

    For a trailer, one that has learnt from trailers goes before all others; of two that look at the same, the one
    that looks at nothing else.
    """

    def worth(record: ModelRecord) -> tuple[bool, int, int]:
        inputs = record.card.modality.split("+")
        used = [name for name in at_hand if looks_at(record, name)]
        return "trailer" in used and "trailer" in inputs, len(used), -len(inputs)

    best = max(records, key=worth, default=None)
    return best if best is not None and worth(best)[1] else None


def looks_at(record: ModelRecord, name: str) -> bool:
    """Tell whether a model makes anything of a `trailer`, `poster`, `plot` or `description`."""
    return not set(readers_of(name)).isdisjoint(record.card.modality.split("+"))
