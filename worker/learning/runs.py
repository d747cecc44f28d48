"""Runs of `trailers train`: the trainings that one command asks for, each with a split and a seed."""

import argparse
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from worker.arguments import natural, whole_number
from worker.learning.data_arguments import refuse

if TYPE_CHECKING:
    from classifier.data.split import Split
    from classifier.training.runs import Runs
    from classifier.training.training import TrainedModel
    from worker.learning.listener import LearningListener
    from worker.learning.training import TrainingSource

PUBLISHED = "published"
MAX_FOLDS = 100


@dataclass(frozen=True, slots=True)
class Outcome:
    """The first run's model and its folder, and the figures of all runs, None of a single one."""

    trained: "TrainedModel"
    folder: Path
    runs: "Runs | None"


def add_runs(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that say on which splits, with which seeds and how often to train."""
    add = parser.add_argument
    split = (
        "the split to use, made and written there if the file is missing; published: the one (or several, each a run) "
        "that the data set was published with, or the column split of --labels; write a file of this name as "
        "./published"
    )
    add("--split", type=_split, metavar=f"FILE|{PUBLISHED}", help=split)
    leaks = "use a --split that tests on films it trains on all the same; report, card and model say so"
    add("--allow-leaks", action="store_true", help=leaks)
    add("--seed", type=natural, default=0, metavar="N", help="for the split and the heads (0)")
    add("--seeds", type=_seeds, metavar="N,N,...", help="train once with each of these; prints mean and spread")
    folds = "train K times, testing each row once; prints mean and spread"
    add("--folds", type=whole_number(2, MAX_FOLDS), metavar="K", help=folds)


def _split(text: str) -> Path | str:
    return text if text == PUBLISHED else Path(text)


def _seeds(text: str) -> tuple[int, ...]:
    return tuple(dict.fromkeys(map(natural, text.split(","))))


def check_runs(arguments: argparse.Namespace) -> None:
    """Raise WorkerError (bad_source) for arguments that don't go together."""
    several = arguments.split == PUBLISHED or arguments.seeds or arguments.folds
    refuse(
        (
            (arguments.folds and arguments.split, "--folds makes its own splits: leave --split out"),
            (arguments.seeds and arguments.seed, "give --seed or --seeds, not both"),
            (
                arguments.fine_tune and several,
                "--fine-tune goes with one split and one seed: leave --seeds, --folds and --split published out",
            ),
        )
    )


def train_runs(
    source: "TrainingSource", arguments: argparse.Namespace, *, home: Path, listener: "LearningListener"
) -> Outcome:
    """Train once for each split and seed that the arguments ask for; raises what training does."""
    from classifier.training.runs import Runs
    from worker.learning.training import train_model

    runs = plan_runs(source, arguments, listener)

    def train_one(name: str) -> "tuple[TrainedModel, Path]":
        if len(runs) > 1:
            listener.say(f"run {name}")
        return train_model(runs[name], home=home, listener=listener)

    kept, *others = runs
    trained, folder = train_one(kept)
    figures = {kept: trained.report.evaluation.figures}
    figures |= {name: train_one(name)[0].report.evaluation.figures for name in others}
    return Outcome(trained, folder, Runs(figures) if others else None)


def plan_runs(
    source: "TrainingSource", arguments: argparse.Namespace, listener: "LearningListener"
) -> "dict[str, TrainingSource]":
    """Return what to train on in each run, by its name."""
    if arguments.split == PUBLISHED:
        source = _with_published(source, listener)
    runs: dict[str, TrainingSource] = {}
    for seed in arguments.seeds or (arguments.seed,):
        for name, split in _splits(source, arguments, seed).items():
            words = ", ".join(filter(None, (name, f"seed {seed}" if arguments.seeds or not name else "")))
            runs[words] = replace(source, split=split, options=replace(source.options, seed=seed))
    return runs


def _with_published(source: "TrainingSource", listener: "LearningListener") -> "TrainingSource":
    from classifier.data.published import with_published

    data = with_published(source.data)
    if n_left := len(source.data) - len(data):
        listener.say(f"{n_left:,} of {len(source.data):,} rows left out: they have no part in the published split")
    return replace(source, data=data)


def _splits(source: "TrainingSource", arguments: argparse.Namespace, seed: int) -> "Mapping[str, Split | Path | None]":
    """Return the splits of the runs with this seed by name, "" for a single one."""
    from classifier.data.published import published_splits
    from classifier.data.split import make_folds

    if arguments.split == PUBLISHED:
        return published_splits(source.data, seed=seed)
    if arguments.folds:
        folds = make_folds(source.data, seed=seed, n_folds=arguments.folds)
        return {f"fold {number}": fold for number, fold in enumerate(folds, start=1)}
    return {"": source.split}
