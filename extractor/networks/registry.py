"""The backbones that look at trailers, by name."""

from extractor.networks.inception import InceptionV3, Network
from extractor.networks.names import INCEPTION, STARTER
from extractor.networks.starter import Starter
from extractor.networks.weights import Weights
from extractor.precision import Precision

NETWORKS: dict[str, type[Network]] = {INCEPTION: InceptionV3, STARTER: Starter}


def open_network(weights: Weights, *, precision: Precision = "float32") -> Network:
    """Return the network of these weights; it loads with its first batch."""
    return NETWORKS[weights.backbone](weights, precision=precision)
