"""The whole service on this machine: database, workers and sweeper, until Ctrl-C

Prints the database's connection string. Submit work from another terminal.

examples:
  trailers up
  trailers submit https://youtu.be/eRsGyueVLvQ && trailers jobs list
"""

import argparse
import sys

from worker.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """This command has no arguments."""


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Run everything until a signal ends it."""
    from worker.capacity import ALL_LANES
    from worker.runtime import Runtime
    from worker.service import serve

    with Runtime(settings) as runtime:
        print(runtime.database_uri, flush=True)
        serve(runtime, ALL_LANES, say=lambda text: print(text, file=sys.stderr, flush=True))
    return 0
