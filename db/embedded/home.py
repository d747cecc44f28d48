"""Home of the embedded database: its folder, the paths of its files, and the check that the disk has room."""

import hashlib
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from errno import EDQUOT, ENOSPC
from pathlib import Path
from typing import Self

from db.errors import DiskFull, StoreUnavailable

MIN_FREE_BYTES = 200_000_000
MAX_SOCKET_BYTES = 107
WAY_OUT = "set TRAILERS_HOME to another folder, or MONGODB_URI to a running server"


@dataclass(frozen=True, slots=True)
class Home:
    """The paths below `TRAILERS_HOME`/db, which only the owner may read."""

    folder: Path

    @classmethod
    def at(cls, home: Path) -> Self:
        """Return the layout below `home`, creating missing folders; raises DiskFull or StoreUnavailable."""
        with disk_errors(home):
            folder = home.expanduser().resolve() / "db"
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            folder.chmod(0o700)
            (folder / "data").mkdir(exist_ok=True, mode=0o700)
        return cls(folder)

    @property
    def log(self) -> Path:
        """The log of mongod."""
        return self.folder / "mongod.log"

    @property
    def users(self) -> Path:
        """A lock: held shared by every user, exclusively by a guardian that is stopping."""
        return self.folder / "users.lock"

    @property
    def starting(self) -> Path:
        """A lock: held by the user that starts a guardian."""
        return self.folder / "start.lock"

    @property
    def guardian(self) -> Path:
        """A lock: held by the guardian as long as it lives."""
        return self.folder / "guardian.lock"

    @property
    def state(self) -> Path:
        """The guardian's description of the running server."""
        return self.folder / "server.json"

    @property
    def keep(self) -> Path:
        """A file until whose modification time the server stays up without users."""
        return self.folder / "keep"

    def socket(self) -> str:
        """Return the path of the socket, in a private temporary folder if the one here is too long."""
        path = str(self.folder / "mongod.sock")
        if is_usable_socket(path):
            return path
        key = hashlib.sha256(os.fsencode(self.folder)).hexdigest()[:16]
        path = str(private_folder(Path(tempfile.gettempdir()) / f"trailers-{key}") / "mongod.sock")
        if not is_usable_socket(path):
            raise StoreUnavailable(f"the socket path {path} has over 107 bytes: set TMPDIR to a shorter folder")
        return path

    def require_room(self) -> None:
        """Raise DiskFull when the disk is too full to start a server safely."""
        free = shutil.disk_usage(self.folder).free
        if free < MIN_FREE_BYTES:
            raise DiskFull(
                f"the disk of {self.folder} has {free // 1_000_000} MB free and the database needs "
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
