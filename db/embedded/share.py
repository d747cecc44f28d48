"""Shares in the embedded database: a private mongod of a user, up while any process uses it."""

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from select import POLLIN, poll
from types import TracebackType
from typing import Any, BinaryIO, Self
from urllib.parse import quote

from db.embedded.binary import find_mongod
from db.embedded.home import WAY_OUT, Home, disk_errors
from db.embedded.locks import EXCLUSIVE, SHARED, FileLock, is_free, try_lock, wait_until
from db.embedded.mongod import answers
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

    def __init__(self, home: Home, *, port: int | None) -> None:
        self._home = home
        self._port = port
        self._running: Running | None = None
        self._share = _lock(home.users, SHARED, wait_s=USERS_WAIT_S)

    def ensure(self) -> Self:
        """Return self once the server answers, after starting it if it isn't running.

        Raises StoreUnavailable or DiskFull.
        """
        with _lock(self._home.starting, EXCLUSIVE, wait_s=START_S + USERS_WAIT_S):
            if not wait_until(self._answering, seconds=START_S):
                raise StoreUnavailable(f"mongod did not answer within {START_S:g} s: see {self._home.log}")
        self._check_port()
        return self

    def _answering(self) -> bool:
        if is_free(self._home.guardian):
            _start_guardian(self._home, port=self._port)
        self._running = _read_state(self._home)
        return self._running is not None and answers(self._running.socket)

    def _check_port(self) -> None:
        if self._port and self._port != self.running.port:
            served = f"on port {self.running.port}" if self.running.port else "without a port"
            raise StoreUnavailable(
                f"the database of {self._home.folder} is already running, {served}, not on port {self._port}: "
                "end the other trailers programs first, or leave the port out"
            )

    @property
    def running(self) -> Running:
        """The server as of the last `ensure`."""
        if self._running is None:
            raise StoreUnavailable(f"mongod has not been started in {self._home.folder}: call ensure() first")
        return self._running

    @property
    def folder(self) -> Path:
        """The folder of the database."""
        return self._home.folder

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

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def start(home: Path, *, port: int | None = None) -> EmbeddedMongod:
    """Return a share in the database below `home`, started if it isn't running; a `port` adds TCP.

    Raises StoreUnavailable or DiskFull.
    """
    share = EmbeddedMongod(Home.at(home), port=port)
    try:
        return share.ensure()
    except BaseException:
        share.close()
        raise


def keep_for(home: Path, seconds: float) -> None:
    """Keep the running server of `home` up without users for `seconds`, so that a client can connect."""
    keep = Home.at(home).keep
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


def _read_state(home: Home) -> Running | None:
    """Return what the guardian wrote, None if it has written nothing yet."""
    try:
        return Running(**json.loads(home.state.read_text()))
    except FileNotFoundError:
        return None


def _start_guardian(home: Home, *, port: int | None) -> None:
    """Start a guardian and wait until its mongod answers; raises StoreUnavailable or DiskFull."""
    home.require_room()
    outcome = _run_guardian([str(home.folder), find_mongod(), home.socket(), str(port or 0)])
    if outcome.get("in_use"):
        raise StoreUnavailable(f"another mongod uses {home.folder / 'data'}: end it, or {WAY_OUT}")
    if "status" in outcome:
        raise explain(home.log, status=outcome["status"], port=port)


def _run_guardian(arguments: list[str]) -> dict[str, Any]:
    """Return the report of a guardian started with `arguments`."""
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as report:
        try:
            subprocess.run(  # returns at once: the guardian forks away
                [*GUARDIAN, *arguments],
                env={**os.environ, "PYTHONPATH": str(CODE)},
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=writing,
                stderr=subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C in a terminal ends the user, not the server
                check=False,
            )
        finally:
            os.close(writing)
        return _read_report(report)


def _read_report(pipe: BinaryIO) -> dict[str, Any]:
    """Return the report of a guardian; raises StoreUnavailable when none comes in time."""
    waiting = poll()
    waiting.register(pipe, POLLIN)
    line = pipe.readline() if waiting.poll(START_S * 1000) else b""
    if not line:
        raise StoreUnavailable(f"the database's guardian did not report within {START_S:g} s: see mongod.log")
    report: dict[str, Any] = json.loads(line)
    return report
