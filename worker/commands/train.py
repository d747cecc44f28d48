"""Train a genre model on labelled trailers, posters or plots

Reads features from the database, from a file that `trailers features export` wrote (no database needed, so a GPU
machine can train), or makes them from posters or plots. Films of one franchise, equal files and near-duplicates never
stand on both sides of the split. Several heads are fitted on 64 % of the rows; 16 % choose the best, calibrate it and
set the thresholds; what is chosen is fitted once more on both; the report is made on the last 20 %, beside the trivial
baselines. The model judges from then on.
A training that was cut off goes on where it was when the same command is given again.

heads: forest, logistic_mean, logistic_stats, mlp, attention, convolution, nextvlad, gru, transformer;
       for the words of plots tfidf (the usual one) and lstm

examples:
  trailers train                                        on the labelled trailers in the database
  trailers train --head attention --head gru            try these two, or their average
  trailers train --features films.npz --out model.zip   from a file; model.md and pictures beside the model
  trailers train --features films.npz --out model.zip --no-database --head all      on a GPU machine; then, at home:
  trailers models import model.zip
  trailers train --posters posters.zip --labels films.csv --file-column poster --genres-column genres \\
      --group-column collection --group-column title
  trailers train --posters a.zip --posters b.zip --labels films.csv --file-column poster_a --file-column poster_b \\
      --genres-column imdb --genres-column movielens=movielens
  trailers train --labels films.csv --plot-column plot --genres-column genres --group-column title
  trailers train --labels films.csv --plot-column plot --head tfidf --head lstm --word-vectors glove.6B.100d.txt
  trailers train --labels films.csv --plot-column plot --plot-encoder all-MiniLM-L6-v2
"""

import argparse
import shutil
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from worker.arguments import natural, positive
from worker.commands.models import in_words
from worker.errors import WorkerError
from worker.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classifier.dataset import Dataset
    from classifier.labels import LabelColumns
    from classifier.neural_options import NeuralOptions
    from db.records import ModelRecord
    from worker.plot_data import PlotTable
    from worker.poster_data import PosterTable
    from worker.progress import Progress
    from worker.runtime import Runtime
    from worker.training import Run

