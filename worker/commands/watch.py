"""Watch a folder: each video file that comes into it becomes a job

Files below FOLDER are taken by their suffix (.mp4, .mov, .mkv, ...) once they have stayed as they are for some seconds;
hidden ones and those that are still being downloaded are passed over. A list below FOLDER (csv, tsv, jsonl, xlsx, ods)
that names files, by paths that start at its own folder, gives them its ids, titles, genres, plots, posters and years,
whether it comes before them or after, and again when it has changed.

What is known of each file is in the database, nothing is written to FOLDER: after Ctrl-C, a crash or a restart the same
command goes on and repeats nothing. A file that is replaced is a new trailer, one that is renamed stays the same. The
folder is a batch: its results are there at any time (`trailers jobs results BATCH`), and on the page.

The work is done here, as `trailers batch` does it, or with --queue by `trailers up` and `trailers worker`. --once
handles what is there and ends: with 3 if some of the files that are there failed, or rows of lists can't be used.

examples:
  trailers watch /mnt/incoming                    until Ctrl-C
  trailers watch /mnt/incoming --once             for cron
  trailers watch /mnt/incoming --queue            trailers up, which is running, does the work
  trailers watch incoming --list slate.xlsx       this list says what the files are, and no other
  trailers watch incoming --json | jq -r '[.id, .genre_1] | @tsv'
  trailers watch incoming --every 60 --settle 120     a slow line: a file is taken that has not changed for 2 minutes
"""

import argparse
from contextlib import closing
from pathlib import Path

from classifier.counts import count
from worker.arguments import natural, positive
from worker.batches.rows import ResultRow, result_document
from worker.batches.watching import WatchedFolder
from worker.commands.batch import PATIENCE_S, describe
from worker.commands.output import print_json, say, tell, warn_about_queue
from worker.errors import CLASSES, WorkerError, exit_status
from worker.jobs.bells import bell_of
from worker.runtime import Runtime
from worker.service.watch_run import watch
from worker.settings import Settings
from worker.terminal import warn


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    add = parser.add_argument
    add("folder", type=Path, metavar="FOLDER", help="the folder; those below it are watched, too")
    add("--once", action="store_true", help="handle what is there, then end")
    add("--list", type=Path, metavar="FILE", help="the list that says what the files are (those below FOLDER)")
    add("--every", type=positive, default=10, metavar="S", help="look again after so many seconds (10)")
    add("--settle", type=natural, default=15, metavar="S", help="take files that didn't change for so long (15)")
    add("--queue", action="store_true", help="only put the files into the queue")
    add("--json", action="store_true", help="print a JSON line for each file that has ended, as batch does")


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Watch until a signal comes; with --once return 0, 3 when some files failed, or the error's exit code for all."""
    if arguments.list and not arguments.list.is_file():
        raise WorkerError("file_not_found", f"there is no list {str(arguments.list)!r}; check the path")
    with (
        Runtime(settings, patience_s=PATIENCE_S) as runtime,
        closing(_open(runtime, arguments)) as folder,
    ):
        say(f"Watching {folder.folder}, batch {folder.batch.batch_id}{'' if arguments.once else '; Ctrl-C ends it'}")
        try:
            _watch(runtime, folder, arguments)
        except OSError as exc:
            raise WorkerError("bad_source", f"{str(arguments.folder)!r} can't be read: {exc.strerror}") from exc
        return _sum_up(folder)


def _open(runtime: Runtime, arguments: argparse.Namespace) -> WatchedFolder:
    bell = bell_of(runtime.settings)
    return WatchedFolder(runtime, arguments.folder, bell, settle_s=arguments.settle, only_list=arguments.list, say=_say)


def _watch(runtime: Runtime, folder: WatchedFolder, arguments: argparse.Namespace) -> None:
    if arguments.queue and not arguments.once:
        warn_about_queue(runtime, waiting=True, heard=True)
    for result in watch(runtime, folder, every_s=arguments.every, once=arguments.once, queue=arguments.queue, say=_say):
        if arguments.json:
            print_json(result_document(result))
        else:
            _print(result, folder)
    if arguments.queue:
        warn_about_queue(runtime, waiting=folder.n_open > 0, heard=folder.heard)


def _print(result: ResultRow, folder: WatchedFolder) -> None:
    name = Path(result.source).relative_to(folder.folder)
    named = f"{name} ({result.id})" if result.id else str(name)
    if result.status == "done":
        tell(f"{named}: {', '.join(f'{genre} {score:.2f}' for genre, score in result.genres)}")
        return
    _say(f"{named}: {result.code}: {result.message}; {_advice(result, folder.batch.batch_id)}")


def _advice(result: ResultRow, batch_id: str) -> str:
    """Return when a file that failed is tried again; without a trailer_id, not even its content was read."""
    is_permanent = result.code != "cancelled" and CLASSES[result.code or "internal"] == "permanent"
    if result.trailer_id is None and (not is_permanent or result.code == "file_not_found"):
        return "it is tried again when it can be read"
    if is_permanent:
        return "it is tried again when the file is replaced"
    return f"to retry it: trailers jobs retry --batch {batch_id} --code {result.code}"


def _sum_up(folder: WatchedFolder) -> int:
    tally, errors = folder.tally(), folder.list_errors
    said = describe(tally).replace("row", "file", 1) if tally.n_rows else "no video files"
    bad = f"; {count(len(errors), 'row')} of lists can't be used" if errors else ""
    say(f"{folder.folder}: {said}{bad}. Results: trailers jobs results {folder.batch.batch_id} --out results.csv")
    codes = [*tally.codes.elements(), *(error.code for error in errors)]
    return exit_status(codes, n_all=tally.n_rows + len(errors))


def _say(text: str) -> None:
    warn(text)
