"""Train a genre model on labelled trailers, posters, plots or titles, or on several of them joined

Reads features from the database or from a file that `trailers features export` wrote (no database needed, so a GPU
machine can train), or makes them from posters, plots or titles. Films of one franchise, equal files and near-duplicates
never stand on both sides of the split. Several heads are fitted on 64 % of the rows; 16 % choose the best, calibrate it
and set the thresholds; the chosen head is fitted once more on both; the report is made on the last 20 %, beside the
trivial baselines. The model is stored as a candidate, and the last line says how it does beside the model that predicts
in its place, and the command that puts it to use; --use does that at once, without a condition. An interrupted training
goes on where it stopped when the same command is given again. With --posters, --backbone chooses the network that looks
at them, and --fine-tune first trains its top blocks on the training part (for machines with a GPU); the split is made
before that, and kept.

With several modalities each gets a head of its own; the ways of joining them are compared, and the simplest is taken
unless another is surely better. A joined model predicts from whichever of them a film has.

heads: forest, logistic_mean, logistic_stats, mlp, attention, peaks, convolution, nextvlad, gru, transformer;
       for the words of plots and titles tfidf (the default) and lstm
       Without --head: logistic_mean, logistic_stats, mlp and peaks; from 500 trailers on logistic_mean, logistic_stats,
       peaks and what looks at time: convolution, gru and transformer; on posters logistic_mean and mlp
ways of joining: late, stacked, early, gated

examples:
  trailers train                                        on the labelled trailers in the database
  trailers train --labels review                        by what people reviewed alone; house: by your own lists alone
  trailers train --use                                  and predict with the new model from now on
  trailers train --head peaks --head gru                try these two, or their average
  trailers train --features films.npz --out model.zip   from a file; model.md and pictures beside the model
  trailers train --features films.npz --out model.zip --no-database --head all      on a GPU machine; then, at home:
  trailers models import model.zip --use
  trailers train --posters posters.zip --labels films.csv --file-column poster --genres-column genres \\
      --group-column collection --group-column title
  trailers train --posters a.zip --posters b.zip --labels films.csv --file-column poster_a --file-column poster_b \\
      --genres-column imdb --genres-column movielens=movielens
  trailers train --labels films.csv --plot-column plot --genres-column genres --group-column title
  trailers train --posters posters.zip --labels films.csv --file-column poster --plot-column plot      both, joined
  trailers train --labels films.csv --plot-column plot --title-column title --year-column year --group-column title
  trailers train --labels films.csv --plot-column plot --known-column known --unknown-column unknown_here
  trailers train --with poster --with plot              the database's trailers with their posters and plots, joined
  trailers train --with sound                           with what they sound like (TRAILERS_SOUND=yamnet)
  trailers train --labels films.csv --plot-column plot --head tfidf --head lstm --word-vectors glove.6B.100d.txt
  trailers train --labels films.csv --plot-column plot --plot-encoder all-MiniLM-L6-v2
  trailers train --labels films.csv --plot-column plot --sentences      words and all-MiniLM-L6-v2's sentences, joined
  trailers train --labels films.csv --plot-column plot --six-genres --first-genre-only      as some studies do
  trailers train --split published --allow-leaks        on the split that the data set was published with
  trailers train --seeds 0,1,2                          three trainings; or --folds 5: mean and spread of the figures
  trailers train --head attention --hidden 128 --learning-rate 3e-4 --dropout .3 --batch 32 --crop 60
  trailers train --posters posters.zip --labels films.csv --backbone resnet50 --fine-tune 3        on a GPU machine
  trailers train --posters posters.zip --labels films.csv --backbone resnet50 --picture-size 160   smaller, faster
"""

import argparse
import shlex
import shutil
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from classifier.heads.kinds import FRAME_KINDS, WORD_KINDS
from classifier.joins.kinds import JOINS
from classifier.model import GenreModel
from classifier.training.card import format_card
from classifier.training.options import TrainingOptions
from worker.arguments import positive
from worker.commands.learning.model_changes import add_note, make_note, print_use, say_namesakes
from worker.commands.output import print_json, say
from worker.errors import WorkerError
from worker.inference.registry import register
from worker.learning.data_arguments import check_out, repeat_data
from worker.learning.fine_tuning import describe_tuned
from worker.learning.listener import LearningListener
from worker.learning.neural_arguments import add_neural, neural_options
from worker.learning.promotion import Assessment, assess_trained
from worker.learning.runs import Outcome, add_runs, check_runs, train_runs
from worker.learning.training import TrainingSource
from worker.learning.training_sources import (
    add_sources,
    check_sources,
    learns_from_frames,
    learns_from_words,
    name_of,
    read_training_source,
)
from worker.progress import show_progress
from worker.runtime import Runtime
from worker.settings import Settings

