"""The starter: a small backbone that ships with Trailers.

It was distilled: its vectors approximate those of Inception-V3 for the same pictures at a fraction of the cost (how
well: docs/results.md). A model trained on the features of one can't use those of the other.
"""

import functools
from pathlib import Path
from typing import Any

from extractor.errors import WeightsError
from extractor.networks.inception import Network, Walk
from extractor.networks.names import STARTER
from extractor.networks.starter_graph import DIM, SIZE, read_weights, walk
from extractor.networks.weights import Weights, file_digest

FILE = Path(__file__).with_name("starter.npz")
SHA256 = "937c59a5bc00900d1a5b1bab886cd9e882ac067bfeb2d84576b5d5fc70e1daea"
TEACHER = "recon2015"


class Starter(Network):
    """The backbone, for RGB frames of 147x147 pixels."""

    frame_size, dim = SIZE, DIM

    def _load(self, tf: Any, keras: Any) -> Walk:
        weights = read_weights(tf, self._weights.path, precision=self._precision)
        return functools.partial(walk, tf, weights)


def starter_weights() -> Weights:
    """Return the weights that ship with Trailers; raises WeightsError (weights_corrupt) if the file has changed."""
    if not FILE.is_file() or file_digest(FILE, "sha256") != SHA256:
        raise WeightsError(
            "weights_corrupt", f"{str(FILE)!r} is not the file that ships with Trailers; install Trailers again"
        )
    return Weights(TEACHER, FILE, SHA256, STARTER)
