"""Protocol between the processes that decode and the one that infers; a message is a kind, a length, and bytes."""

import json
import math
import select
import socket
import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

from extractor.networks.backbone import OnWait, nothing

HELLO, FRAMES, VECTORS, ERROR = b"H", b"F", b"V", b"E"
MAX_FRAMES = 1024  # in one message
MAX_TEXT_BYTES = 2**16
TICK_S = 1.0
_HEADER = struct.Struct("<cI")
_MAX_ITEMS = {HELLO: MAX_TEXT_BYTES, ERROR: MAX_TEXT_BYTES, FRAMES: MAX_FRAMES, VECTORS: MAX_FRAMES}


class InferenceConnection:
    """One end of a connection. `on_wait` is called each second that it waits for the other end, and may raise.

    Frames have `frame_size` pixels a side and vectors `dim` numbers. An invalid message and a connection that ends are
    a ConnectionError.
    """

    def __init__(self, connection: socket.socket, *, frame_size: int, dim: int) -> None:
        connection.setblocking(False)
        self._connection = connection
        self._frame_shape, self._dim = (frame_size, frame_size, 3), dim
        self._item_bytes = {HELLO: 1, ERROR: 1, FRAMES: math.prod(self._frame_shape), VECTORS: dim * 4}

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def send_text(self, kind: bytes, content: object) -> None:
        """Send a JSON text."""
        text = json.dumps(content).encode()[:MAX_TEXT_BYTES]
        self._send(_HEADER.pack(kind, len(text)) + text, nothing)

    def send_frames(self, frames: NDArray[np.uint8], *, on_wait: OnWait) -> None:
        """Send frames of shape (frames, size, size, 3)."""
        self._send(_HEADER.pack(FRAMES, len(frames)), on_wait)
        self._send(np.ascontiguousarray(frames).reshape(-1).data, on_wait)

    def send_vectors(self, vectors: NDArray[np.float32]) -> None:
        """Send vectors of shape (frames, dim)."""
        self._send(_HEADER.pack(VECTORS, len(vectors)), nothing)
        self._send(np.ascontiguousarray(vectors, dtype=np.float32).reshape(-1).view(np.uint8).data, nothing)

    def receive(self, *kinds: bytes, on_wait: OnWait = nothing) -> tuple[bytes, Any]:
        """Return the next message, which must be one of these kinds: a text's content, frames or vectors."""
        kind, n_items = _HEADER.unpack(self._read(_HEADER.size, on_wait))
        if kind not in kinds or n_items > _MAX_ITEMS[kind]:
            raise ConnectionError(f"unexpected message of kind {kind!r} and length {n_items}")
        content = self._read(n_items * self._item_bytes[kind], on_wait)
        if kind == FRAMES:
            return kind, np.frombuffer(content, np.uint8).reshape(n_items, *self._frame_shape)
        if kind == VECTORS:
            return kind, np.frombuffer(content, np.float32).reshape(n_items, self._dim)
        return kind, json.loads(content)

    def _send(self, content: bytes | memoryview, on_wait: OnWait) -> None:
        rest = memoryview(content)
        while rest:
            if select.select([], [self._connection], [], TICK_S)[1]:
                rest = rest[self._connection.send(rest) :]
            else:
                on_wait()

    def _read(self, n_bytes: int, on_wait: OnWait) -> bytearray:
        content = bytearray(n_bytes)
        rest = memoryview(content)
        while rest:
            if not select.select([self._connection], [], [], TICK_S)[0]:
                on_wait()
                continue
            n_read = self._connection.recv_into(rest)
            if not n_read:
                raise ConnectionResetError("the other end is gone")
            rest = rest[n_read:]
        return content
