"""Home of the embedded database: its folder, the path of its socket, and the check that the disk has room."""

import hashlib
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from errno import EDQUOT, ENOSPC
from pathlib import Path

from db.errors import DiskFull, StoreUnavailable

MIN_FREE_BYTES = 200_000_000
MAX_SOCKET_BYTES = 107
WAY_OUT = "set TRAILERS_HOME to another folder, or MONGODB_URI to a running server"


def find_folder(home: Path) -> Path:
    """Return the folder below `home`, made or not."""
    return home.expanduser().resolve() / "db"


def make_folder(home: Path) -> Path:
    """Return the folder below `home`, which only the owner may read, made if missing; raises as `disk_errors` does."""
    with disk_errors(home):
        folder = find_folder(home)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder.chmod(0o700)
        (folder / "data").mkdir(exist_ok=True, mode=0o700)
    return folder


def find_socket(folder: Path) -> str:
    """Return the path of the socket, in a private temporary folder if the one here is too long."""
    path = str(folder / "mongod.sock")
    if is_usable_socket(path):
        return path
    key = hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]
    path = str(private_folder(Path(tempfile.gettempdir()) / f"trailers-{key}") / "mongod.sock")
    if not is_usable_socket(path):
        raise StoreUnavailable(f"the socket path {path} has over 107 bytes: set TMPDIR to a shorter folder")
    return path


def require_room(folder: Path) -> None:
    """Raise DiskFull when the disk is too full to start a server safely."""
    free = shutil.disk_usage(folder).free
    if free < MIN_FREE_BYTES:
        raise DiskFull(
            f"the disk of {folder} has {free // 1_000_000} MB free and the database needs "
            f"{MIN_FREE_BYTES // 1_000_000} MB: free some space, {WAY_OUT}"
        )


def is_usable_socket(socket: str) -> bool:
    """Return whether the kernel and mongod's comma-separated list accept the socket path."""
    return len(os.fsencode(socket)) <= MAX_SOCKET_BYTES and "," not in socket


def private_folder(folder: Path) -> Path:
    """Return `folder`, created if missing; raises StoreUnavailable when another user owns or may enter it."""
    with disk_errors(folder):
        folder.mkdir(exist_ok=True, mode=0o700)
        found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o077:
        raise StoreUnavailable(f"{folder} is not a private folder of this user: remove it, or {WAY_OUT}")
    return folder


@contextmanager
def disk_errors(folder: Path) -> Iterator[None]:
    """Raise errors of the file system as StoreUnavailable or DiskFull."""
    try:
        yield
    except OSError as exc:
        if exc.errno in (ENOSPC, EDQUOT):
            raise DiskFull(f"the disk of {folder} is full: free some space, {WAY_OUT}") from exc
        raise StoreUnavailable(f"can't use the folder {folder} ({exc.strerror}): {WAY_OUT}") from exc
