"""Train a genre model on labelled posters

Every poster is one frame: Inception-V3 features, then one logistic regression a genre. Films of one group (a
franchise) never stand on both sides of the split. The report sets the model beside the trivial baselines; the
model goes into the database and judges from then on. Extraction is resumed where it was interrupted.

examples:
  trailers train --posters posters.zip --labels films.csv --file-column poster --genres-column genres
  trailers train --posters posters/ --labels films.csv --file-column file --genres-column genres \\
      --group-column collection --group-column title --out posters-model.zip
"""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from worker.errors import WorkerError
from worker.settings import Settings

if TYPE_CHECKING:
    from classifier.training import Trained


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    add = parser.add_argument
    add("--posters", type=Path, required=True, metavar="PATH", help="a zip or a folder of JPEG, PNG or WebP files")
    add("--labels", type=Path, required=True, metavar="CSV", help="a table with a file name and its genres in a row")
    add("--file-column", default="file", metavar="NAME", help="the column with the poster's file name (file)")
    add("--genres-column", default="genres", metavar="NAME", help="the column with genres separated by | (genres)")
    add(
        "--group-column",
        action="append",
        default=[],
        metavar="NAME",
        help="what stays together (the first filled one)",
    )
    add("--name", default="posters", help="the model's name (posters)")
    add("--out", type=Path, metavar="FILE", help="write the model here too, with its card beside it (.md)")
    add("--seed", type=int, default=0, metavar="N", help="for the split (0)")
    add("--json", action="store_true", help="print the metrics as one JSON object")


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Train, report, keep."""
    from worker.progress import show_progress
    from worker.runtime import Runtime
    from worker.training import PosterTable, train_on_posters

    table = PosterTable(
        posters=arguments.posters,
        labels=arguments.labels,
        file_column=arguments.file_column,
        genres_column=arguments.genres_column,
        group_columns=tuple(arguments.group_column),
    )
    with Runtime(settings) as runtime, show_progress(arguments.posters.name) as progress:
        trained = train_on_posters(
            runtime, table, name=arguments.name, seed=arguments.seed, say=_say, progress=progress
        )
    if arguments.out is not None:
        _write(trained, arguments.out)
    _print(trained, as_json=arguments.json)
    return 0


def _write(trained: "Trained", path: Path) -> None:
    from classifier.card import format_card

    try:
        trained.model.save(path)
        path.with_suffix(".md").write_text(format_card(trained.model, trained.report))
    except OSError as exc:
        raise WorkerError(
            "bad_source", f"the model is in the database, but {str(path)!r} can't be written: {exc.strerror}"
        ) from exc


def _print(trained: "Trained", *, as_json: bool) -> None:
    model = trained.model
    if as_json:
        from worker.documents import to_json

        print(to_json({"model_id": model.model_id, "metrics": trained.report.evaluation.metrics()}))
        return
    print(trained.report)
    print(f"model {model.model_id[:12]} now judges features of {model.features_id}")


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
