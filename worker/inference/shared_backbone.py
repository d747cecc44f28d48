"""A Backbone without a network: another process of this machine has it and infers for all."""

import socket
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from extractor.features import Provenance
from extractor.networks.backbone import nothing
from extractor.networks.registry import BACKBONES
from extractor.networks.weights import Weights
from worker.errors import WorkerError
from worker.inference.protocol import ERROR, HELLO, VECTORS, InferenceConnection

MAX_LOST = 3  # answers, before a batch itself is suspected
AGAIN_S = 0.2


class SharedBackbone:
    """The network of the process that listens at `address`, an abstract Unix socket.

    When that process dies the batch is sent to the next one; a batch that is lost again and again raises WorkerError
    (internal), and so does one that the other process failed to infer.
    """

    def __init__(self, address: str, weights: Weights) -> None:
        self._address, self._weights = address, weights
        backbone = BACKBONES[weights.backbone]
        self.frame_size, self.dim = backbone.frame_size, backbone.dim
        self._wire: InferenceConnection | None = None
        self._hello: dict[str, Any] = {}

    @property
    def features_id(self) -> str:
        """The id under which its vectors may be compared."""
        return self._weights.features_id

    @property
    def provenance(self) -> Provenance:
        """What the vectors of the other process are made with."""
        if not self._hello:
            self._connect(nothing)
        return Provenance(**self._hello["provenance"])

    def __call__(self, frames: NDArray[np.uint8], *, on_wait: Callable[[], None] = nothing) -> NDArray[np.float32]:
        """Return vectors of shape (frames, dim) for frames of shape (frames, size, size, 3)."""
        for _ in range(MAX_LOST):
            try:
                return self._ask(frames, on_wait)
            except OSError:
                self.close()
                on_wait()
                time.sleep(AGAIN_S)
            except BaseException:
                self.close()  # an answer may be under way that nobody waits for
                raise
        raise WorkerError("internal", f"the inference process died {MAX_LOST} times over the same frames; see its log")

    def close(self) -> None:
        """Close the connection; the next call opens another."""
        if self._wire is not None:
            self._wire.close()
            self._wire = None

    def _ask(self, frames: NDArray[np.uint8], on_wait: Callable[[], None]) -> NDArray[np.float32]:
        wire = self._wire or self._connect(on_wait)
        wire.send_frames(frames, on_wait=on_wait)
        kind, answer = wire.receive(VECTORS, ERROR, on_wait=on_wait)
        if kind == ERROR:
            raise WorkerError("internal", f"inference failed: {answer}")
        vectors: NDArray[np.float32] = answer
        return vectors

    def _connect(self, on_wait: Callable[[], None]) -> InferenceConnection:
        """Return a connection to the process; one that is still loading is waited for."""
        connection = socket.socket(socket.AF_UNIX)
        try:
            connection.connect(f"\0{self._address}")
            wire = InferenceConnection(connection, frame_size=self.frame_size, dim=self.dim)
            _, self._hello = wire.receive(HELLO, on_wait=on_wait)
        except BaseException:
            connection.close()
            raise
        if self._hello["features_id"] != self.features_id:
            wire.close()
            raise WorkerError("features_mismatch", "the weights file has changed since the worker started; restart it")
        self._wire = wire
        return wire


def listen() -> socket.socket:
    """Return a listening socket at an address that nobody else has; it leaves no file behind."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind("")  # Linux chooses a free abstract name
    listener.listen(128)
    return listener


def address_of(listener: socket.socket) -> str:
    """Return the address for SharedBackbone."""
    return bytes(listener.getsockname())[1:].decode()
