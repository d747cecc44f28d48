"""Locks on files (flock): waiting for them is bounded, and they end with the process that holds them."""

import fcntl
import os
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

SHARED = fcntl.LOCK_SH
EXCLUSIVE = fcntl.LOCK_EX
POLL_S = 0.01


class FileLock:
    """A held flock, made by `try_lock`.

    The kernel frees it when the process ends, however it ends, so a lock is never stale. Child processes don't inherit
    it.
    """

    def __init__(self, fd: int) -> None:
        self._fd = fd

    def close(self) -> None:
        """Free the lock; a second call does nothing."""
        fd, self._fd = self._fd, -1
        if fd >= 0:
            os.close(fd)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def try_lock(path: Path, kind: int = EXCLUSIVE, *, wait_s: float = 0) -> FileLock | None:
    """Return an flock on `path`, or None when it isn't free within `wait_s` seconds."""
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    with ExitStack() as undo:
        lock = undo.enter_context(FileLock(fd))
        if wait_until(lambda: _taken(fd, kind), seconds=wait_s):
            undo.pop_all()
            return lock
    return None


def is_free(path: Path, *, wait_s: float = 0) -> bool:
    """Return whether no process holds an exclusive flock on `path`, now or within `wait_s` seconds."""
    lock = try_lock(path, SHARED, wait_s=wait_s)
    if lock:
        lock.close()
    return lock is not None


def wait_until(condition: Callable[[], bool], *, seconds: float) -> bool:
    """Check `condition` every 10 ms until it is true or `seconds` are over; return its last value."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() >= deadline:
            return False
        time.sleep(POLL_S)
    return True


def _taken(fd: int, kind: int) -> bool:
    try:
        fcntl.flock(fd, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
