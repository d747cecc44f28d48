"""Sounds: what a sound track sounds like, by YAMNet in NumPy, so that no process that decodes loads TensorFlow for it.

Log-mel patches as in Hershey et al. 2017, "CNN Architectures for Large-Scale Audio Classification"; the network is
MobileNet v1 (Howard et al. 2017) trained on AudioSet, its weights those of the file yamnet.h5 of its authors.
"""

import functools
import re
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from extractor.errors import WeightsError, one_line
from extractor.networks.weights import file_digest
from extractor.video.sound import RATE

YAMNET = "yamnet"
DIM = 1024
WINDOW, HOP, FFT = 400, 160, 512  # samples: 25 ms, 10 ms
BANDS, LOWEST, HIGHEST = 64, 125, 7500  # the last two in hertz
QUIETEST = np.float32(0.001)
PATCH, PATCH_HOP = 96, 48  # windows: .96 s, .48 s
BATCH = 16  # patches
EPSILON = 1e-4
# Stride and width of each layer: the first is a plain convolution, the others are depthwise and pointwise ones.
LAYERS = ((2, 32), (1, 64), (2, 128), (1, 128), (2, 256), (1, 256), (2, 512), *((1, 512),) * 5, (2, 1024), (1, 1024))
_NAME = re.compile(r"(?:.*/)?(layer\d+/(?:conv|depthwise_conv|pointwise_conv)(?:/bn)?/[a-z_]+)(?::0)?")

Floats = NDArray[np.float32]


class SoundReader:
    """YAMNet with the weights of a file, loaded when used; raises WeightsError (no_weights) where there is no file."""

    def __init__(self, weights: Path) -> None:
        if not weights.is_file():
            raise WeightsError(
                "no_weights", f"there is no file {str(weights)!r}: name yamnet.h5 in TRAILERS_SOUND_WEIGHTS"
            )
        self._weights = weights

    @cached_property
    def features_id(self) -> str:
        """The id that comparable vectors share."""
        return f"{YAMNET}-{file_digest(self._weights, 'sha256')[:8]}-s1"

    def check(self) -> None:
        """Load the weights and try them; raises WeightsError (weights_corrupt)."""
        self.read(np.zeros(1, dtype=np.float32))

    @np.errstate(over="ignore", invalid="ignore")
    def read(self, sound: Floats, *, on_wait: Callable[[], None] = lambda: None) -> Floats:
        """Return a vector for each patch of .96 seconds, one every .48, of shape (patches, 1024).

        `sound` are samples, 16,000 a second. `on_wait` is called after some patches, and may raise to end it. Raises
        WeightsError (weights_corrupt).
        """
        found = [np.empty((0, DIM), dtype=np.float32)]
        for patches in cut_patches(sound):
            found.append(self._infer(patches))
            on_wait()
        vectors = np.concatenate(found)
        if not np.isfinite(vectors).all():
            raise self._corrupt("it makes numbers that are not finite")
        return vectors

    def _infer(self, patches: Floats) -> Floats:
        """Return the vectors of patches, (n, 96, 64)."""
        (kernel, bias), *rest = self._convolutions
        seen = np.stack(_shifted(patches[..., np.newaxis], stride=2), axis=-1)[..., 0, :]  # (n, 48, 32, 9)
        X = _pointwise(seen, kernel.reshape(9, -1), bias)
        for (stride, _), depthwise, pointwise in zip(LAYERS[1:], rest[::2], rest[1::2], strict=True):
            X = _pointwise(_depthwise(X, *depthwise, stride=stride), *pointwise)
        return np.asarray(X.mean(axis=(1, 2)))  # (n, 1024)

    @cached_property
    def _convolutions(self) -> list[tuple[Floats, Floats]]:
        """The kernels and biases in order, the normalisation after each a part of them."""
        try:
            return _read_convolutions(self._weights)
        except (OSError, KeyError, TypeError, ValueError, RuntimeError) as exc:  # as h5py tells of a damaged file
            raise self._corrupt(one_line(exc)) from exc

    def _corrupt(self, reason: str) -> WeightsError:
        return WeightsError(
            "weights_corrupt", f"{str(self._weights)!r} does not hold YAMNet ({reason}): give yamnet.h5"
        )


def cut_patches(sound: Floats) -> Iterator[Floats]:
    """Yield the log-mel patches of samples, some at once: (n, 96, 64); silence fills the last one, as upstream."""
    if not len(sound):
        return
    first, hop = (PATCH - 1) * HOP + WINDOW, PATCH_HOP * HOP
    n_patches = 1 + max(0, -(-(len(sound) - first) // hop))
    padded = np.pad(sound, (0, first + (n_patches - 1) * hop - len(sound)))
    for start in range(0, n_patches, BATCH):
        n = min(BATCH, n_patches - start)
        mel = log_mel(padded[start * hop : start * hop + (n - 1) * hop + first])
        yield np.stack([mel[patch * PATCH_HOP :][:PATCH] for patch in range(n)])


def log_mel(sound: Floats) -> Floats:
    """Return the logarithm of how loud 64 bands are in each window of 25 ms, one every 10 ms: (windows, 64)."""
    hann = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(WINDOW) / WINDOW)).astype(np.float32)
    windows = np.lib.stride_tricks.sliding_window_view(sound, WINDOW)[::HOP]
    loud = np.abs(np.fft.rfft(windows * hann, FFT)).astype(np.float32)  # (windows, 257)
    return np.asarray(np.log(loud @ _mel_weights() + QUIETEST))


