"""The backbones that look at trailers, by name."""

from extractor.backbone_names import BACKBONE, STARTER
from extractor.inception import InceptionV3, Network
from extractor.precision import Precision
from extractor.starter import Starter
from extractor.weights import Weights

NETWORKS: dict[str, type[Network]] = {BACKBONE: InceptionV3, STARTER: Starter}


def open_network(weights: Weights, *, precision: Precision = "float32") -> Network:
    """Return the network of these weights; it loads with its first batch."""
    return NETWORKS[weights.backbone](weights, precision=precision)
