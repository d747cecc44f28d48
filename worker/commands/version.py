"""Print the versions of Trailers and its main dependencies

examples:
  trailers version
  trailers version --json
"""

import argparse
import importlib.metadata
import platform

from worker.commands.output import print_json
from worker.settings import Settings

PARTS = ("trailers", "keras", "tensorflow", "tensorflow-cpu", "numpy", "scikit-learn", "pymongo", "yt-dlp")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Print the versions."""
    versions = {name: version for name in PARTS if (version := _version(name))} | {"python": platform.python_version()}
    if arguments.json:
        print_json(versions)
    else:
        for name, version in versions.items():
            print(f"{name} {version}")
    return 0


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None
