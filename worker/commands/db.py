"""Print where the feature database is, for any MongoDB client

`trailers db uri` prints a connection string. An embedded database stays up for a minute for a client to connect,
and then for as long as one is connected.

examples:
  mongosh "$(trailers db uri)"
  python -c 'import pymongo, sys; print(pymongo.MongoClient(sys.argv[1]).trailers.features.find_one())' \\
      "$(trailers db uri)"
"""

import argparse

from db.embedded.share import keep_for
from worker.runtime import Runtime
from worker.settings import Settings

CONNECT_WITHIN_S = 60


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    parser.add_argument("action", choices=("uri",), help="uri: print the connection string of the database in use")


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Print the connection string."""
    with Runtime(settings) as runtime:
        if settings.mongodb_uri is None:
            keep_for(settings.home, CONNECT_WITHIN_S)
        print(runtime.database_uri)
    return 0
