"""Show what is stored about a trailer

ID is a trailer_id as `trailers list` prints it or the beginning of one, your own id, the title, a YouTube link or id,
or the video file itself.

examples:
  trailers show file:5b1d4c9a8a1c9d0e
  trailers show 5b1d                               the only one whose id begins so
  trailers show "Night of the Living Dead"
  trailers show WB-0001                            its tags, too, by each source
  trailers show https://youtu.be/eRsGyueVLvQ --json
"""

import argparse
from dataclasses import asdict

from worker.arguments import add_trailer, positive
from worker.commands.output import print_json
from worker.documents import fields_of, prediction_document
from worker.errors import WorkerError
from worker.predicting.left_out import list_left_out
from worker.predicting.report import print_left_out, print_trailer
from worker.runtime import Runtime
from worker.settings import Settings
from worker.sources import find_trailer


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    add_trailer(parser)
    parser.add_argument("--top", type=positive, default=5, metavar="N", help="how many genres to print (5)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Print one trailer with its latest prediction."""
    with Runtime(settings) as runtime:
        trailer = find_trailer(arguments.id, runtime.store, sites=settings.sites)
        trailer_id = trailer.trailer_id
        prediction = runtime.store.predictions.latest(trailer_id)
        if prediction is None:
            raise WorkerError("not_found", f"{trailer_id} has no prediction yet; run trailers analyze on it")
        n_frames = runtime.store.features.n_frames(trailer_id, prediction.features_id) or 0
        marks = runtime.store.features.marks(prediction.features_id, [trailer_id]).get(trailer_id, {})
    if arguments.json:
        document = prediction_document(trailer, prediction, n_frames=n_frames)
        tags = {"labels": fields_of(trailer.labels), "layers": [asdict(layer) for layer in trailer.layers]}
        print_json({"source": trailer.source.url, **document, "timeline": prediction.timeline, "marks": marks, **tags})
    else:
        print_trailer(trailer, prediction, n_frames=n_frames, top=arguments.top, told=set())
        print_left_out(list_left_out(marks))
    return 0
