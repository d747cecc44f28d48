"""The graph of the starter, and the file of its weights.

Inception-V3 up to its block `mixed4` (Szegedy et al. 2016, "Rethinking the Inception Architecture", table 1), shown
pictures half as large, then two residual bottlenecks (He et al. 2016, figure 5) and one layer onto its 2048 features.
TensorFlow is not imported here; the caller passes it in.
"""

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from extractor.errors import WeightsError
from extractor.precision import Precision

SIZE = 147  # pixels: the smallest that leaves 7x7 places for the last convolutions
DIM, WIDTH, NECK, N_TAIL = 2048, 768, 160, 2
N_EXACT = 1  # the first convolution stays in float32: bfloat16 can't tell dark frames apart

Convolution = tuple[Any, Any]  # kernel (height, width, in, out), bias (out,)
Arrays = Mapping[str, NDArray[np.floating[Any]]]


def _shapes() -> dict[str, tuple[int, int, int, int]]:
    shapes = {
        "stem1": (3, 3, 3, 32), "stem2": (3, 3, 32, 32), "stem3": (3, 3, 32, 64),
        "stem4": (1, 1, 64, 80), "stem5": (3, 3, 80, 192),
    }  # fmt: skip
    for block, n_in, n_pool in (("mixed0", 192, 32), ("mixed1", 256, 64), ("mixed2", 288, 64)):
        shapes |= {
            f"{block}/1x1": (1, 1, n_in, 64),
            f"{block}/5x5_1": (1, 1, n_in, 48), f"{block}/5x5_2": (5, 5, 48, 64),
            f"{block}/double_1": (1, 1, n_in, 64), f"{block}/double_2": (3, 3, 64, 96),
            f"{block}/double_3": (3, 3, 96, 96),
            f"{block}/pool": (1, 1, n_in, n_pool),
        }  # fmt: skip
    shapes |= {
        "mixed3/3x3": (3, 3, 288, 384),
        "mixed3/double_1": (1, 1, 288, 64), "mixed3/double_2": (3, 3, 64, 96), "mixed3/double_3": (3, 3, 96, 96),
        "mixed4/1x1": (1, 1, 768, 192),
        "mixed4/7x7_1": (1, 1, 768, 128), "mixed4/7x7_2": (1, 7, 128, 128), "mixed4/7x7_3": (7, 1, 128, 192),
        "mixed4/double_1": (1, 1, 768, 128), "mixed4/double_2": (7, 1, 128, 128), "mixed4/double_3": (1, 7, 128, 128),
        "mixed4/double_4": (7, 1, 128, 128), "mixed4/double_5": (1, 7, 128, 192),
        "mixed4/pool": (1, 1, 768, 192),
    }  # fmt: skip
    for number in range(N_TAIL):
        shapes |= {
            f"tail{number}/in": (1, 1, WIDTH, NECK),
            f"tail{number}/3x3": (3, 3, NECK, NECK),
            f"tail{number}/out": (1, 1, NECK, WIDTH),
        }
    return shapes | {"top": (1, 1, WIDTH, DIM)}


SHAPES: Mapping[str, tuple[int, int, int, int]] = _shapes()  # of the kernels; Inception-V3's in Keras's order


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
    """Return the convolutions of a file as constants; raises WeightsError (weights_corrupt) when it doesn't fit."""
    arrays = _read_arrays(path)
    weights = {}
    for number, (name, shape) in enumerate(SHAPES.items()):
        dtype = tf.as_dtype("float32" if number < N_EXACT else precision)
        kernel, bias = arrays[f"{name}/kernel"], arrays[f"{name}/bias"]
        if kernel.shape != shape or bias.shape != shape[3:]:
            raise WeightsError("weights_corrupt", f"{str(path)!r}: {name} is of shape {kernel.shape}, not {shape}")
        weights[name] = (tf.cast(kernel, dtype), tf.cast(bias, dtype))
    return weights


def write_weights(arrays: Arrays, path: Path) -> None:
    """Write kernels and biases, named `NAME/kernel` and `NAME/bias`, as float16; equal ones give equal files."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in _names():
            with archive.open(zipfile.ZipInfo(f"{name}.npy"), "w") as member:
                np.lib.format.write_array(member, arrays[name].astype(np.float16), allow_pickle=False)


def _read_arrays(path: Path) -> dict[str, NDArray[np.float16]]:
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            return {name: arrays[name] for name in _names()}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as exc:
        raise WeightsError(
            "weights_corrupt", f"{str(path)!r} does not hold the starter's weights ({exc}); install Trailers again"
        ) from exc


def _names() -> list[str]:
    return [f"{name}/{part}" for name in SHAPES for part in ("kernel", "bias")]
