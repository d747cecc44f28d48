"""List, compare, promote, roll back and exchange models, trained or made of prompts

MODEL is a model_id, its first letters, or the model's name. A model that was trained or imported is a candidate; it
predicts once it is put to use. For each features_id and combination of modalities one model is in use: the one of
posters also predicts for trailers as long as no model of trailers was put to use, and the models that ship with
Trailers stand in where no other is in use, unless they were retired; for a trailer they come after every model that
somebody put to use.
`promote` compares a candidate with the model that predicts in its place, on films that neither has learnt from (the
labelled trailers of the database, or those named as in `trailers evaluate`), over the genres that both predict. It
refuses a model that is worse, predicts fewer genres or looks at less, unless --anyway; `use` doesn't compare.
`place` gives a model of posters a trailer's head of its own, from labelled trailers (some fifty do): the order of
trailers within a genre stays, and the scores come to lie where trailers have their genres (docs/placing.md).
`prompts` makes a model of captions such as "a frame of a horror film", for a network that has learnt from pictures and
their captions (CLIP, SigLIP): without any film (zero-shot). Its scores order films and are not calibrated: `place` it
on labelled trailers; TRAILERS_PRIORS says how frequent the genres are (docs/backbones.md).
`measure` says how a model does on the labelled trailers of the database that it hasn't learnt from, genre by genre, and
beside the model that predicts in its place; `show` shows it again, and the model's page draws it. `trailers up` does so
with new candidates by itself once 20 trailers have labels.
`rollback` undoes the last change, again and again if repeated, or all changes back to the model named by --to.

examples:
  trailers models list
  trailers models show 3f9a
  trailers models measure 3f9a                   genre by genre, on the labelled trailers of the database
  trailers models promote 3f9a                   if it is better on the labelled trailers of the database
  trailers models promote 3f9a --labels films.csv --plot-column plot --group-column title      on films of a table
  trailers models promote 3f9a --anyway --why "knows our genres"
  trailers models use 3f9a                       without a comparison
  trailers models place 3f9a                     on the labelled trailers of the database; reports before and after
  trailers models place posters.zip --features films.npz --out placed.zip      a model's file, on a file of trailers
  trailers models prompts zero --backbone clip_vit_b32 --use                   our genres, by captions of ours
  trailers models prompts house --backbone siglip_b16 --genre Giallo --genre Heist --genre Western
  trailers models prompts house --backbone clip_vit_b32 --prompts prompts.csv  a table of genre and prompt
  trailers models history                        who put which model to use, when and why
  trailers models rollback                       take the last change back
  trailers models rollback --to 77c0
  trailers models retire 3f9a                    stop using it; what predicted without it does again
  trailers models delete 3f9a                    its predictions stay
  trailers models export 3f9a posters.zip
  trailers models export 3f9a network.keras      a neural head as a standard Keras file, for other programs
  trailers models import posters.zip --use       from another machine
"""

import argparse
import dataclasses
from pathlib import Path

from classifier.joins.base import Alone
from classifier.model import GenreModel
from classifier.view import in_words as plural
from db.records import Estimate
from db.store import Store
from worker.commands.learning.model_changes import (
    add_note,
    add_promotion,
    make_note,
    print_use,
    promote,
    retire,
    roll_back,
    say_namesakes,
    show_history,
    use,
)
from worker.commands.learning.model_measuring import measure, show_measurement
from worker.commands.learning.model_placing import add_placing, place
from worker.commands.learning.model_prompts import add_prompts, make_of_prompts
from worker.commands.output import print_json
from worker.errors import WorkerError
from worker.inference.placements import SHARES
from worker.inference.registry import delete_model, find_model, list_models, register
from worker.learning.evaluated_models import label_of
from worker.learning.promotion import assess_use
from worker.predicting.report import print_table
from worker.runtime import Runtime
from worker.settings import Settings

KERAS = ".keras"


