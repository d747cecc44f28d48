"""Predict the genres of posters

FILE is a JPEG, PNG, WebP or AVIF picture, or - to read one file name per line from stdin. The model has learnt from
posters; train your own with trailers train --posters.

examples:
  trailers poster poster.jpg
  trailers poster posters/*.jpg --top 5
  trailers poster --backbone resnet50 poster.jpg        with a model trained on ResNet-50's features of posters
  ls posters/*.webp | trailers poster - --json > genres.jsonl
"""

import argparse

from extractor.networks.backbone import Backbone
from extractor.networks.names import INCEPTION
from worker.arguments import add_backbone, positive, read_sources
from worker.commands.output import print_outcomes
from worker.predicting.poster_backbones import open_backbone, poster_weights
from worker.predicting.posters import predict_posters
from worker.progress import show_count
from worker.runtime import Runtime
from worker.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    parser.add_argument("files", nargs="+", metavar="FILE", help="a picture, or - for lines on stdin")
    add_backbone(parser, default="that of trailers")
    parser.add_argument("--top", type=positive, default=3, metavar="N", help="how many genres to print (3)")
    parser.add_argument("--json", action="store_true", help="print one JSON line for each file")


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Predict for every file; return 0, 3 when some failed, or the error's exit code when all did."""
    with Runtime(settings) as runtime, show_count("posters") as on_count:
        backbone = _open_backbone(runtime, arguments)
        files = list(read_sources(arguments.files))
        return print_outcomes(
            predict_posters(runtime, files, backbone=backbone),
            arguments,
            on_count=lambda done, failed: on_count(done, len(files), f"{failed} failed"),
        )


def _open_backbone(runtime: Runtime, arguments: argparse.Namespace) -> Backbone:
    name, file, size = arguments.backbone, arguments.backbone_weights, arguments.picture_size
    if name is None and file is None and size is None:
        return runtime.backbone
    return open_backbone(runtime, poster_weights(runtime, name or INCEPTION, file, picture_size=size))
