"""Locks on files (flock): waiting for them is bounded, and they end with the process that holds them."""

import fcntl
import os
import time
from collections.abc import Callable
from contextlib import ExitStack, nullcontext, suppress
from functools import partial
from io import FileIO
from pathlib import Path

SHARED = fcntl.LOCK_SH
EXCLUSIVE = fcntl.LOCK_EX
POLL_S = 0.01
FileLock = FileIO


def try_lock(path: Path, kind: int = EXCLUSIVE, *, wait_s: float = 0) -> FileLock | None:
    """Return an flock on `path`, held until it is closed, or None when it isn't free within `wait_s` seconds.

    The kernel frees it when the process ends, however it ends, so a lock is never stale. Child processes don't inherit
    it.
    """
    with ExitStack() as undo:
        lock = undo.enter_context(FileIO(path, "a+", opener=partial(os.open, mode=0o600)))
        if wait_until(lambda: _taken(lock, kind), seconds=wait_s):
            undo.pop_all()
            return lock
    return None


def is_free(path: Path, *, wait_s: float = 0) -> bool:
    """Return whether no process holds an exclusive flock on `path`, now or within `wait_s` seconds."""
    with try_lock(path, SHARED, wait_s=wait_s) or nullcontext() as lock:
        return lock is not None


def wait_until(condition: Callable[[], bool], *, seconds: float) -> bool:
    """Check `condition` every 10 ms until it is true or `seconds` are over; return its last value."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() >= deadline:
            return False
        time.sleep(POLL_S)
    return True


def _taken(lock: FileLock, kind: int) -> bool:
    with suppress(BlockingIOError):
        fcntl.flock(lock, kind | fcntl.LOCK_NB)
        return True
    return False
