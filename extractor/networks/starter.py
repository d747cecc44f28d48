"""The starter: a small backbone that ships with Trailers.

It was distilled: its vectors approximate those of Inception-V3 for the same pictures at a fraction of the cost (how
well: docs/results.md). A model trained on the features of one can't use those of the other.

Inception-V3 up to its block `mixed4` (Szegedy et al. 2016, "Rethinking the Inception Architecture", table 1), shown
pictures half as large, then two residual bottlenecks (He et al. 2016, figure 5) and one layer onto its 2048 features.
"""

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from extractor.errors import WeightsError
from extractor.networks.inception import Network, Walk
from extractor.networks.names import STARTER
from extractor.networks.weights import Weights, file_digest
from extractor.precision import Precision

FILE = Path(__file__).with_name("starter.npz")
SHA256 = "937c59a5bc00900d1a5b1bab886cd9e882ac067bfeb2d84576b5d5fc70e1daea"
TEACHER = "recon2015"
SIZE = 147  # pixels: the smallest that leaves 7x7 places for the last convolutions
DIM, N_TAIL = 2048, 2
N_EXACT = 1  # the first convolution stays in float32: bfloat16 can't tell dark frames apart

Convolution = tuple[Any, Any]  # kernel (height, width, in, out), bias (out,)


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


def walk(tf: Any, weights: Mapping[str, Convolution], pictures: Any) -> Any:
    """Return vectors of shape (frames, dim) for pictures of (frames, 147, 147, 3), from -1 to 1, while tracing."""
    features = tf.nn.relu(_linear(tf, weights, walk_trunk(tf, weights, pictures), "top"))  # (frames, 7, 7, dim)
    return tf.reduce_mean(tf.cast(features, tf.float32), axis=(1, 2))


def walk_trunk(tf: Any, weights: Mapping[str, Convolution], pictures: Any) -> Any:
    """Return the output of all but the last layer, of shape (frames, 7, 7, 768), while tracing."""

    def conv(x: Any, name: str, *, stride: int = 1, padding: str = "SAME") -> Any:
        return tf.nn.relu(_linear(tf, weights, x, name, stride=stride, padding=padding))

    x = conv(pictures, "stem1", stride=2, padding="VALID")  # (frames, 73, 73, 32)
    x = conv(conv(x, "stem2", padding="VALID"), "stem3")  # (frames, 71, 71, 64)
    x = tf.nn.max_pool2d(x, 3, 2, "VALID")
    x = conv(conv(x, "stem4", padding="VALID"), "stem5", padding="VALID")  # (frames, 33, 33, 192)
    x = tf.nn.max_pool2d(x, 3, 2, "VALID")  # (frames, 16, 16, 192)
    for block in ("mixed0", "mixed1", "mixed2"):
        x = tf.concat(
            [
                conv(x, f"{block}/1x1"),
                conv(conv(x, f"{block}/5x5_1"), f"{block}/5x5_2"),
                conv(conv(conv(x, f"{block}/double_1"), f"{block}/double_2"), f"{block}/double_3"),
                conv(tf.nn.avg_pool2d(x, 3, 1, "SAME"), f"{block}/pool"),
            ],
            axis=-1,
        )
    double = conv(conv(x, "mixed3/double_1"), "mixed3/double_2")
    x = tf.concat(
        [
            conv(x, "mixed3/3x3", stride=2, padding="VALID"),
            conv(double, "mixed3/double_3", stride=2, padding="VALID"),
            tf.nn.max_pool2d(x, 3, 2, "VALID"),
        ],
        axis=-1,
    )  # (frames, 7, 7, 768)
    double = conv(conv(x, "mixed4/double_1"), "mixed4/double_2")
    double = conv(conv(conv(double, "mixed4/double_3"), "mixed4/double_4"), "mixed4/double_5")
    x = tf.concat(
        [
            conv(x, "mixed4/1x1"),
            conv(conv(conv(x, "mixed4/7x7_1"), "mixed4/7x7_2"), "mixed4/7x7_3"),
            double,
            conv(tf.nn.avg_pool2d(x, 3, 1, "SAME"), "mixed4/pool"),
        ],
        axis=-1,
    )
    for number in range(N_TAIL):
        inner = conv(conv(x, f"tail{number}/in"), f"tail{number}/3x3")
        x = tf.nn.relu(x + _linear(tf, weights, inner, f"tail{number}/out"))
    return x


def _linear(
    tf: Any, weights: Mapping[str, Convolution], x: Any, name: str, *, stride: int = 1, padding: str = "SAME"
) -> Any:
    kernel, bias = weights[name]
    return tf.nn.bias_add(tf.nn.conv2d(tf.cast(x, kernel.dtype), kernel, stride, padding), bias)


def read_weights(tf: Any, path: Path, *, precision: Precision) -> dict[str, Convolution]:
    """Return the convolutions of a file, `NAME/kernel` and `NAME/bias` from the first to the last, as constants."""
    weights: dict[str, Convolution] = {}
    with np.load(path, allow_pickle=False) as arrays:
        for name in dict.fromkeys(each.rpartition("/")[0] for each in arrays.files):
            dtype = tf.as_dtype("float32" if len(weights) < N_EXACT else precision)
            weights[name] = (tf.cast(arrays[f"{name}/kernel"], dtype), tf.cast(arrays[f"{name}/bias"], dtype))
    return weights
