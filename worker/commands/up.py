"""Keep the database up until Ctrl-C

In this version that is the database alone; workers and the web page will join it under the same command.

examples:
  trailers up
"""

import argparse
import signal
import sys

from worker.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """This command has no arguments."""


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Hold the database until a signal ends it."""
    from worker.runtime import Runtime

    with Runtime(settings) as runtime:
        print(runtime.database_uri, flush=True)
        print("The database is up; Ctrl-C ends it.", file=sys.stderr)
        signal.pause()
    return 0
