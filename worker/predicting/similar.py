"""Similar trailers: the cosine between the mean features of their frames, by brute force over all, in memory.

10,000 trailers take 80 MB and a search 4 ms, 100,000 take 0.8 GB and 29 ms (docs/performance.md).
"""

import threading
import time
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from db.store import Store
from worker.errors import WorkerError

OVERLAP = timedelta(minutes=10)  # the hosts' clocks may differ, and a write arrive late, by that much
FRESH_S = 1.0
FIRST_ROWS = 1024

Vectors = NDArray[np.float32]


class NotLoaded(WorkerError):
    """The vectors are still being read; ask again later."""

    def __init__(self, n_read: int) -> None:
        super().__init__("store_unavailable", f"not loaded yet: {n_read:,} trailers have been read; ask again soon")


class Similarity:
    """The trailers that have features of one kind, as unit vectors; safe to use from any thread.

    Call `load` once, which may take minutes. After a failure, another `load` or `refresh` goes on where it stopped.
    """

    def __init__(self, store: Store, features_id: str) -> None:
        self.features_id = features_id
        self.loaded = False
        self._store = store
        self._vectors: Vectors = np.empty((0, 0), np.float32)  # (capacity, dim), the first rows in use
        self._ids: list[str] = []
        self._rows: dict[str, int] = {}
        self._times: dict[str, datetime] = {}
        self._newest: datetime | None = None
        self._asked_at = float("-inf")
        self._table = threading.Lock()  # on the rows
        self._asking = threading.Lock()  # one refreshes at a time

    def __len__(self) -> int:
        return len(self._ids)

    def load(self) -> None:
        """Read everything; raises StoreError."""
        self.refresh()
        self.loaded = True

    def refresh(self) -> int:
        """Read what was written since the last time; return the number of trailers. Raises StoreError."""
        with self._asking:
            return self._read()

    def _refresh_since(self, moment: float) -> None:
        """Refresh, unless another thread has begun to since `moment`: of many callers at once only one reads."""
        if self._asked_at < moment:
            with self._asking:
                if self._asked_at < moment:
                    self._read()

    def _read(self) -> int:
        n_read = 0
        begun, newest = time.monotonic(), self._newest
        after = newest - OVERLAP if newest else None
        for trailer_id, written, vector in self._store.features.pooled(
            self.features_id, after=after, known=self._times
        ):
            with self._table:
                self._put(trailer_id, vector)
            self._times[trailer_id] = written
            newest = max(newest or written, written)
            n_read += 1
        self._newest, self._asked_at = newest, begun
        return n_read

    def nearest(self, trailer_id: str, n: int) -> list[tuple[str, float]]:
        """Return the `n` trailers most similar to this one, each with its cosine, the most similar first.

        Copies of it are among them, at 1.0; the trailer itself is not. Anything written more than a second ago
        counts. Raises NotLoaded, WorkerError (not_found) for a trailer without such features, and StoreError.
        """
        if not self.loaded:
            raise NotLoaded(len(self))
        now = time.monotonic()
        self._refresh_since(now - FRESH_S if trailer_id in self._rows else now)
        with self._table:
            row = self._rows.get(trailer_id)
            if row is None:
                raise WorkerError("not_found", f"{trailer_id} has no features of {self.features_id}; analyse it first")
            rows, cosines = find_nearest(self._vectors[: len(self._ids)], self._vectors[row : row + 1], top=n + 1)
            found = [(self._ids[place], float(cosine)) for place, cosine in zip(rows[0], cosines[0], strict=True)]
        return [(other, min(1.0, cosine)) for other, cosine in found if other != trailer_id][:n]

    def remove(self, trailer_id: str) -> None:
        """Have a trailer be similar to none; it comes back with new features."""
        with self._asking, self._table:
            self._times.pop(trailer_id, None)
            if (row := self._rows.get(trailer_id)) is not None:
                self._vectors[row] = 0

    def _put(self, trailer_id: str, vector: Vectors) -> None:
        """Replace a trailer's row, or add it."""
        row = self._rows.get(trailer_id, len(self._ids))
        if row == len(self._vectors):
            room = np.empty((row or FIRST_ROWS, len(vector)), np.float32)
            self._vectors = np.concatenate([self._vectors, room]) if row else room
        length = np.linalg.norm(vector)
        self._vectors[row] = vector / length if length else vector
        if row == len(self._ids):
            self._ids.append(trailer_id)
            self._rows[trailer_id] = row


def find_nearest(vectors: Vectors, queries: Vectors, *, top: int) -> tuple[NDArray[np.int64], Vectors]:
    """Return the rows of the `top` unit vectors nearest to each query, nearest first, and their cosines.

    Both are of shape (queries, top), or narrower where there are fewer vectors.
    """
    cosines = queries @ vectors.T  # (queries, vectors)
    top = min(top, len(vectors))
    nearest = np.argpartition(cosines, -top, axis=1)[:, -top:]
    found = np.take_along_axis(cosines, nearest, axis=1)
    order = np.argsort(-found, axis=1)
    return np.take_along_axis(nearest, order, axis=1), np.take_along_axis(found, order, axis=1)
