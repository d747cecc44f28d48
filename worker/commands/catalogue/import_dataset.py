"""Import a published data set: trailers become jobs with labels, features are stored, films a table

DATASET is a list (movienet, movielens, imdb5000, trailers12k, lmtd9), which is queued like `trailers batch LIST
--queue`; features (trailers15k of Inception-v3, trailers12k-resnet50, trailers12k-swin, trailers12k-swin3d, mmtf14k of
AlexNet), to train on without the videos; or mmimdb, posters and plots, of which a table for `trailers train` is made.
PATH is its file or the folder that holds its files; docs/data.md says which, and where they come from. Running the same
import again changes nothing; a killed one goes on.

examples:
  trailers import movienet movienet_trailers_genres_clean.csv --dry-run
  trailers import movienet ~/data/movienet --limit 1000 && trailers up
  trailers import trailers12k-swin ~/data/trailers12k && trailers train --split published --allow-leaks
  trailers import mmimdb ~/data/mmimdb
"""

import argparse
import shlex
from pathlib import Path
from typing import Any

from classifier.counts import count
from worker.arguments import MAX_PRIORITY, positive, priority
from worker.batches.preparing import BatchRequest, already_prepared, prepare
from worker.commands.output import print_json
from worker.importers.datasets import FEATURES, LISTS
from worker.importers.lists import WantedRows, convert, usable_rows, write_lines
from worker.importers.mmimdb import find_posters, table_lines
from worker.importers.published_features import Importer
from worker.importers.tally import Tally
from worker.jobs.bells import bell_of
from worker.progress import show_count
from worker.runtime import Runtime
from worker.settings import Settings
from worker.terminal import warn

MMIMDB = "mmimdb"
PATIENCE_S = 900  # to wait for a database that is away for a while


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    add = parser.add_argument
    add("dataset", choices=(*FEATURES, *LISTS, MMIMDB), metavar="DATASET", help="the data set's name")
    add("path", type=Path, metavar="PATH", help="its file, or the folder that holds its files")
    add("--limit", type=positive, metavar="N", help="at most this many trailers")
    add("--dry-run", action="store_true", help="only say what would be done")
    add("--priority", type=priority, default=0, metavar="N", help=f"of the jobs, up to {MAX_PRIORITY} (0)")
    add("--json", action="store_true", help="print one JSON object")


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Import; return 0, 3 when some rows could not be used, or the error's exit code when none could."""
    if arguments.dataset in FEATURES:
        return _import_features(arguments, settings)
    return (_import_films if arguments.dataset == MMIMDB else _import_list)(arguments, settings)


def _import_features(arguments: argparse.Namespace, settings: Settings) -> int:
    features = FEATURES[arguments.dataset](arguments.path, _say)
    importer = Importer(features, limit=arguments.limit)
    with show_count("trailers") as on_count:
        if arguments.dry_run:
            importer.run(None, on_count)
        else:
            with Runtime(settings, patience_s=PATIENCE_S) as runtime:
                importer.run(runtime.store, on_count)
    document = {"features_id": features.features_id, "written": importer.n_written}
    summary = f"{count(importer.n_written, 'trailer')} written, features {features.features_id}"
    _print(arguments, importer.tally, document, summary)
    return importer.tally.status


def _import_films(arguments: argparse.Namespace, settings: Settings) -> int:
    tally = Tally()
    lines = table_lines(arguments.path, tally, limit=arguments.limit)
    if arguments.dry_run:
        _print(arguments, tally, {}, f"{count(sum(1 for _ in lines) - 1, 'film')} would be in the table")
        return tally.status
    table, posters = write_lines(lines, settings.home / "imports", MMIMDB, ".csv"), find_posters(arguments.path)
    if not tally.used:
        _print(arguments, tally, {}, "no films to train on")
        return tally.status
    columns = "--file-column poster --plot-column plot --genres-column genres=imdb --group-column title"
    command = f"trailers train {shlex.join(('--posters', str(posters), '--labels', str(table)))} {columns}"
    summary = f"to train on them: {command} --split published"
    _print(arguments, tally, {"table": str(table), "posters": str(posters)}, summary)
    return tally.status


def _import_list(arguments: argparse.Namespace, settings: Settings) -> int:
    wanted = WantedRows(arguments.dataset, arguments.path, tuple(settings.sites), arguments.limit)
    if arguments.dry_run:
        tally = Tally()
        for _ in usable_rows(wanted, _say, tally):
            pass
        _print(arguments, tally, {}, f"{count(tally.used, 'trailer')} would be queued")
        return tally.status
    path, tally = convert(wanted, settings.home / "imports", _say)
    if not tally.used:
        _print(arguments, tally, {}, "nothing to queue")
        return tally.status
    document, summary = _queue(arguments, settings, path, label_source=LISTS[arguments.dataset].vocabulary)
    _print(arguments, tally, document, summary)
    return tally.status


def _queue(
    arguments: argparse.Namespace, settings: Settings, path: Path, *, label_source: str
) -> tuple[dict[str, Any], str]:
    """Write the rows and jobs of the converted list that aren't there; return what to print."""
    with Runtime(settings, patience_s=PATIENCE_S) as runtime, show_count("rows") as on_count:
        order = BatchRequest(path, "missing", arguments.priority, label_source)
        if batch := already_prepared(runtime, order):
            return {"batch_id": batch.batch_id, "new": False}, f"batch {batch.batch_id} has them already"
        prepared = prepare(runtime, order, bell_of(settings), on_count=on_count)
        counts = runtime.store.batches.count_rows(prepared.batch.batch_id)
    if not prepared.heard:
        _say("broker_unavailable: the jobs are stored and run once Redis is back")
    batch_id = prepared.batch.batch_id
    done = f"{count(counts.with_job, 'job')}, {count(counts.answered, 'trailer')} already had predictions"
    return {"batch_id": batch_id, "new": True}, f"batch {batch_id}: {done}; trailers up runs it"


def _print(arguments: argparse.Namespace, tally: Tally, document: dict[str, Any], summary: str) -> None:
    if arguments.json:
        print_json({"dataset": arguments.dataset, "dry_run": arguments.dry_run, **tally.document(), **document})
        return
    for line in (*tally.lines(), summary):
        print(line)


def _say(text: str) -> None:
    warn(text)
