"""Train a genre model on labelled trailers or posters

Reads features from the database, from a file that `trailers features export` wrote (no database needed, so a GPU
machine can train), or makes them from posters. Films of one franchise, equal files and near-duplicates never stand
on both sides of the split. Several heads are fitted on 64 % of the rows; 16 % choose the best, calibrate it and set
the thresholds; what is chosen is fitted once more on both; the report is made on the last 20 %, beside the trivial
baselines. The model judges from then on.
A training that was cut off goes on where it was when the same command is given again.
With --posters, --backbone chooses the network that looks at them, and --fine-tune has its top blocks learn from the
train part first (for machines with a GPU); the split is made before that, and kept.

heads: forest, logistic_mean, logistic_stats, mlp, attention, convolution, nextvlad, gru, transformer

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
  trailers train --posters posters.zip --labels films.csv --backbone resnet50 --fine-tune 3        on a GPU machine
"""

import argparse
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from worker.arguments import add_backbone, natural, positive
from worker.commands.models import in_words
from worker.errors import WorkerError
from worker.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classifier.neural_options import NeuralOptions
    from db.records import ModelRecord
    from worker.poster_data import PosterTable
    from worker.poster_training import BackboneWish, Lesson
    from worker.progress import Progress
    from worker.runtime import Runtime
    from worker.training import Run, Wishes

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
    source.add_argument("--labels", type=Path, metavar="CSV", help="a table with a file name and its genres in a row")
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
    add_backbone(source)
    source.add_argument(
        "--fine-tune",
        type=positive,
        metavar="N",
        help="have the top N blocks of the backbone learn first; for GPUs",
    )
    source.add_argument(
        "--fine-tune-epochs", type=positive, default=10, metavar="N", help="for how many epochs at most (10)"
    )
    add = parser.add_argument
    add("--name", metavar="NAME", help="the model's name (trailers, or posters)")
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
    from worker.poster_training import how_to_use
    from worker.progress import show_progress
    from worker.registry import register
    from worker.runtime import Runtime
    from worker.training import Wishes, train_model

    wishes = Wishes(
        name=arguments.name or ("posters" if arguments.posters else "trailers"),
        heads=_heads(arguments.head),
        objective=arguments.thresholds_for,
        seed=arguments.seed,
        min_positives=arguments.min_positives,
        neural=_neural(arguments),
        split=arguments.split,
    )
    with Runtime(settings) as runtime, show_progress("training") as progress:
        lesson = _read(arguments, runtime, wishes, progress)
        done = train_model(
            lesson.data,
            lesson.wishes,
            home=settings.home,
            description=lesson.description,
            say=_say,
            progress=progress,
        )
        record = None if arguments.no_database else register(runtime.store, done.trained.model)
    if arguments.out is not None:
        _write(done, arguments.out)
    _print(done, record, as_json=arguments.json)
    if lesson.tuned is not None:
        _say(how_to_use(lesson.tuned))
    return 0


def _neural(arguments: argparse.Namespace) -> "NeuralOptions":
    from classifier.neural_options import Loss, NeuralOptions

    loss = Loss[arguments.loss.upper()]
    return NeuralOptions(loss=loss, epochs=arguments.epochs) if arguments.epochs else NeuralOptions(loss=loss)


def _heads(named: "Sequence[str]") -> tuple[str, ...]:
    from classifier.kinds import KINDS

    for head in named:
        if head != "all" and head not in KINDS:
            raise WorkerError("bad_source", f"there is no head {head!r}; the heads are {', '.join(KINDS)}, or all")
    return tuple(KINDS) if "all" in named else tuple(dict.fromkeys(named))


def _read(arguments: argparse.Namespace, runtime: "Runtime", wishes: "Wishes", progress: "Progress") -> "Lesson":
    from worker.fine_tuning import Hearer
    from worker.learning_data import read_learning_data
    from worker.poster_training import Lesson, read_posters

    if arguments.posters:
        if arguments.labels is None or arguments.features is not None:
            raise WorkerError("bad_source", "--posters needs --labels CSV beside it, and no --features")
        return read_posters(runtime, _table(arguments), _backbone(arguments), wishes, hearer=Hearer(_say, progress))
    if arguments.backbone != "inception_v3" or arguments.backbone_weights or arguments.fine_tune:
        raise WorkerError("bad_source", "--backbone, --backbone-weights and --fine-tune are for --posters only")
    data, words = read_learning_data(
        runtime, file=arguments.features, features_id=arguments.features_id, progress=progress
    )
    return Lesson(data, words, wishes)


def _backbone(arguments: argparse.Namespace) -> "BackboneWish":
    from extractor.fine_tuning import FineTuning
    from worker.poster_training import BackboneWish

    tuning = FineTuning(blocks=arguments.fine_tune or 1, epochs=arguments.fine_tune_epochs, seed=arguments.seed)
    return BackboneWish(arguments.backbone, arguments.backbone_weights, tuning if arguments.fine_tune else None)


def _table(arguments: argparse.Namespace) -> "PosterTable":
    from classifier.genres import VOCABULARIES
    from classifier.labels import LabelColumns
    from worker.poster_data import PosterTable

    genres = tuple(text.partition("=")[::2] for text in arguments.genres_column or ["genres"])
    for _, source in genres:
        if source and source not in VOCABULARIES:
            raise WorkerError(
                "bad_source", f"nobody knows the words of {source!r}; there are {', '.join(VOCABULARIES)}"
            )
    files = tuple(arguments.file_column or ["file"])
    columns = LabelColumns(files=files, genres=genres, groups=tuple(arguments.group_column))
    return PosterTable(tuple(arguments.posters), arguments.labels, columns)


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
