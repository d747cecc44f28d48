"""Inception-V3 for the benchmarks: with the weights that the settings name, in any precision it offers."""

import os
from pathlib import Path

from extractor.networks.imagenet import find_imagenet
from extractor.networks.inception import InceptionV3
from extractor.networks.weights import Weights, given_weights
from extractor.precision import Precision, has_bfloat16
from worker.settings import read_settings


def make_backbone(precision: Precision = "float32") -> InceptionV3:
    """Return Inception-V3 in a precision; it loads at its first batch."""
    return InceptionV3(find_weights(), precision=precision)


def find_weights() -> Weights:
    """Return the weights that TRAILERS_WEIGHTS names, else ImageNet's, downloaded where they are missing."""
    settings = read_settings(os.environ, dotenv=Path(".env"))
    return given_weights(settings.weights) if settings.weights else find_imagenet(settings.weights_cache)


def fastest_precision() -> Precision:
    """Return the precision in which this processor is fastest."""
    return "bfloat16" if has_bfloat16() else "float32"
