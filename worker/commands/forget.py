"""Remove trailers with every trace of them, and say what was removed

What goes: the trailer, its features, pictures, predictions, reviews, jobs with their webhooks, its upload, and a poster
that no other trailer has. Rows of lists stay, without what they said of it. Running work on it is cancelled first.
Backups that you have written keep it. ID is what names a trailer in the other commands.

examples:
  trailers forget youtube:eRsGyueVLvQ --dry-run   what would be removed
  trailers forget WB-0001 WB-0002 --yes           without a question
"""

import argparse
import sys
from collections.abc import Mapping, Sequence

from classifier.counts import count
from db.removal import RemovedTrailer
from worker.commands.output import print_json, tell
from worker.errors import UsageError, WorkerError, describe, exit_status
from worker.jobs.removal import cancel_and_remove, count_traces
from worker.runtime import Runtime
from worker.settings import Settings
from worker.sources import find_trailer_id
from worker.terminal import BAD, warn


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    parser.add_argument("ids", nargs="+", metavar="ID", help="a trailer_id, your own id, a title or a link")
    parser.add_argument("--dry-run", action="store_true", help="remove nothing; say what would be")
    parser.add_argument("--yes", action="store_true", help="remove without a question")
    parser.add_argument("--json", action="store_true", help="print one line of JSON for each")


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Remove trailers; return 4 where none of them is stored, 3 where some are not, or a worker didn't stop."""
    with Runtime(settings) as runtime:
        found, codes = _find(runtime, arguments.ids)
        if found and not arguments.dry_run and not arguments.yes:
            _ask(found)
        for trailer_id, traces in found.items():
            removed = traces if arguments.dry_run else cancel_and_remove(runtime, trailer_id)
            if removed.running and not arguments.dry_run:
                codes.append("internal")
                warn(
                    f"{trailer_id} stays: job {removed.running[0]} does not stop; stop its worker, then run this again"
                )
                continue
            _tell(trailer_id, removed, arguments)
    return exit_status(codes, n_all=len(codes) + len(found) - codes.count("internal"))


def _find(runtime: Runtime, texts: Sequence[str]) -> tuple[dict[str, RemovedTrailer], list[str]]:
    """Return what is stored about the trailers that are named, by trailer_id, and the codes of the others."""
    found: dict[str, RemovedTrailer] = {}
    codes = []
    for text in texts:
        try:
            trailer_id = find_trailer_id(text, runtime.store, sites=runtime.settings.sites)
            traces = count_traces(runtime, trailer_id)
        except WorkerError as exc:
            error = describe(exc)
            codes.append(error.code)
            warn(f"{error.code}: {error.message}", colour=BAD)
            continue
        if traces.counts:
            found[trailer_id] = traces
        else:
            codes.append("not_found")
            warn(f"not_found: nothing is stored about {trailer_id}", colour=BAD)
    return found, codes


def _ask(found: Mapping[str, RemovedTrailer]) -> None:
    """Ask the person at the terminal; raises UsageError where there is none, or no yes."""
    if not sys.stdin.isatty():
        raise UsageError("nothing was removed: --yes removes without a question, --dry-run shows what would go")
    for trailer_id, traces in found.items():
        tell(f"{trailer_id}: {_in_words(traces.counts)}")
    sys.stderr.write(f"remove {count(len(found), 'trailer')} for good? [y/N] ")
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise UsageError("nothing was removed")


def _tell(trailer_id: str, removed: RemovedTrailer, arguments: argparse.Namespace) -> None:
    if arguments.json:
        print_json({"trailer_id": trailer_id, "removed": removed.counts, "dry_run": arguments.dry_run})
    else:
        tell(f"{trailer_id}: {_in_words(removed.counts)} {'would be removed' if arguments.dry_run else 'removed'}")


def _in_words(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{n:,} {name}" for name, n in counts.items())
