"""List the stored trailers, those that changed last first

--id and --film take your own ids, --film also IMDb's; --text the beginnings of words of title, uploader, ids and plot.
--genre is one of the verdict; of several, a trailer has them all.

examples:
  trailers list
  trailers list --limit 500 --json
  trailers list --film tt0113277                  all trailers of a film
  trailers list --text "wb-00 heat" --sort title
  trailers list --genre Horror --reviewed --changed-since 2026-11-21
"""

import argparse
from dataclasses import replace
from typing import get_args

from db.library_records import LibraryQuery, Order
from worker.arguments import positive
from worker.clock import clock
from worker.commands.filters import NO_MATCH, NO_TRAILER, add_filters, read_filters
from worker.commands.output import print_json, say, top_genres, top_names
from worker.documents import identity_document
from worker.predicting.report import print_table, title_of
from worker.runtime import Runtime
from worker.settings import Settings

SORTS = tuple(order for order in get_args(Order) if order != "score")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    add_filters(parser)
    parser.add_argument("--sort", choices=SORTS, default="changed", help="the order (changed)")
    parser.add_argument("--limit", type=positive, default=50, metavar="N", help="at most this many (50)")
    parser.add_argument("--json", action="store_true", help="print one JSON line for each")


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Print the trailers with their top genres."""
    wanted = replace(read_filters(arguments), order=arguments.sort)
    with Runtime(settings) as runtime:
        trailers = runtime.store.library.find(wanted, limit=arguments.limit).trailers
        predictions = runtime.store.predictions.latest_for([trailer.trailer_id for trailer in trailers])
    if not trailers:
        say(NO_TRAILER if read_filters(arguments) == LibraryQuery() else NO_MATCH)
        return 0
    rows = [(trailer, predictions.get(trailer.trailer_id)) for trailer in trailers]
    if arguments.json:
        for trailer, prediction in rows:
            named = {"trailer_id": trailer.trailer_id, "genres": top_names(prediction)}
            print_json({**named, "updated_at": trailer.updated_at, **identity_document(trailer)})
        return 0
    print_table(
        ("trailer_id", "length", "top genres", "id", "title"),
        [
            (
                trailer.trailer_id,
                clock(trailer.video.duration_s),
                top_genres(prediction),
                trailer.external_id or "",
                title_of(trailer),
            )
            for trailer, prediction in rows
        ],
    )
    return 0
