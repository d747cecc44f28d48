"""Find the stored trailers that look most like one

ID is a trailer_id as `trailers list` prints it or the beginning of one, your own id, the title, a YouTube link or id,
or the video file itself. The cosine is 1 for copies. Only trailers with features of the same backbone are compared.

examples:
  trailers similar file:5b1d4c9a8a1c9d0e
  trailers similar https://youtu.be/eRsGyueVLvQ --top 3 --json
"""

import argparse

from worker.arguments import add_trailer, positive
from worker.commands.output import print_json, say, top_genres, top_names
from worker.documents import identity_document
from worker.errors import WorkerError
from worker.predicting.report import print_table, title_of
from worker.predicting.similar import Similarity
from worker.runtime import Runtime
from worker.settings import Settings
from worker.sources import find_trailer_id


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    add_trailer(parser)
    parser.add_argument("--top", type=positive, default=10, metavar="N", help="how many to print (10)")
    parser.add_argument("--json", action="store_true", help="print one JSON line for each")


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Print the most similar trailers, the most similar first."""
    with Runtime(settings) as runtime:
        trailer_id = find_trailer_id(arguments.id, runtime.store, sites=settings.sites)
        similarity = Similarity(runtime.store, _features_id(runtime, trailer_id))
        similarity.load()
        found = similarity.nearest(trailer_id, arguments.top)
        trailers = runtime.store.library.get_all(other for other, _ in found)
        predictions = runtime.store.predictions.latest_for(trailers)
    rows = [(trailers[other], cosine, predictions.get(other)) for other, cosine in found if other in trailers]
    if not rows:
        say(f"No other trailer has features of {similarity.features_id} yet")
        return 0
    if arguments.json:
        for trailer, cosine, prediction in rows:
            named = {"trailer_id": trailer.trailer_id, "cosine": round(cosine, 4)}
            print_json({**named, "genres": top_names(prediction), **identity_document(trailer)})
        return 0
    print_table(
        ("cosine", "trailer_id", "top genres", "title"),
        [
            (f"{cosine:.3f}", trailer.trailer_id, top_genres(prediction), title_of(trailer))
            for trailer, cosine, prediction in rows
        ],
    )
    return 0


def _features_id(runtime: Runtime, trailer_id: str) -> str:
    """Return the features to compare by: those of the backbone in use if the trailer has them, else its newest."""
    stored = runtime.store.features.ids(trailer_id)
    if not stored:
        raise WorkerError("not_found", f"{trailer_id} has no features here; run trailers analyze on it")
    usual = runtime.known_features_id()
    return usual if usual in stored else stored[0]
