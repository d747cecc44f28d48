"""A Redis server of a test's own, as an operator would run one: on a port, killed and started again at will."""

import socket
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Self

import redis

PASSWORD = "pässword/1"  # its address must have it percent-encoded
ENCODED = "p%C3%A4ssword%2F1"


class RedisServer:
    """A redis-server with its data in `folder`; use it in a `with`. Without `keeps` its data dies with it."""

    def __init__(self, folder: Path, *, keeps: bool = True) -> None:
        folder.mkdir()
        self._folder, self._keeps = folder, keeps
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.url = f"redis://:{ENCODED}@127.0.0.1:{self.port}/0"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.client.close()
        self.kill()

    def start(self) -> None:
        """Start it and wait until it answers."""
        kept = ["--appendonly", "yes", "--appendfsync", "always"] if self._keeps else ["--appendonly", "no"]
        where = ["--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self._folder), "--save", ""]
        command = ["redis-server", *where, *kept, "--requirepass", PASSWORD, "--maxmemory-policy", "noeviction"]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        self.client = redis.Redis(port=self.port, password=PASSWORD, decode_responses=True)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                self.client.ping()
            except redis.RedisError:
                time.sleep(0.02)
            else:
                return
        raise AssertionError("the test's redis-server did not start")

    @property
    def pid(self) -> int | None:
        """Its process id, None while it is dead."""
        return None if self._process.poll() is not None else self._process.pid

    def kill(self) -> None:
        """Kill it, if it runs."""
        self._process.kill()
        self._process.wait()

    def entries(self, queue: str) -> list[str]:
        """Return what waits in a queue."""
        return [str(entry) for entry in self.client.lrange(queue, 0, -1)]

    def push(self, queue: str, entry: str) -> None:
        """Put something into a queue, as the next to be taken."""
        self.client.rpush(queue, entry)
