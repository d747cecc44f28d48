"""Show the settings in effect, and where each comes from

A flag beats the environment, which beats a .env file in this folder, which beats the default. Secrets are not shown.

examples:
  trailers config show
  trailers config show --set           only what is not the default
  trailers config show --json
"""

import argparse
import os
from pathlib import Path

from worker.commands.output import print_json, tell
from worker.documents import fields_of
from worker.service.shown_settings import list_settings
from worker.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the action and its arguments."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    summary = "print each setting, its value and where that comes from"
    show = actions.add_parser("show", help=summary, description=summary)
    show.add_argument("--set", action="store_true", help="only those that are not the default")
    show.add_argument("--json", action="store_true", help="print one JSON line for each setting")


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Print the settings; those of the page are read here, so that what is wrong with them is told, too."""
    shown = list_settings(os.environ, Path(".env"))
    for setting in shown:
        if arguments.set and setting.source == "the default":
            continue
        if arguments.json:
            print_json(fields_of(setting))
        else:
            tell(f"{setting.name:<{max(len(each.name) for each in shown)}}  {setting.value or '-'}  ({setting.source})")
    return 0
