"""A redis-server of our own on a free port, which keeps what it was told, as in production."""

import shutil
import socket
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Self

START_S = 10.0


class RedisServer:
    """A server with its append-only file in `folder`; use it in a `with`."""

    def __init__(self, folder: Path, *, append_only: bool = True) -> None:
        self._folder, self._append_only = folder, append_only
        self.port = free_port()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.terminate()
        self.process.wait(timeout=10)

    def start(self) -> None:
        """Start it, also again after a kill, and wait until it takes connections."""
        program = shutil.which("redis-server")
        assert program is not None
        keep = ["--appendonly", "yes" if self._append_only else "no", "--save", "", "--maxmemory-policy", "noeviction"]
        place = ["--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self._folder)]
        self.process = subprocess.Popen([program, *place, *keep], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + START_S
        while not self.answers():
            assert time.monotonic() < deadline, "redis-server did not start"
            time.sleep(0.05)

    def kill(self) -> None:
        """Kill it as the kernel would."""
        self.process.kill()
        self.process.wait()

    def answers(self) -> bool:
        """Return whether it takes commands: while it loads its file it does not."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")
        except OSError:
            return False


def free_port() -> int:
    """Return a port that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
