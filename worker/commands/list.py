"""List the stored trailers, newest first

examples:
  trailers list
  trailers list --limit 500 --json
"""

import argparse
import sys
from typing import TYPE_CHECKING

from worker.arguments import positive

if TYPE_CHECKING:
    from worker.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    parser.add_argument("--limit", type=positive, default=50, metavar="N", help="how many at most (50)")
    parser.add_argument("--json", action="store_true", help="print one JSON line for each")


def run(arguments: argparse.Namespace, settings: "Settings") -> int:
    """Print the trailers with their top genres."""
    from worker.runtime import Runtime

    with Runtime(settings) as runtime:
        trailers = runtime.store.trailers.list(limit=arguments.limit)
        predictions = runtime.store.predictions.latest_for([trailer.trailer_id for trailer in trailers])
    if not trailers:
        print("Nothing is stored yet: trailers analyze clip.mp4", file=sys.stderr)
        return 0
    rows = [(trailer, predictions.get(trailer.trailer_id)) for trailer in trailers]
    if arguments.json:
        from worker.documents import to_json

        for trailer, prediction in rows:
            genres = [score.genre for score in prediction.top(3)] if prediction else []
            title, updated = trailer.source.title, trailer.updated_at
            print(to_json({"trailer_id": trailer.trailer_id, "title": title, "genres": genres, "updated_at": updated}))
        return 0
    from worker.clock import clock
    from worker.predicting.report import print_table

    print_table(
        ("trailer_id", "length", "top genres", "title"),
        [
            (
                trailer.trailer_id,
                clock(trailer.video.duration_s),
                ", ".join(f"{s.genre} {s.score:.2f}" for s in prediction.top(3)) if prediction else "not judged yet",
                trailer.source.title or trailer.source.url,
            )
            for trailer, prediction in rows
        ],
    )
    return 0
