"""Shares in the embedded database: a private mongod of a user, up while any process uses it."""

import json
import os
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

from db.embedded.binary import find_mongod
from db.embedded.home import WAY_OUT, disk_errors, find_folder, find_socket, make_folder, require_room
from db.embedded.locks import EXCLUSIVE, SHARED, FileLock, is_free, try_lock, wait_until
from db.embedded.mongod import GUARDIAN_LOCK, KEEP, LOG, START_LOCK, STATE, USERS_LOCK, answers
from db.embedded.startlog import explain
from db.errors import StoreUnavailable

START_S = 30.0
USERS_WAIT_S = 15.0  # for a guardian that is stopping its mongod
GUARDIAN = [sys.executable, "-P", "-m", "db.embedded.guardian"]
CODE = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Running:
    """The running server, as its guardian describes it; `port` is 0 where it listens at the socket alone."""

    guardian: int
    server: int
    socket: str
    port: int


class EmbeddedMongod:
    """A share in the running server, which stays up until `close()`."""

    def __init__(self, folder: Path, *, port: int | None) -> None:
        self.folder = folder
        self._port = port
        self._running: Running | None = None
        self._share = _lock(folder / USERS_LOCK, SHARED, wait_s=USERS_WAIT_S)

    def ensure(self) -> Self:
        """Return self once the server answers, after starting it if it isn't running.

        Raises StoreUnavailable or DiskFull.
        """
        with _lock(self.folder / START_LOCK, EXCLUSIVE, wait_s=START_S + USERS_WAIT_S):
            if not wait_until(self._answering, seconds=START_S):
                raise StoreUnavailable(f"mongod did not answer within {START_S:g} s: see {self.folder / LOG}")
        self._check_port()
        return self

    def _answering(self) -> bool:
        if is_free(self.folder / GUARDIAN_LOCK):
            _start_guardian(self.folder, port=self._port)
        self._running = _read_state(self.folder)
        return self._running is not None and answers(self._running.socket)

    def _check_port(self) -> None:
        if self._port and self._port != self.running.port:
            served = f"on port {self.running.port}" if self.running.port else "without a port"
            raise StoreUnavailable(
                f"the database of {self.folder} is already running, {served}, not on port {self._port}: "
                "end the other trailers programs first, or leave the port out"
            )

    @property
    def running(self) -> Running:
        """The server as of the last `ensure`."""
        if self._running is None:
            raise StoreUnavailable(f"mongod has not been started in {self.folder}: call ensure() first")
        return self._running

    @property
    def uri(self) -> str:
        """The connection string of the Unix socket."""
        return f"mongodb://{quote(self.running.socket, safe='')}"

    @property
    def tcp_uri(self) -> str | None:
        """The connection string for clients without Unix sockets; None where no port is served."""
        return f"mongodb://127.0.0.1:{self.running.port}" if self.running.port else None

    def close(self) -> None:
        """Return the share; the server stops after the last one."""
        self._share.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()


def start(home: Path, *, port: int | None = None) -> EmbeddedMongod:
    """Return a share in the database below `home`, started if it isn't running; a `port` adds TCP.

    Raises StoreUnavailable or DiskFull.
    """
    share = EmbeddedMongod(make_folder(home), port=port)
    try:
        return share.ensure()
    except BaseException:
        share.close()
        raise


def is_running(home: Path) -> bool:
    """Return whether the database below `home` is up now."""
    folder = find_folder(home)
    return (folder / STATE).exists() and not is_free(folder / GUARDIAN_LOCK)


def keep_for(home: Path, seconds: float) -> None:
    """Keep the running server of `home` up without users for `seconds`, so that a client can connect."""
    keep = make_folder(home) / KEEP
    until = time.time() + seconds
    with disk_errors(home):
        keep.touch()
        os.utime(keep, (until, until))


def _lock(path: Path, kind: int, *, wait_s: float) -> FileLock:
    with disk_errors(path.parent):
        lock = try_lock(path, kind, wait_s=wait_s)
    if lock is None:
        raise StoreUnavailable(
            f"the database in {path.parent} was busy starting or stopping for {wait_s:g} s: try again, or {WAY_OUT}"
        )
    return lock


def _read_state(folder: Path) -> Running | None:
    """Return what the guardian wrote, None if it has written nothing yet."""
    with suppress(FileNotFoundError):
        return Running(**json.loads((folder / STATE).read_text()))
    return None


def _start_guardian(folder: Path, *, port: int | None) -> None:
    """Start a guardian and wait until its mongod answers; raises StoreUnavailable or DiskFull."""
    require_room(folder)
    outcome = _run_guardian([str(folder), find_mongod(), find_socket(folder), str(port or 0)])
    if outcome.get("in_use"):
        raise StoreUnavailable(f"another mongod uses {folder / 'data'}: end it, or {WAY_OUT}")
    if "status" in outcome:
        raise explain(folder / LOG, status=outcome["status"], port=port)


def _run_guardian(arguments: list[str]) -> dict[str, Any]:
    """Return the report of a guardian started with `arguments`; raises StoreUnavailable when none comes in time."""
    try:
        done = subprocess.run(  # the guardian forks away and closes its stdout after the report
            [*GUARDIAN, *arguments],
            env={**os.environ, "PYTHONPATH": str(CODE)},
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C in a terminal ends the user, not the server
            check=False,
            timeout=START_S,
        )
        report: dict[str, Any] = json.loads(done.stdout)
    except (subprocess.TimeoutExpired, ValueError) as exc:
        raise StoreUnavailable(f"the database's guardian did not report within {START_S:g} s: see mongod.log") from exc
    return report