OBJECTIVES = ("f1", "accuracy", "precision", "recall")
PICTURES = ("learning.png", "genres.png", "reliability.png")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    source = parser.add_argument_group("where features and labels come from (the database if nothing is said)")
    source.add_argument("--features", type=Path, metavar="FILE", help="what `trailers features export` wrote")
    source.add_argument("--features-id", metavar="ID", help="which features of the database (those made here now)")
    source.add_argument(
        "--posters", type=Path, action="append", default=[], metavar="PATH", help="a zip or folder of JPEG, PNG or WebP"
    )
    source.add_argument(
        "--labels", type=Path, metavar="CSV", help="a table with a file name or a plot, and genres, in a row"
    )
    source.add_argument(
        "--file-column", action="append", default=[], metavar="NAME", help="file names (file); one for each --posters"
    )
    source.add_argument(
        "--genres-column",
        action="append",
        default=[],
        metavar="NAME[=SOURCE]",
        help="genres separated by | (genres), the first filled one; SOURCE, such as movielens, says whose words they "
        "are: genres it has no word for are unknown then, not absent",
    )
    source.add_argument(
        "--group-column", action="append", default=[], metavar="NAME", help="what stays together (the first filled one)"
    )
    source.add_argument(
        "--plot-column", metavar="NAME", help="learn from plots, which stand in this column of --labels"
    )
    source.add_argument(
        "--plot-encoder",
        metavar="NAME",
        help="read plots with a model of sentence-transformers, a name or a folder, rather than as words",
    )
    source.add_argument(
        "--word-vectors", type=Path, metavar="FILE", help="where the head lstm begins: lines of a word and its numbers"
    )
    add = parser.add_argument
    add("--name", metavar="NAME", help="the model's name (trailers, posters or plots)")
    add("--head", action="append", default=[], metavar="HEAD", help="a head to try, or all; may be repeated")
    add("--thresholds-for", default="f1", choices=OBJECTIVES, help="what the thresholds are to be best for (f1)")
    add("--min-positives", type=positive, default=50, metavar="N", help="leave genres of fewer rows out (50)")
    add("--split", type=Path, metavar="FILE", help="the split to use; made and written there if there is none")
    add("--loss", default="bce", choices=("bce", "asymmetric"), help="what neural heads make small (bce)")
    add("--epochs", type=positive, metavar="N", help="how long neural heads learn at most")
    add("--seed", type=natural, default=0, metavar="N", help="for the split and the heads (0)")
    add("--out", type=Path, metavar="FILE", help="write the model here too, its card and pictures beside it")
    add("--no-database", action="store_true", help="only write --out; needs --features, and no MongoDB at all")
    add("--json", action="store_true", help="print the metrics as one JSON object")


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Train, report, keep."""
    if arguments.no_database and (arguments.out is None or arguments.features is None):
        raise WorkerError("bad_source", "--no-database needs --features FILE and --out FILE")
    from worker.progress import show_progress
    from worker.registry import register
    from worker.runtime import Runtime
    from worker.training import Wishes, train_model

    with Runtime(settings) as runtime, show_progress("training") as progress:
        heads = _heads(arguments.head, words=bool(arguments.plot_column) and not arguments.plot_encoder)
        data, description = _read(arguments, runtime, progress)
        wishes = Wishes(
            name=arguments.name
            or ("posters" if arguments.posters else "plots" if arguments.plot_column else "trailers"),
            heads=heads,
            objective=arguments.thresholds_for,
            seed=arguments.seed,
            min_positives=arguments.min_positives,
            neural=_neural(arguments, data),
            split=arguments.split,
        )
        done = train_model(data, wishes, home=settings.home, description=description, say=_say, progress=progress)
        record = None if arguments.no_database else register(runtime.store, done.trained.model)
    if arguments.out is not None:
        _write(done, arguments.out)
    _print(done, record, as_json=arguments.json)
    return 0


def _neural(arguments: argparse.Namespace, data: "Dataset") -> "NeuralOptions":
    from classifier.neural_options import Loss, NeuralOptions

    options = NeuralOptions(loss=Loss[arguments.loss.upper()])
    if arguments.epochs:
        options = replace(options, epochs=arguments.epochs)
    if arguments.word_vectors is None:
        return options
    from worker.word_vectors import read_word_vectors

    return replace(options, word_vectors=read_word_vectors(arguments.word_vectors, data.X.values, say=_say))


def _heads(named: "Sequence[str]", *, words: bool) -> tuple[str, ...]:
    from classifier.kinds import FRAME_KINDS, WORD_KINDS

    kinds = WORD_KINDS if words else FRAME_KINDS
    for head in named:
        if head != "all" and head not in kinds:
            raise WorkerError(
                "bad_source", f"there is no head {head!r} for what is given; there are {', '.join(kinds)}, or all"
            )
    return kinds if "all" in named else tuple(dict.fromkeys(named))


def _read(arguments: argparse.Namespace, runtime: "Runtime", progress: "Progress") -> "tuple[Dataset, str]":
    from worker.learning_data import read_learning_data
    from worker.plot_data import plot_dataset
    from worker.poster_data import poster_dataset

    _check_source(arguments)
    if arguments.plot_column:
        return plot_dataset(_plot_table(arguments), say=_say, progress=progress)
    if arguments.posters:
        return poster_dataset(runtime, _poster_table(arguments), say=_say, progress=progress)
    return read_learning_data(runtime, file=arguments.features, features_id=arguments.features_id, progress=progress)


def _check_source(arguments: argparse.Namespace) -> None:
    """Raise WorkerError (bad_source) for arguments that name two sources, or half of one."""
    made = "--plot-column" if arguments.plot_column else "--posters" if arguments.posters else ""
    if made and (arguments.labels is None or arguments.features is not None):
        raise WorkerError("bad_source", f"{made} needs --labels CSV beside it, and no --features")
    if arguments.plot_column and (arguments.posters or arguments.file_column):
        raise WorkerError("bad_source", "--plot-column needs no --posters and no --file-column: one model, one source")
    if arguments.plot_encoder and not arguments.plot_column:
        raise WorkerError("bad_source", "--plot-encoder needs --plot-column NAME: where the plots stand")
    if arguments.word_vectors and (not arguments.plot_column or arguments.plot_encoder):
        raise WorkerError("bad_source", "--word-vectors needs --plot-column NAME, and no --plot-encoder")


def _poster_table(arguments: argparse.Namespace) -> "PosterTable":
    from worker.poster_data import PosterTable

    columns = _columns(arguments, files=tuple(arguments.file_column or ["file"]))
    return PosterTable(tuple(arguments.posters), arguments.labels, columns)


def _plot_table(arguments: argparse.Namespace) -> "PlotTable":
    from worker.plot_data import PlotTable

    return PlotTable(arguments.labels, _columns(arguments, files=(arguments.plot_column,)), arguments.plot_encoder)


def _columns(arguments: argparse.Namespace, *, files: tuple[str, ...]) -> "LabelColumns":
    from classifier.genres import VOCABULARIES
    from classifier.labels import LabelColumns

    genres = tuple(text.partition("=")[::2] for text in arguments.genres_column or ["genres"])
    for _, source in genres:
        if source and source not in VOCABULARIES:
            raise WorkerError(
                "bad_source", f"nobody knows the words of {source!r}; there are {', '.join(VOCABULARIES)}"
            )
    return LabelColumns(files=files, genres=genres, groups=tuple(arguments.group_column))


def _write(done: "Run", path: Path) -> None:
    from classifier.card import format_card

    try:
        done.trained.model.save(path)
        path.with_suffix(".md").write_text(format_card(done.trained.model, done.trained.report), encoding="utf-8")
        for picture in PICTURES:
            shutil.copyfile(done.folder / picture, path.with_name(f"{path.stem}-{picture}"))
    except OSError as exc:
        raise WorkerError(
            "bad_source", f"the model was trained, but {str(path)!r} can't be written: {exc.strerror}"
        ) from exc


def _print(done: "Run", record: "ModelRecord | None", *, as_json: bool) -> None:
    model = done.trained.model
    if as_json:
        from worker.documents import to_json

        print(to_json({"model_id": model.model_id, "metrics": done.trained.report.evaluation.metrics()}))
        return
    print(done.trained.report)
    if record is not None:
        print(f"model {model.model_id[:12]} now judges {in_words(record)}")
    print(f"pictures, split and heads: {done.folder}")


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