STATES = {"in_use": "in use", "candidate": "candidate", "retired": "retired"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's actions."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    for name, summary in (
        ("list", "list the models in the database, newest first"),
        ("show", "show a model's training data, metrics and thresholds"),
        ("measure", "measure a model on the labelled trailers of the database, genre by genre"),
        ("place", "give a model of posters a trailer's head of its own, from labelled trailers"),
        ("prompts", "make a model of captions of genres, without any film"),
        ("promote", "use a model from now on if it is at least as good as the one in use"),
        ("use", "use a model from now on, without a comparison"),
        ("rollback", "undo the last change of what is in use"),
        ("retire", "use a model no longer"),
        ("history", "list every change of what is in use: who, when, why"),
        ("delete", "delete a model that is not in use; its predictions stay"),
        ("export", "write a model to a file"),
        ("import", "check a model file and store it as a candidate"),
    ):
        action = actions.add_parser(name, help=summary, description=summary)
        if name not in ("list", "history", "prompts", "rollback", "import"):
            file = ", or a model's file" if name == "place" else ""
            action.add_argument("model", metavar="MODEL", help=f"a model_id, its first letters, or a name{file}")
        if name in ("export", "import"):
            action.add_argument("file", metavar="FILE", type=Path, help="the model file")
        if name == "promote":
            add_promotion(action)
        if name == "place":
            add_placing(action)
        if name == "prompts":
            add_prompts(action)
        if name == "rollback":
            action.add_argument("--to", metavar="MODEL", help="the model to go back to (the one before)")
        if name == "import":
            action.add_argument("--use", action="store_true", help="use it from now on")
        if name in ("use", "rollback", "retire", "import"):
            add_note(action)
        action.add_argument("--json", action="store_true", help="print JSON")


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Do one of the actions."""
    changes = {
        "measure": measure,
        "place": place,
        "prompts": make_of_prompts,
        "promote": promote,
        "use": use,
        "rollback": roll_back,
        "retire": retire,
        "import": _import,
    }
    with Runtime(settings) as runtime:
        store = runtime.store
        if arguments.action in changes:
            changes[arguments.action](runtime, arguments)
        elif arguments.action == "list":
            _list(store, as_json=arguments.json)
        elif arguments.action == "history":
            show_history(store, as_json=arguments.json)
        elif arguments.action == "show":
            _show(store, arguments.model, as_json=arguments.json)
        elif arguments.action == "delete":
            _delete(store, arguments.model, as_json=arguments.json)
        else:
            _export(store, arguments.model, arguments.file)
    return 0


def _list(store: Store, *, as_json: bool) -> None:
    records = list_models(store)
    if as_json:
        for record in records:
            print_json(dataclasses.asdict(record))
        return
    print_table(
        ("model", "name", "state", "uses", "head", "genres", "macro AP", "features_id"),
        [
            (
                record.model_id[:12],
                record.name,
                STATES[record.state],
                plural(record.card.modality),
                record.head,
                str(len(record.genres)),
                f"{record.metrics['macro_ap']:.3f}" if "macro_ap" in record.metrics else "",
                record.features_id,
            )
            for record in records
        ],
    )


def _show(store: Store, name: str, *, as_json: bool) -> None:
    record = find_model(store, name)
    if as_json:
        measurement = store.measurements.get(record.model_id)
        print_json(
            dataclasses.asdict(record) | {"measurement": dataclasses.asdict(measurement) if measurement else None}
        )
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
        ("state", STATES[record.state]),
        *(("in this library", _describe(each)) for each in store.placements.of_model(record.model_id)),
        *((metric, f"{value:.3f}") for metric, value in record.metrics.items()),
        *((f"threshold {g}", f"{t:.3f}") for g, t in zip(record.genres, record.thresholds, strict=True)),
    ]
    print_table(("", ""), rows)
    show_measurement(store, record.model_id)


def _describe(found: Estimate) -> str:
    shares = "genres' shares by the tags of" if found.of == SHARES else "scores matched to those of"
    return f"{shares} {found.n:,} trailers, {found.made_at:%Y-%m-%d %H:%M} UTC"


def _delete(store: Store, name: str, *, as_json: bool) -> None:
    record = find_model(store, name)
    delete_model(store, record)
    if as_json:
        print_json({"model_id": record.model_id})
    else:
        print(f"{record.name} ({record.model_id[:12]}) is deleted; its predictions stay")


def _export(store: Store, name: str, path: Path) -> None:
    record = find_model(store, name)
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


def _import(runtime: Runtime, arguments: argparse.Namespace) -> None:
    path = arguments.file
    if not path.is_file():
        raise WorkerError("file_not_found", f"there is no model file {str(path)!r}; check the path")
    model = GenreModel.load(path)
    record = register(runtime.store, model)
    say_namesakes(runtime.store, record)
    assessment = assess_use(runtime, record, model)
    if arguments.use:
        runtime.store.model_changes.put_to_use(record, "use", make_note(arguments))
    if arguments.json:
        print_json({"model_id": record.model_id, **assessment.document})
    elif arguments.use:
        print_use(record)
    elif record.active:
        print(f"{label_of(record)} is in use already")
    else:
        name = record.model_id[:8]
        print(f"{label_of(record)} is stored; to compare it with what is in use: trailers models promote {name}")
        print(f"to use it at once: trailers models use {name}")
