"""Work on the queue until Ctrl-C

Without REDIS_URL the processes take jobs from the database; with it Celery carries them. Lanes: download, extract
(a process a core or GPU), classify, and sweeper, which brings back what died.

examples:
  trailers worker                                 all lanes, as many processes as the machine bears
  trailers worker --lanes download,sweeper        a host that only downloads
  trailers worker --check --lanes extract         for a health check: did a no-op job come back?
"""

import argparse
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from worker.settings import Settings


ALL_LANES = ("download", "extract", "classify", "sweeper")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    parser.add_argument(
        "--lanes", type=_lanes, default=ALL_LANES, metavar="LANE[,LANE]", help=f"of {', '.join(ALL_LANES)} (all)"
    )
    parser.add_argument("--check", action="store_true", help="say whether this host's worker works; 0 if it does")


def run(arguments: argparse.Namespace, settings: "Settings") -> int:
    """Run the processes of the lanes, or check those that run."""
    from worker.runtime import Runtime

    with Runtime(settings) as runtime:
        if arguments.check:
            from worker.service.health import check

            print(check(runtime, arguments.lanes))
            return 0
        from worker.service.service import serve

        serve(runtime, arguments.lanes, say=lambda text: print(text, file=sys.stderr))
    return 0


def _lanes(text: str) -> tuple[str, ...]:
    lanes = tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    unknown = [lane for lane in lanes if lane not in ALL_LANES]
    if unknown or not lanes:
        raise argparse.ArgumentTypeError(f"{text!r} names no lanes; they are {', '.join(ALL_LANES)}")
    return lanes
