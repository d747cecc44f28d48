"""Full batches for one network out of the frames of many trailers, first come first served."""

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

LINGER_S = 0.02  # a batch that isn't full waits so long for the frames of others
Network = Callable[[NDArray[np.uint8]], NDArray[np.float32]]


@dataclass(slots=True, eq=False)
class _Waiting:
    """Frames somebody waits for: how many of them went into batches, and which vectors are there."""

    frames: NDArray[np.uint8]
    vectors: NDArray[np.float32]
    n_taken: int = 0
    n_left: int = 0
    error: Exception | None = None
    answered: threading.Event = field(default_factory=threading.Event)


@dataclass(frozen=True, slots=True)
class _Part:
    """Some of the frames asked for, in one batch."""

    asked: _Waiting
    start: int
    end: int


class Batcher:
    """Takes frames from many threads, at most `size` a batch, to a network whose vectors have `dim` numbers."""

    def __init__(self, network: Network, *, size: int, dim: int) -> None:
        self._network, self._size, self._dim = network, size, dim
        self._waiting: deque[_Waiting] = deque()
        self._changed = threading.Condition()
        self._over = False
        self._begun: float | None = None

    def infer(self, frames: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return vectors of shape (frames, dim) for frames of shape (frames, size, size, 3); waits for its turn.

        Raises what the network raised for a batch with one of these frames.
        """
        if not len(frames):
            return np.empty((0, self._dim), np.float32)
        asked = _Waiting(frames, np.empty((len(frames), self._dim), np.float32), n_left=len(frames))
        with self._changed:
            self._waiting.append(asked)
            self._changed.notify_all()
        asked.answered.wait()
        if asked.error is not None:
            raise asked.error
        return asked.vectors

    def run(self) -> None:
        """Have the network work in this thread, until `stop`."""
        while parts := self._take():
            frames = [part.asked.frames[part.start : part.end] for part in parts]
            self._begun = time.monotonic()
            try:
                vectors = self._network(frames[0] if len(frames) == 1 else np.concatenate(frames))
            except Exception as exc:  # noqa: BLE001 - another thread's border: whoever asked must hear of it
                self._fail(parts, exc)
            else:
                _answer(parts, vectors)
            finally:
                self._begun = None

    def busy_s(self) -> float:
        """Return for how many seconds the network has been at work on a batch."""
        begun = self._begun
        return 0 if begun is None else time.monotonic() - begun

    def stop(self) -> None:
        """End `run` once the batch at work is done."""
        with self._changed:
            self._over = True
            self._changed.notify_all()

    def _take(self) -> list[_Part]:
        """Return the next batch; it waits for a frame, and a moment for a full batch. Empty: it is over."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._over)
            self._changed.wait_for(lambda: self._n_waiting() >= self._size or self._over, timeout=LINGER_S)
            parts: list[_Part] = []
            room = 0 if self._over else self._size
            while room and self._waiting:
                asked = self._waiting[0]
                end = min(len(asked.frames), asked.n_taken + room)
                parts.append(_Part(asked, asked.n_taken, end))
                room -= end - asked.n_taken
                asked.n_taken = end
                if end == len(asked.frames):
                    self._waiting.popleft()
            return parts

    def _fail(self, parts: list[_Part], exc: Exception) -> None:
        with self._changed:
            for part in parts:
                if part.asked in self._waiting:
                    self._waiting.remove(part.asked)
                part.asked.error = exc
                part.asked.answered.set()

    def _n_waiting(self) -> int:
        return sum(len(asked.frames) - asked.n_taken for asked in self._waiting)


def _answer(parts: list[_Part], vectors: NDArray[np.float32]) -> None:
    begin = 0
    for part in parts:
        n_frames = part.end - part.start
        part.asked.vectors[part.start : part.end] = vectors[begin : begin + n_frames]
        part.asked.n_left -= n_frames
        begin += n_frames
        if not part.asked.n_left:
            part.asked.answered.set()