OBJECTIVES = ("f1", "accuracy", "precision", "recall")
PICTURES = ("learning.png", "genres.png", "reliability.png")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    add_sources(parser)
    add = parser.add_argument
    add("--name", metavar="NAME", help="the model's name (named after what it learns from)")
    add("--head", action="append", default=[], metavar="HEAD", help="a head to try, or all; may be repeated")
    add("--join", action="append", default=[], metavar="WAY", help="a way of joining to try (all four)")
    add("--thresholds-for", default="f1", choices=OBJECTIVES, help="the metric that thresholds maximise (f1)")
    add("--min-positives", type=positive, default=50, metavar="N", help="leave out genres with fewer rows (50)")
    add_runs(parser)
    add_neural(parser)
    add("--out", type=Path, metavar="FILE", help="also write the model here, with its card and pictures beside it")
    add("--no-database", action="store_true", help="only write --out; needs --features, and no MongoDB at all")
    add("--use", action="store_true", help="use the model from now on, however it compares with the one in use")
    add_note(parser)
    add("--json", action="store_true", help="print the metrics as one JSON object")


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Train, report and store the model."""
    if arguments.no_database and (arguments.out is None or arguments.features is None):
        raise WorkerError("bad_source", "--no-database needs --features FILE and --out FILE")
    if arguments.no_database and arguments.use:
        raise WorkerError(
            "bad_source", "--use needs the database: leave --no-database out, or import the model with --use"
        )
    check_out(arguments.out)
    check_sources(arguments)
    check_runs(arguments)
    with Runtime(settings) as runtime, show_progress("training") as progress:
        listener = LearningListener(say, progress)
        source = read_training_source(arguments, runtime, _training_options(arguments), listener)
        done = train_runs(source, arguments, home=settings.home, listener=listener)
        assessment = None if arguments.no_database else _store(runtime, done.trained.model, source, arguments)
    if arguments.out is not None:
        _write(done, arguments.out)
    if arguments.json:
        _print_json(done, assessment)
    else:
        _print(done, assessment, arguments)
    if source.tuned is not None:
        say(describe_tuned(source.tuned))
    return 0


def _store(runtime: Runtime, model: GenreModel, source: TrainingSource, arguments: argparse.Namespace) -> Assessment:
    """Store the model, put it to use if that is asked for, and return how it does beside the one in its place."""
    record = register(runtime.store, model)
    say_namesakes(runtime.store, record)
    assessment = assess_trained(runtime, record, model, source.data)
    if arguments.use:
        runtime.store.model_changes.put_to_use(record, "use", make_note(arguments, assessment.figures))
    return assessment


def _training_options(arguments: argparse.Namespace) -> TrainingOptions:
    frames, words = learns_from_frames(arguments), learns_from_words(arguments)
    heads = (*(FRAME_KINDS if frames else ()), *(WORD_KINDS if words else ()))
    return TrainingOptions(
        name=arguments.name or name_of(arguments),
        description="",  # known once the rows are read
        created_at=datetime.now(UTC).replace(microsecond=0),
        heads=_named(arguments.head, heads, what="head"),
        objective=arguments.thresholds_for,
        seed=arguments.seed,
        min_positives=arguments.min_positives,
        neural=neural_options(arguments),
        joins=_named(arguments.join or ["all"], tuple(JOINS), what="way of joining"),
        allow_leaks=arguments.allow_leaks,
    )


def _named(named: Sequence[str], kinds: tuple[str, ...], *, what: str) -> tuple[str, ...]:
    for name in named:
        if name != "all" and name not in kinds:
            raise WorkerError(
                "bad_source", f"there is no {what} {name!r} for these modalities; use {', '.join(kinds)}, or all"
            )
    return kinds if "all" in named else tuple(dict.fromkeys(named))


def _write(done: Outcome, path: Path) -> None:
    model, report = done.trained.model, done.trained.report
    try:
        model.save(path)
        path.with_suffix(".md").write_text(format_card(model, report, done.runs), encoding="utf-8")
        for picture in PICTURES:
            shutil.copyfile(done.folder / picture, path.with_name(f"{path.stem}-{picture}"))
    except OSError as exc:
        raise WorkerError(
            "bad_source", f"the model was trained, but {str(path)!r} can't be written: {exc.strerror}"
        ) from exc


def _print_json(done: Outcome, assessment: Assessment | None) -> None:
    model, report = done.trained.model, done.trained.report
    found = {"model_id": model.model_id, "metrics": report.evaluation.figures, "leaks": report.leaks}
    runs = done.runs.document if done.runs else {}
    print_json({**found, **runs, "assessment": assessment.document if assessment else None})


def _print(done: Outcome, assessment: Assessment | None, arguments: argparse.Namespace) -> None:
    print(done.trained.report)
    if done.runs:
        print(done.runs)
    print(f"pictures, split and heads: {done.folder}")
    if assessment is None:
        return
    if arguments.use:
        print("; ".join((assessment.finding, *assessment.losses)))
        print_use(assessment.record)
    else:
        print(assessment.conclude(shlex.join(repeat_data(arguments))))