@functools.cache
def _mel_weights() -> Floats:
    """Return how far each frequency belongs to each band: triangles of equal width in mel, (257, 64)."""
    mel = _mel(np.linspace(0, RATE / 2, FFT // 2 + 1))[:, np.newaxis]
    edges = np.linspace(_mel(LOWEST), _mel(HIGHEST), BANDS + 2)
    low, middle, high = edges[:-2], edges[1:-1], edges[2:]
    triangles = np.minimum((mel - low) / (middle - low), (high - mel) / (high - middle))
    return np.asarray(np.maximum(0, triangles), dtype=np.float32)


def _mel(hertz: NDArray[np.float64] | int) -> NDArray[np.float64]:
    return np.asarray(1127 * np.log1p(np.divide(hertz, 700)))


def _shifted(X: Floats, *, stride: int) -> list[Floats]:
    """Return what the nine places of a 3 x 3 kernel see of each picture; the edges are as in TensorFlow's "same"."""
    _, height, width, _ = X.shape
    before = 2 - stride
    padded = np.pad(X, ((0, 0), (before, 1), (before, 1), (0, 0)))
    return [
        padded[:, row : row + height : stride, column : column + width : stride]
        for row in range(3)
        for column in range(3)
    ]


def _depthwise(X: Floats, kernel: Floats, bias: Floats, *, stride: int) -> Floats:
    """Return each channel convolved by itself."""
    parts = zip(_shifted(X, stride=stride), kernel.reshape(9, -1), strict=True)
    found, one = np.broadcast_to(bias, (len(X), X.shape[1] // stride, X.shape[2] // stride, len(bias))).copy(), None
    for part, weights in parts:
        one = np.multiply(part, weights, out=one)
        found += one
    return np.asarray(np.maximum(found, 0, out=found))


def _pointwise(X: Floats, kernel: Floats, bias: Floats) -> Floats:
    """Return channels mixed at each place."""
    mixed = X.reshape(-1, X.shape[-1]) @ kernel.reshape(X.shape[-1], -1)
    mixed += bias
    return np.asarray(np.maximum(mixed, 0, out=mixed)).reshape(*X.shape[:-1], -1)


def _read_convolutions(path: Path) -> list[tuple[Floats, Floats]]:
    import h5py  # comes with Keras

    found: dict[str, object] = {}
    with h5py.File(path, "r") as file:
        file.visititems(lambda name, it: found.update({match[1]: it} if (match := _NAME.fullmatch(name)) else {}))
        return [_fold(found, *wanted) for wanted in _wanted()]


def _wanted() -> Iterator[tuple[str, str, tuple[int, ...]]]:
    """Yield the name of each convolution, that of its kernel, and the kernel's shape."""
    yield "layer1/conv", "kernel", (3, 3, 1, LAYERS[0][1])
    for number, (_, width) in enumerate(LAYERS[1:], 2):
        before = LAYERS[number - 2][1]
        yield f"layer{number}/depthwise_conv", "depthwise_kernel", (3, 3, before, 1)
        yield f"layer{number}/pointwise_conv", "kernel", (1, 1, before, width)


def _fold(found: dict[str, object], name: str, kernel: str, shape: tuple[int, ...]) -> tuple[Floats, Floats]:
    """Return a convolution's kernel and bias with the normalisation that follows it."""
    n = shape[2] if kernel == "depthwise_kernel" else shape[3]
    beta, mean, variance = (
        _read(found, f"{name}/bn/{part}", (n,)) for part in ("beta", "moving_mean", "moving_variance")
    )
    scale = 1 / np.sqrt(variance + EPSILON)
    folded = _read(found, f"{name}/{kernel}", shape).reshape(-1, n) * scale
    return folded.astype(np.float32), (beta - mean * scale).astype(np.float32)


def _read(found: dict[str, object], name: str, shape: Sequence[int]) -> Floats:
    """Return an array of a file; raises KeyError, and ValueError for one of another shape."""
    stored = found[name]
    if getattr(stored, "shape", None) != tuple(shape):
        raise ValueError(f"{name} is not of shape {tuple(shape)}")
    array = np.asarray(stored, dtype=np.float32)
    if not np.isfinite(array).all():
        raise ValueError(f"{name} has numbers that are not finite")
    return array
