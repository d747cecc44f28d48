"""Scratch folders: one private folder for each download, locked by its process and swept once that is gone."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from db.embedded.locks import FileLock, is_free, try_lock
from worker.errors import WorkerError

if TYPE_CHECKING:
    from worker.settings import Settings

LOCK = "lock"
WAITING = "videos"  # of videos that wait for another process; worker.download.waiting_videos looks after them
WAIT_S = 30


@contextmanager
def scratch_folder(parent: Path) -> Iterator[Path]:
    """Give a new folder that is gone afterwards, and remove those of killed processes.

    Raises WorkerError (disk_full) if none can be made.
    """
    with ExitStack() as undo:
        try:
            parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            folder = undo.enter_context(_fresh_folder(parent))
        except OSError as exc:
            raise WorkerError(
                "disk_full", f"no scratch folder can be made in {str(parent)!r}: {exc.strerror}; make room for it"
            ) from exc
        yield folder


@contextmanager
def _fresh_folder(parent: Path) -> Iterator[Path]:
    with _gate(parent):  # nobody sweeps between making a folder and locking it
        _sweep(parent)
        folder = Path(tempfile.mkdtemp(prefix=_prefix(), dir=parent))
        lock = try_lock(folder / LOCK)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        if lock:
            lock.close()


def remove_own_scratch(parent: Path) -> None:
    """Remove what this process still has in the scratch folder."""
    for folder in parent.glob(f"{_prefix()}*"):
        shutil.rmtree(folder, ignore_errors=True)


def sweep(parent: Path) -> None:
    """Remove what killed processes have left behind."""
    if parent.is_dir():
        with _gate(parent):
            _sweep(parent)


def has_reserve(settings: "Settings", *, n_more: int = 0) -> bool:
    """Tell whether the disk has room for `n_more` bytes, and then still for two of the largest videos."""
    return shutil.disk_usage(settings.home).free - n_more >= 2 * settings.max_download_bytes


def _sweep(parent: Path) -> None:
    """Remove the folders whose owners are gone: the kernel frees a lock with its process."""
    for folder in parent.iterdir():
        with suppress(FileNotFoundError, NotADirectoryError):  # its owner is removing it; a file isn't ours
            if folder.name != WAITING and is_free(folder / LOCK):
                shutil.rmtree(folder, ignore_errors=True)


def _gate(parent: Path) -> FileLock:
    """Return the lock on making and sweeping folders; it lies beside the scratch folder, which ends up empty."""
    lock = try_lock(parent.with_name(f"{parent.name}.lock"), wait_s=WAIT_S)
    if lock is None:
        raise OSError(None, f"another process has held {parent.name}.lock for {WAIT_S} s")
    return lock


def _prefix() -> str:
    return f"{os.uname().nodename}-{os.getpid()}-"  # containers share folders and process ids
