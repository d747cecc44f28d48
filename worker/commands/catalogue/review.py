"""Review trailers: what comes next, what is put off, and who is asked to

A reviewer's queue has what is assigned to them first, then what is nobody's, then what they have skipped; what is
assigned to others is left to them. It begins with the largest disagreement of tags and verdict or, with
--order learning, with what would teach a model most: where it is least sure, of genres that few trailers have, and no
two trailers of a film in a row. The page shows the same queue; without tokens its reviewer is called local.

examples:
  trailers review next
  trailers review next --by anna --order learning --limit 50 --json
  trailers review skip WB-0001 --by anna
  trailers review assign --to anna --genre Horror --limit 50
  trailers review assign --to ben --second-opinion --limit 20     what others have reviewed, to compare
  trailers review assign --to anna --clear
"""

import argparse

from worker.commands.catalogue.review_queue import add_queue_commands
from worker.runtime import Runtime
from worker.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's actions."""
    add_queue_commands(parser.add_subparsers(dest="action", metavar="ACTION", required=True))


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Do one of the actions."""
    with Runtime(settings) as runtime:
        return int(arguments.do(arguments, runtime))
