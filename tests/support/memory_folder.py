"""The folder in memory where a run of the tests keeps its files: a fresh database takes a third of the time there."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psutil

from db.embedded.home import private_folder
from db.embedded.locks import FileLock, try_lock, wait_until

MEMORY = Path("/dev/shm")
NEEDED_BYTES = 6_000_000_000  # the files of three processes at their most, and what TensorFlow takes beside them


def has_room() -> bool:
    """Return whether this machine keeps files in memory, has enough of it, and lets programs be run from there."""
    if not MEMORY.is_dir() or os.statvfs(MEMORY).f_flag & os.ST_NOEXEC:
        return False
    return min(shutil.disk_usage(MEMORY).free, psutil.virtual_memory().available) >= NEEDED_BYTES


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold an flock on `path`, however long that takes to get."""
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(file, fcntl.LOCK_UN)  # also where a process we forked still has the file


@contextmanager
def memory_folder(memory: Path = MEMORY) -> Iterator[Path]:
    """Give the path of a run's folder and remove it in the end; one whose run was killed, the next run removes."""
    root = private_folder(memory / f"trailers-{os.geteuid()}")
    folder = root / uuid4().hex[:6]  # short: sockets lie below it
    with locked(root / "sweeping"):
        for left in root.glob("*.lock"):
            _remove(left, try_lock(left))
        lock = try_lock(_lock_of(folder))
    try:
        yield folder
    finally:
        _remove(_lock_of(folder), lock)


def _lock_of(folder: Path) -> Path:
    return folder.with_suffix(".lock")


def _remove(path: Path, lock: FileLock | None) -> None:
    """Remove the folder of a lock, and the lock, if it is ours."""
    if lock:
        with lock:
            if wait_until(lambda: _is_removed(path.with_suffix("")), seconds=15):
                path.unlink()


def _is_removed(folder: Path) -> bool:
    """Remove the folder; return whether no server that is still ending has put something into it meanwhile."""
    shutil.rmtree(folder, ignore_errors=True)
    return not folder.exists()
