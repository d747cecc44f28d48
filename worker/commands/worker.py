"""Work on the queue until Ctrl-C

Without REDIS_URL the processes take jobs from the database; with it Celery carries them. Lanes: download, extract
(one process for each core or GPU), classify, and sweeper, which brings back the jobs of dead workers.

examples:
  trailers worker                                 all lanes, as many processes as the machine can take
  trailers worker --lanes download,sweeper        a host that only downloads
  trailers worker --check --lanes extract         for a health check: did a no-op job come back?
"""

import argparse

from worker.commands.output import say
from worker.inference.capacity import ALL_LANES
from worker.runtime import Runtime
from worker.service.health import check
from worker.service.service import serve
from worker.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    lanes = ", ".join(ALL_LANES)
    parser.add_argument("--lanes", type=_lanes, default=ALL_LANES, metavar="LANE[,LANE]", help=f"of {lanes} (all)")
    parser.add_argument("--check", action="store_true", help="check this host's worker; exits with 0 if it works")


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Run the processes of the lanes, or check those that run."""
    with Runtime(settings) as runtime:
        if arguments.check:
            print(check(runtime, arguments.lanes))
            return 0
        serve(runtime, arguments.lanes, say=say)
    return 0


def _lanes(text: str) -> tuple[str, ...]:
    lanes = tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    unknown = [lane for lane in lanes if lane not in ALL_LANES]
    if unknown or not lanes:
        raise argparse.ArgumentTypeError(f"{text!r} names no lanes; they are {', '.join(ALL_LANES)}")
    return lanes
