"""Inception-V3 for the benchmarks: with the weights that the settings name, in any precision it offers."""

import os
from pathlib import Path

from extractor.networks.applications import InceptionV3
from extractor.networks.downloads import download_weights
from extractor.networks.names import INCEPTION
from extractor.networks.weights import Weights
from extractor.precision import Precision, has_bfloat16
from worker.inference.backbone_choice import find_present
from worker.settings import read_settings


def make_backbone(precision: Precision = "float32") -> InceptionV3:
    """Return Inception-V3 in a precision; it loads at its first batch."""
    return InceptionV3(find_weights(), precision=precision)


def find_weights() -> Weights:
    """Return the weights that TRAILERS_WEIGHTS names, else ImageNet's, downloaded where they are missing."""
    settings = read_settings(os.environ, dotenv=Path(".env"))
    return find_present(settings, INCEPTION) or download_weights(INCEPTION, settings.weights_cache)


def fastest_precision() -> Precision:
    """Return the precision in which this processor is fastest."""
    return "bfloat16" if has_bfloat16() else "float32"
