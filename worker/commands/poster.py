"""Say which genres posters show

FILE is a JPEG, PNG or WebP picture, or - for one file a line on stdin. The model has learnt from posters; train one of
your own with trailers train --posters.

examples:
  trailers poster poster.jpg
  trailers poster posters/*.jpg --top 5
  trailers poster --backbone resnet50 poster.jpg        by a model of posters that ResNet-50 has seen
  ls posters/*.webp | trailers poster - --json > genres.jsonl
"""

import argparse
import sys
from typing import TYPE_CHECKING

from worker.arguments import add_backbone, positive, read_sources
from worker.errors import exit_status

if TYPE_CHECKING:
    from extractor.networks.backbone import Backbone
    from worker.runtime import Runtime
    from worker.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    parser.add_argument("files", nargs="+", metavar="FILE", help="a picture, or - for lines on stdin")
    add_backbone(parser, default="that of trailers")
    parser.add_argument("--top", type=positive, default=3, metavar="N", help="how many genres to print (3)")
    parser.add_argument("--json", action="store_true", help="print one JSON line for each file")


def run(arguments: argparse.Namespace, settings: "Settings") -> int:
    """Judge every file; return 0, 3 when some failed, or the error's exit code when all did."""
    from db.queue.job_records import JobError
    from worker.commands.single import print_outcomes
    from worker.predicting.posters import predict_posters
    from worker.progress import show_count
    from worker.runtime import Runtime

    codes: list[str] = []
    n_done = 0
    with Runtime(settings) as runtime, show_count("posters") as on_count:
        backbone = _open_backbone(runtime, arguments)
        files = list(read_sources(arguments.files))
        for judged in predict_posters(runtime, files, backbone=backbone):
            n_done += 1
            on_count(n_done, len(files), f"{len(codes)} failed")
            if isinstance(judged.outcome, JobError):
                codes.append(judged.outcome.code)
            print_outcomes(judged, top=arguments.top, as_json=arguments.json)
    if not n_done:
        print("trailers: nothing to judge: stdin had no lines", file=sys.stderr)
        return 2
    return exit_status(codes, n_all=n_done)


def _open_backbone(runtime: "Runtime", arguments: argparse.Namespace) -> "Backbone":
    from extractor.networks.names import INCEPTION
    from worker.predicting.poster_backbones import open_backbone, poster_weights

    name, file = arguments.backbone, arguments.backbone_weights
    if name is None and file is None:
        return runtime.backbone
    return open_backbone(runtime, poster_weights(runtime, name or INCEPTION, file))
