"""Networks that TensorFlow runs; the only file that imports TensorFlow and Keras."""

import contextlib
import functools
import importlib.metadata
import os
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from extractor.features import FRAME_RULE, Provenance
from extractor.networks.backbone import OnWait, nothing
from extractor.networks.weights import Weights
from extractor.precision import Precision

Walk = Callable[[Any], Any]
Infer = Callable[[NDArray[np.uint8]], NDArray[np.float32]]
CPU_BATCH = 16  # a larger one is no faster
GPU_SHAPES = (64, 16)  # frames; each has a graph


class Network(ABC):
    """A backbone that TensorFlow runs: frames of `frame_size` in, average-pooled features of `dim` numbers out.

    TensorFlow and the weights are loaded with the first batch, so that decoding can begin meanwhile; a GPU is used
    when TensorFlow sees one. `precision` is the arithmetic of the convolutions; vectors are always float32.
    """

    frame_size: int
    dim: int

    def __init__(self, weights: Weights, *, precision: Precision = "float32") -> None:
        self._weights, self._precision = weights, precision

    @abstractmethod
    def _load(self, tf: Any, keras: Any) -> Walk:
        """Return what turns prepared pictures into vectors while TensorFlow traces; raises WeightsError."""

    def _prepare(self, pixels: Any) -> Any:
        """Return float32 pixels from 0 to 255 as the network was trained on them: here from -1 to 1."""
        return pixels / 127.5 - 1.0

    @property
    def features_id(self) -> str:
        """The id that comparable vectors share."""
        return self._weights.features_id

    @property
    def provenance(self) -> Provenance:
        """How its vectors are made."""
        made_by = self._weights
        return Provenance(made_by.backbone, made_by.sha256, FRAME_RULE, self._precision, library_versions())

    @property
    def batch_size(self) -> int:
        """The frames of a batch that keeps the device busy."""
        return max(GPU_SHAPES) if gpu_names() else CPU_BATCH

    def __call__(self, frames: NDArray[np.uint8], *, on_wait: OnWait = nothing) -> NDArray[np.float32]:
        """Return float32 vectors of shape (frames, dim) for uint8 frames of shape (frames, size, size, 3).

        Raises WeightsError (weights_corrupt) when the weights file doesn't fit the network.
        """
        return self._infer(frames) if len(frames) else np.empty((0, self.dim), np.float32)

    @functools.cached_property
    def _infer(self) -> Infer:
        tf, keras = import_tensorflow()
        walk_through = self._load(tf, keras)

        def infer(frames: Any) -> Any:
            return walk_through(self._prepare(tf.cast(frames, tf.float32)))

        def compile_for(n_frames: int | None) -> Infer:
            signature = [tf.TensorSpec((n_frames, self.frame_size, self.frame_size, 3), tf.uint8)]
            graph = tf.function(infer, input_signature=signature, autograph=False).get_concrete_function()
            return lambda frames: graph(tf.constant(frames)).numpy()  # (frames, dim) float32

        if not gpu_names():
            return compile_for(None)  # one graph for batches of any size
        return functools.partial(_in_shapes, {n_frames: compile_for(n_frames) for n_frames in GPU_SHAPES})


def _in_shapes(graphs: Mapping[int, Infer], frames: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return the vectors of one or more frames from graphs that each take a fixed number of them."""
    parts, rest = [], frames
    while len(rest):
        shape = min(graphs) if len(rest) <= min(graphs) else max(graphs)
        part, rest = rest[:shape], rest[shape:]
        padding = ((0, shape - len(part)), (0, 0), (0, 0), (0, 0))
        parts.append(graphs[shape](np.pad(part, padding))[: len(part)])
    return np.concatenate(parts)


def gpu_names() -> list[str]:
    """Return the names of the GPUs that TensorFlow sees."""
    tf, _ = import_tensorflow()
    gpus = tf.config.list_physical_devices("GPU")
    return [str(tf.config.experimental.get_device_details(gpu).get("device_name", gpu.name)) for gpu in gpus]


def library_versions() -> dict[str, str]:
    """Return the versions of the libraries that make vectors."""
    versions = {name: importlib.metadata.version(name) for name in ("keras", "numpy")}
    return {**versions, "tensorflow": import_tensorflow()[0].__version__}


def import_tensorflow() -> tuple[Any, Any]:
    """Import TensorFlow and Keras; raises ModuleNotFoundError when they are not installed."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ["KERAS_BACKEND"] = "tensorflow"
    with _native_stderr_closed():
        import keras
        import tensorflow as tf
    for gpu in tf.config.list_physical_devices("GPU"):
        with contextlib.suppress(RuntimeError):  # already in use: too late for that
            tf.config.experimental.set_memory_growth(gpu, True)
    return tf, keras


@contextlib.contextmanager
def _native_stderr_closed() -> Iterator[None]:
    """Discard what TensorFlow's C++ code prints while it loads; no setting of its own silences that."""
    if "tensorflow" in sys.modules:
        yield
        return
    sys.stderr.flush()
    kept = os.dup(2)
    with open(os.devnull, "wb") as nowhere:  # noqa: PTH123 - a file descriptor is what is wanted
        os.dup2(nowhere.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
