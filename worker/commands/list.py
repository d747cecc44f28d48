"""List the stored trailers, those that changed last first

--id and --film take your own ids, --film also IMDb's; --search the beginnings of words of title, uploader, ids and
plot. --genre is one of the verdict, ours or a word of your house; of several, a trailer has them all. --sort score puts
the highest score of the first genre first.

examples:
  trailers list
  trailers list --limit 500 --json
  trailers list --film tt0113277                  all trailers of a film
  trailers list --search "wb-00 heat" --sort title
  trailers list --genre Horror --genre Krimi --sort score
  trailers list --genre Horror --reviewed --changed-since 2026-11-21
"""

import argparse
from collections.abc import Collection
from dataclasses import replace
from typing import Any, get_args

from classifier.prediction import GenrePrediction
from db.library_records import LibraryQuery, LibraryTrailer, Order
from worker.arguments import positive
from worker.clock import clock
from worker.commands.filters import NO_MATCH, NO_TRAILER, add_filters, read_filters
from worker.commands.output import print_json, say, top_genres, top_names
from worker.documents import identity_document
from worker.errors import UsageError
from worker.predicting.report import print_table, title_of
from worker.runtime import Runtime
from worker.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    add_filters(parser)
    parser.add_argument("--sort", choices=get_args(Order), default="changed", help="the order (changed)")
    parser.add_argument("--limit", type=positive, default=50, metavar="N", help="at most this many (50)")
    parser.add_argument("--json", action="store_true", help="print one JSON line for each")


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Print the trailers with their top genres, and the scores of those that were asked for."""
    with Runtime(settings) as runtime:
        wanted = read_filters(runtime.store, arguments)
        if arguments.sort == "score" and not wanted.genres:
            raise UsageError("--sort score: name the genre whose score is meant, by --genre")
        page = runtime.store.library.find(replace(wanted, order=arguments.sort), limit=arguments.limit)
        predictions = runtime.store.predictions.latest_for([trailer.trailer_id for trailer in page.trailers])
    rows = [(trailer, predictions.get(trailer.trailer_id)) for trailer in page.trailers]
    if arguments.json:
        for row in rows:
            print_json(_document(*row))
    elif rows:
        cells = [_cells(*row, genres=wanted.genres) for row in rows]
        print_table(("trailer_id", "length", "top genres", "id", "title"), cells)
    if not rows:
        say(NO_TRAILER if wanted == LibraryQuery() else NO_MATCH)
    elif page.next:
        say("There are more; --limit N shows them")
    return 0


def _document(trailer: LibraryTrailer, prediction: GenrePrediction | None) -> dict[str, Any]:
    genres = prediction.genres if prediction else ()
    return {
        "trailer_id": trailer.trailer_id,
        "genres": top_names(prediction),
        "scores": {each.genre: each.score for each in genres},
        "passed": [each.genre for each in genres if each.passed],
        "updated_at": trailer.updated_at,
        **identity_document(trailer),
    }


def _cells(trailer: LibraryTrailer, prediction: GenrePrediction | None, *, genres: Collection[str]) -> tuple[str, ...]:
    length, scores = clock(trailer.video.duration_s), top_genres(prediction, genres)
    return trailer.trailer_id, length, scores, trailer.external_id or "", title_of(trailer)
