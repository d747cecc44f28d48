"""List, show, choose, export and import trained models

MODEL is a model_id, its first letters, or the model's name. For each features_id one model of trailers is active, and
one of posters, which also predicts for trailers as long as there is no model of trailers.

examples:
  trailers models list
  trailers models show 3f9a
  trailers models use 3f9a
  trailers models export 3f9a posters.zip
  trailers models export 3f9a network.keras      a neural head as a standard Keras file, for other programs
  trailers models import posters.zip
"""

import argparse
import dataclasses
from pathlib import Path

from classifier.joins.base import Alone
from classifier.model import GenreModel
from classifier.view import in_words as plural
from db.records import ModelRecord
from db.store import Store
from worker.commands.output import print_json
from worker.errors import WorkerError
from worker.inference.registry import register
from worker.predicting.report import print_table
from worker.runtime import Runtime
from worker.settings import Settings

KERAS = ".keras"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's actions."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    for name, summary in (
        ("list", "list the models in the database, newest first"),
        ("show", "show a model's training data, metrics and thresholds"),
        ("use", "predict with this model from now on"),
        ("export", "write a model to a file"),
        ("import", "check a model file, store it and use it from now on"),
    ):
        action = actions.add_parser(name, help=summary, description=summary)
        if name in ("show", "use", "export"):
            action.add_argument("model", metavar="MODEL", help="a model_id, its first letters, or a name")
        if name in ("export", "import"):
            action.add_argument("file", metavar="FILE", type=Path, help="the model file")
        action.add_argument("--json", action="store_true", help="print JSON")


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Do one of the actions."""
    with Runtime(settings) as runtime:
        store = runtime.store
        if arguments.action == "list":
            _list(store, as_json=arguments.json)
        elif arguments.action == "show":
            _show(store, arguments.model, as_json=arguments.json)
        elif arguments.action == "use":
            _activate(store, store.models.get(arguments.model).model_id)
        elif arguments.action == "export":
            _export(store, arguments.model, arguments.file)
        else:
            _import(store, arguments.file)
    return 0


def _list(store: Store, *, as_json: bool) -> None:
    records = store.models.list()
    if as_json:
        for record in records:
            print_json(dataclasses.asdict(record))
        return
    print_table(
        ("model", "name", "active", "head", "genres", "macro AP", "features_id"),
        [
            (
                record.model_id[:12],
                record.name,
                "yes" if record.active else "",
                record.head,
                str(len(record.genres)),
                f"{record.metrics['macro_ap']:.3f}" if "macro_ap" in record.metrics else "",
                record.features_id,
            )
            for record in records
        ],
    )


def _show(store: Store, name: str, *, as_json: bool) -> None:
    record = store.models.get(name)
    if as_json:
        print_json(dataclasses.asdict(record))
        return
    card = record.card
    rows = [
        ("model_id", record.model_id),
        ("name", record.name),
        ("head", record.head),
        ("features_id", record.features_id),
        ("trained on", f"{plural(card.modality)}: {record.trained_on}"),
        ("rows", f"{card.n_train:,} to train, {card.n_validation:,} to choose and calibrate, {card.n_test:,} to test"),
        ("data", f"sha256 {card.data_sha256[:16]}, split {card.split_sha256[:16]} of seed {card.seed}"),
        ("thresholds for", card.objective),
        ("made with", ", ".join(f"{name} {version}" for name, version in card.versions.items())),
        ("created", f"{record.created_at:%Y-%m-%d %H:%M} UTC"),
        ("active", "yes" if record.active else "no"),
        *((metric, f"{value:.3f}") for metric, value in record.metrics.items()),
        *((f"threshold {g}", f"{t:.3f}") for g, t in zip(record.genres, record.thresholds, strict=True)),
    ]
    print_table(("", ""), rows)


def _activate(store: Store, model_id: str) -> None:
    record = store.models.activate(model_id)
    print(f"{record.name} ({record.model_id[:12]}) {describe_use(record)}")


def describe_use(record: ModelRecord) -> str:
    """Return what an active model predicts for."""
    use = f"now predicts for {plural(record.card.modality)}, from features of {record.features_id}"
    stands_in = "poster" in record.card.modality and "trailer" not in record.card.modality
    return f"{use}, and for trailers while there is no model of trailers" if stands_in else use


def _export(store: Store, name: str, path: Path) -> None:
    record = store.models.get(name)
    model = GenreModel.from_bytes(store.models.artefact(record.model_id), sha256=record.model_id)
    try:
        if path.suffix == KERAS:
            _export_keras(model, path)
        else:
            model.save(path)
    except OSError as exc:
        raise WorkerError("bad_source", f"{str(path)!r} can't be written: {exc.strerror}") from exc
    print(f"{path}  {'of model' if path.suffix == KERAS else 'sha256'} {record.model_id}")


def _export_keras(model: GenreModel, path: Path) -> None:
    from classifier.heads.neural import NeuralHead

    head = model.join.head if isinstance(model.join, Alone) else None
    if not isinstance(head, NeuralHead):
        raise WorkerError(
            "bad_source", f"{model.manifest.head.label} is not a single network; export it to a .zip, which numpy reads"
        )
    head.to_keras(path)


def _import(store: Store, path: Path) -> None:
    if not path.is_file():
        raise WorkerError("file_not_found", f"there is no model file {str(path)!r}; check the path")
    model = GenreModel.load(path)
    register(store, model, activate=False)
    _activate(store, model.model_id)
