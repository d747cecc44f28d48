"""SharedBackbone: a backbone whose network is in another process of this machine, which infers for all."""

import socket
import time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from extractor.features import Provenance
from extractor.networks.backbone import OnWait, nothing
from extractor.networks.registry import BACKBONES
from extractor.networks.weights import Weights
from worker.errors import WorkerError
from worker.inference.protocol import ERROR, HELLO, VECTORS, InferenceConnection

MAX_LOST = 3  # answers lost before the batch itself is suspected
AGAIN_S = 0.2


class SharedBackbone:
    """The network of the process that listens at `address`, an abstract Unix socket.

    When that process dies, the batch is sent to the next one. A batch that is lost MAX_LOST times, or that the other
    process failed to infer, raises WorkerError (internal).
    """

    def __init__(self, address: str, weights: Weights) -> None:
        self._address, self._weights = address, weights
        backbone = BACKBONES[weights.backbone]
        self.frame_size, self.dim = backbone.frame_size, backbone.dim
        self._connection: InferenceConnection | None = None
        self._hello: dict[str, Any] = {}

    @property
    def features_id(self) -> str:
        """The id that comparable vectors share."""
        return self._weights.features_id

    @property
    def provenance(self) -> Provenance:
        """How the other process makes the vectors."""
        if not self._hello:
            self._connect(nothing)
        return Provenance(**{**self._hello["provenance"], "notes": ()})  # a network says nothing of a video

    def __call__(self, frames: NDArray[np.uint8], *, on_wait: OnWait = nothing) -> NDArray[np.float32]:
        """Return vectors of shape (frames, dim) for frames of shape (frames, size, size, 3)."""
        for _ in range(MAX_LOST):
            try:
                return self._infer(frames, on_wait)
            except OSError:
                self.close()
                on_wait()
                time.sleep(AGAIN_S)
            except BaseException:
                self.close()  # or its answer would be taken for the next one
                raise
        raise WorkerError("internal", f"the inference process died {MAX_LOST} times over the same frames; see its log")

    def close(self) -> None:
        """Close the connection; the next call opens another."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _infer(self, frames: NDArray[np.uint8], on_wait: OnWait) -> NDArray[np.float32]:
        connection = self._connection or self._connect(on_wait)
        connection.send_frames(frames, on_wait=on_wait)
        kind, answer = connection.receive(VECTORS, ERROR, on_wait=on_wait)
        if kind == ERROR:
            raise WorkerError("internal", f"inference failed: {answer}")
        vectors: NDArray[np.float32] = answer
        return vectors

    def _connect(self, on_wait: OnWait) -> InferenceConnection:
        """Return a connection to the process, after waiting for it to load."""
        client = socket.socket(socket.AF_UNIX)
        try:
            client.connect(f"\0{self._address}")
            connection = InferenceConnection(client, frame_size=self.frame_size, dim=self.dim)
            _, self._hello = connection.receive(HELLO, on_wait=on_wait)
        except BaseException:
            client.close()
            raise
        if self._hello["features_id"] != self.features_id:
            connection.close()
            raise WorkerError("features_mismatch", "the weights file has changed since the worker started; restart it")
        self._connection = connection
        return connection


def listen() -> socket.socket:
    """Return a listening socket at an address of its own, without a file."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind("")  # Linux chooses a free abstract name
    listener.listen(128)
    return listener


def address_of(listener: socket.socket) -> str:
    """Return the address for SharedBackbone."""
    return bytes(listener.getsockname())[1:].decode()
