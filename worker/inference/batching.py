"""Batching: full batches for one network from the frames of many trailers, first come, first served."""

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

LINGER_S = 0.02  # how long a batch that isn't full waits for other frames
Network = Callable[[NDArray[np.uint8]], NDArray[np.float32]]


@dataclass(slots=True, eq=False)
class _Request:
    """A request for the vectors of some frames: how many frames are in batches, and how many vectors are missing."""

    frames: NDArray[np.uint8]
    vectors: NDArray[np.float32]
    n_taken: int = 0
    n_left: int = 0
    error: Exception | None = None
    done: threading.Event = field(default_factory=threading.Event)


@dataclass(frozen=True, slots=True)
class _Part:
    """The frames of one request in one batch."""

    request: _Request
    start: int
    end: int


class Batcher:
    """Takes frames from many threads, at most `size` a batch, to a network whose vectors have `dim` numbers."""

    def __init__(self, network: Network, *, size: int, dim: int) -> None:
        self._network, self._size, self._dim = network, size, dim
        self._waiting: deque[_Request] = deque()
        self._changed = threading.Condition()
        self._stopped = False
        self._started: float | None = None

    def infer(self, frames: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return vectors of shape (frames, dim) for frames of shape (frames, size, size, 3).

        It waits for its turn. Raises what the network raised for a batch with one of these frames.
        """
        if not len(frames):
            return np.empty((0, self._dim), np.float32)
        request = _Request(frames, np.empty((len(frames), self._dim), np.float32), n_left=len(frames))
        with self._changed:
            self._waiting.append(request)
            self._changed.notify_all()
        request.done.wait()
        if request.error is not None:
            raise request.error
        return request.vectors

    def run(self) -> None:
        """Run the network in this thread until `stop`."""
        while parts := self._take():
            frames = [part.request.frames[part.start : part.end] for part in parts]
            self._started = time.monotonic()
            try:
                _distribute(parts, self._network(frames[0] if len(frames) == 1 else np.concatenate(frames)))
            except Exception as exc:  # noqa: BLE001 - a thread's border: `infer` raises it
                self._fail(parts, exc)
            finally:
                self._started = None

    def busy_s(self) -> float:
        """Return for how many seconds the network has been working on the current batch, 0 if it is idle."""
        started = self._started
        return 0 if started is None else time.monotonic() - started

    def stop(self) -> None:
        """End `run` once the current batch is done."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    def _take(self) -> list[_Part]:
        """Wait for a frame, and a moment for a full batch, and return the batch; it is empty after `stop`."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._stopped)
            self._changed.wait_for(lambda: self._n_waiting() >= self._size or self._stopped, timeout=LINGER_S)
            parts: list[_Part] = []
            room = 0 if self._stopped else self._size
            while room and self._waiting:
                request = self._waiting[0]
                end = min(len(request.frames), request.n_taken + room)
                parts.append(_Part(request, request.n_taken, end))
                room -= end - request.n_taken
                request.n_taken = end
                if end == len(request.frames):
                    self._waiting.popleft()
            return parts

    def _fail(self, parts: list[_Part], exc: Exception) -> None:
        with self._changed:
            for part in parts:
                if part.request in self._waiting:
                    self._waiting.remove(part.request)
                part.request.error = exc
                part.request.done.set()

    def _n_waiting(self) -> int:
        return sum(len(request.frames) - request.n_taken for request in self._waiting)


def _distribute(parts: list[_Part], vectors: NDArray[np.float32]) -> None:
    begin = 0
    for part in parts:
        n_frames = part.end - part.start
        part.request.vectors[part.start : part.end] = vectors[begin : begin + n_frames]
        part.request.n_left -= n_frames
        begin += n_frames
        if not part.request.n_left:
            part.request.done.set()
