"""The action of `trailers models` that places a model on labelled trailers."""

import argparse
from pathlib import Path

from classifier.evaluation.report import show_figure
from classifier.training.card import format_card
from classifier.training.placing_report import PlacingReport
from worker.arguments import natural
from worker.commands.learning.model_changes import add_note, make_note, print_use, say_namesakes
from worker.commands.output import print_json, say
from worker.errors import WorkerError
from worker.inference.registry import register
from worker.learning.data_arguments import LAYERS, check_out
from worker.learning.evaluated_models import label_of
from worker.learning.listener import LearningListener
from worker.learning.placing import PlacingSource, open_model, place_model
from worker.progress import show_progress
from worker.runtime import Runtime

FIGURES = {"hit_at_1": "hit@1", "precision_at_3": "P@3", "macro_ap": "macro AP"}


def add_placing(action: argparse.ArgumentParser) -> None:
    """Add the arguments that say on which trailers to place a model, and what to do with it."""
    source = action.add_mutually_exclusive_group()
    features = "a file of labelled trailers that `trailers features export` wrote (those of the database)"
    source.add_argument("--features", type=Path, metavar="FILE", help=features)
    layer = "whose tags of the database's trailers count: effective (the default), review or house"
    source.add_argument("--labels", choices=LAYERS, default="effective", help=layer)
    action.add_argument("--name", metavar="NAME", help="the new model's name (the old one's)")
    action.add_argument("--seed", type=natural, default=0, metavar="N", help="for folds and resamples (0)")
    action.add_argument("--out", type=Path, metavar="FILE", help="also write the model here, with its card beside it")
    action.add_argument("--use", action="store_true", help="use it from now on")
    add_note(action)


def place(runtime: Runtime, arguments: argparse.Namespace) -> None:
    """Place a model, store it, and print what that brings."""
    check_out(arguments.out)
    old = open_model(runtime, arguments.model)
    source = PlacingSource(arguments.features, arguments.labels)
    name = arguments.name or old.manifest.name
    with show_progress("placing") as progress:
        listener = LearningListener(say, progress)
        model, report = place_model(runtime, old, source, name=name, seed=arguments.seed, listener=listener)
    record = register(runtime.store, model)
    say_namesakes(runtime.store, record)
    if arguments.out is not None:
        write_model(arguments.out, model.to_bytes(), format_card(model, report))
    if arguments.use:
        runtime.store.model_changes.put_to_use(record, "use", make_note(arguments, _figures(report)))
    if arguments.json:
        print_json({"model_id": record.model_id, "metrics": report.metrics, "before": _figures(report, before=True)})
        return
    print(report)
    before, after = _figures(report, before=True), _figures(report)
    gains = (f"{FIGURES[each]} {show_figure(before[each])} to {show_figure(after[each])}" for each in after)
    print(f"{label_of(record)}, of trailers that it has not seen: {', '.join(gains)}")
    if arguments.use:
        print_use(record)
    else:
        print(f"to use it: trailers models use {record.model_id[:8]}")


def _figures(report: PlacingReport, *, before: bool = False) -> dict[str, float]:
    figures = (report.as_posters if before else report.evaluation).figures
    return {name: figures[name] for name in FIGURES if name in figures}


def write_model(path: Path, artefact: bytes, card: str) -> None:
    """Write a model and its card beside it; raises WorkerError (bad_source)."""
    try:
        path.write_bytes(artefact)
        path.with_suffix(".md").write_text(card, encoding="utf-8")
    except OSError as exc:
        raise WorkerError("bad_source", f"{str(path)!r} can't be written: {exc.strerror}") from exc
