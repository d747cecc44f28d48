"""List the stored trailers, newest first

examples:
  trailers list
  trailers list --limit 500 --json
"""

import argparse

from worker.arguments import positive
from worker.clock import clock
from worker.commands.output import print_json, say, top_genres, top_names
from worker.predicting.report import print_table, title_of
from worker.runtime import Runtime
from worker.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    parser.add_argument("--limit", type=positive, default=50, metavar="N", help="at most this many (50)")
    parser.add_argument("--json", action="store_true", help="print one JSON line for each")


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Print the trailers with their top genres."""
    with Runtime(settings) as runtime:
        trailers = runtime.store.trailers.list(limit=arguments.limit)
        predictions = runtime.store.predictions.latest_for([trailer.trailer_id for trailer in trailers])
    if not trailers:
        say("No trailer is stored yet; to store one: trailers analyze clip.mp4")
        return 0
    rows = [(trailer, predictions.get(trailer.trailer_id)) for trailer in trailers]
    if arguments.json:
        for trailer, prediction in rows:
            named = {"trailer_id": trailer.trailer_id, "title": trailer.source.title}
            print_json({**named, "genres": top_names(prediction), "updated_at": trailer.updated_at})
        return 0
    print_table(
        ("trailer_id", "length", "top genres", "title"),
        [
            (trailer.trailer_id, clock(trailer.video.duration_s), top_genres(prediction), title_of(trailer))
            for trailer, prediction in rows
        ],
    )
    return 0
