"""The actions of `trailers models` that change what is in use, and its history; no command itself."""

import argparse
import dataclasses
from collections.abc import Mapping

from classifier.counts import count
from classifier.view import in_words
from db.records import ChangeNote, ModelChange, ModelRecord
from db.store import Store
from worker.arguments import add_by
from worker.commands.output import print_json, say
from worker.errors import WorkerError
from worker.inference.registry import choose_model, find_model, list_models
from worker.learning.data_arguments import add_data, check_data
from worker.learning.evaluated_models import label_of
from worker.learning.listener import LearningListener
from worker.learning.promotion import assess, assess_use
from worker.predicting.report import print_table
from worker.progress import show_progress
from worker.runtime import Runtime

DONE = {
    "initial": "stands in",
    "promote": "promoted",
    "use": "put to use",
    "retire": "retired",
    "rollback": "rolled back",
}


def add_note(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that say who changes what is in use, and why."""
    add_by(parser, role="person who decides this")
    parser.add_argument("--why", metavar="TEXT", default="", help="the reason, for the history")


def add_promotion(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of a promotion: the films to compare on, as in `trailers evaluate`."""
    parser.add_argument("--anyway", action="store_true", help="also when it is worse, or can do less")
    add_note(parser)
    add_data(parser, backbone="the model's")


def promote(runtime: Runtime, arguments: argparse.Namespace) -> None:
    """Put a model to use if it is at least as good as the one in its place; raises WorkerError (model_not_better)."""
    check_data(arguments)
    record = find_model(runtime.store, arguments.model)
    if record.active:
        raise WorkerError("bad_source", f"{label_of(record)} is in use already")
    with show_progress("comparing") as progress:
        assessment = assess(runtime, record, arguments, LearningListener(say, progress))
    if assessment.objections and not arguments.anyway:
        raise WorkerError(
            "model_not_better",
            f"not promoted: {'; '.join(assessment.objections)}; promote it with --anyway to use it all the same",
        )
    runtime.store.model_changes.put_to_use(record, "promote", make_note(arguments, assessment.figures))
    if arguments.json:
        print_json({"model_id": record.model_id, **assessment.document})
        return
    print("; ".join((assessment.finding, *assessment.losses)))
    print_use(record)


def use(runtime: Runtime, arguments: argparse.Namespace) -> None:
    """Put a model to use without a comparison; say what is given up."""
    record = find_model(runtime.store, arguments.model)
    for loss in assess_use(runtime, record, runtime.model(record)).losses:
        say(loss)
    runtime.store.model_changes.put_to_use(record, "use", make_note(arguments))
    if arguments.json:
        print_json({"model_id": record.model_id})
    else:
        print_use(record)


def retire(runtime: Runtime, arguments: argparse.Namespace) -> None:
    """Take a model out of use."""
    record = find_model(runtime.store, arguments.model)
    change = runtime.store.model_changes.retire(record, make_note(arguments))
    if change is None:
        raise WorkerError("bad_source", f"{label_of(record)} is retired already")
    _print_outcome(runtime, change, as_json=arguments.json)


def roll_back(runtime: Runtime, arguments: argparse.Namespace) -> None:
    """Undo the last change, or those back to a model."""
    to = find_model(runtime.store, arguments.to) if arguments.to else None
    if to is not None and to.active:
        raise WorkerError("bad_source", f"{label_of(to)} is in use already")
    change = runtime.store.model_changes.roll_back(make_note(arguments), to=to)
    if change is None:
        what = f"{label_of(to)} was not in use before" if to else "nobody has changed what is in use"
        raise WorkerError(
            "bad_source", f"{what}: see trailers models history; or choose one: trailers models use MODEL"
        )
    _print_outcome(runtime, change, as_json=arguments.json)


def show_history(store: Store, *, as_json: bool) -> None:
    """Print every change of what is in use, the last first."""
    names = {record.model_id: label_of(record) for record in list_models(store)}
    changes = store.model_changes.list()[::-1]
    if as_json:
        for change in changes:
            print_json(dataclasses.asdict(change))
        return
    print_table(
        ("", "when", "what", "model", "in use after", "for", "by", "why", "figures"),
        [
            (
                str(change.number),
                f"{change.created_at:%Y-%m-%d %H:%M}",
                DONE[change.action],
                _name(names, change.model_id),
                _name(names, change.in_use),
                in_words(change.modality),
                change.by,
                change.why,
                ", ".join(f"{name} {value:.3g}" for name, value in change.figures.items()),
            )
            for change in changes
        ],
    )


def make_note(arguments: argparse.Namespace, figures: Mapping[str, float] | None = None) -> ChangeNote:
    """Return who changes what is in use and why, as the arguments say."""
    return ChangeNote(by=arguments.by, why=arguments.why, figures=figures or {})


def say_namesakes(store: Store, record: ModelRecord) -> None:
    """Say that a new model has the name of others, by which none of them can be meant any more."""
    others = sum(each.name == record.name and each.model_id != record.model_id for each in list_models(store))
    if others:
        named = count(others, "other model is", "other models are")
        say(f"{named} called {record.name!r}, too: name this one by its id, {record.model_id[:8]}")


def print_use(record: ModelRecord) -> None:
    """Print what a model that was put to use predicts for."""
    print(f"{record.name} ({record.model_id[:12]}) {describe_use(record)}")


def describe_use(record: ModelRecord) -> str:
    """Return what a model in use predicts for."""
    use = f"now predicts for {in_words(record.card.modality)}, from features of {record.features_id}"
    stands_in = "poster" in record.card.modality and "trailer" not in record.card.modality
    return f"{use}, and for trailers while no model of trailers was put to use" if stands_in else use


def _name(names: Mapping[str, str], model_id: str | None) -> str:
    return names.get(model_id, f"deleted {model_id[:8]}") if model_id else "none"


def _print_outcome(runtime: Runtime, change: ModelChange, *, as_json: bool) -> None:
    """Print what is in use after a retirement or a rollback; what ships may stand in now."""
    inputs = change.modality.split("+")
    record = choose_model(runtime.models_in_use(change.features_id), inputs)
    if as_json:
        print_json({"change": dataclasses.asdict(change), "in_use": record.model_id if record else None})
    elif record and record.card.modality == change.modality:
        print_use(record)
    elif record:
        uses = in_words(record.card.modality)
        print(f"{label_of(record)}, a model of {uses}, now predicts for {in_words(change.modality)}")
    else:
        print(f"no model of {in_words(change.modality)} is in use now, for features of {change.features_id}")
