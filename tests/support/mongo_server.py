"""A MongoDB server of a test's own, as an operator would run one: on a port, stopped and started again at will."""

import signal
import socket
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Self

import pymongo

from db.access import Document
from db.embedded.binary import find_mongod


class MongoServer:
    """A mongod with its data in `folder`; use it in a `with`."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self._folder = folder
        with socket.create_server(("127.0.0.1", 0)) as free:
            self._port = free.getsockname()[1]
        self.uri = f"mongodb://127.0.0.1:{self._port}"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start it and wait until it answers."""
        options = ["--dbpath", str(self._folder), "--port", str(self._port), "--bind_ip", "127.0.0.1"]
        quiet = ["--nounixsocket", "--logpath", str(self._folder / "log"), "--wiredTigerCacheSizeGB", "0.25"]
        self._process = subprocess.Popen([str(find_mongod()), *options, *quiet], stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with pymongo.MongoClient[Document](self.uri, serverSelectionTimeoutMS=500) as client:
                try:
                    client.admin.command("ping")
                except pymongo.errors.PyMongoError:
                    continue
                return
        raise AssertionError("the test's mongod did not start")

    def stop(self) -> None:
        """Stop it, if it runs."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        self._process.wait(timeout=60)
