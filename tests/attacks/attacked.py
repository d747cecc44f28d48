"""The web process under attack: a real `python -m web` on a free port of this machine, with its memory and log."""

import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.support.service import ROOT

TOKEN = "anna-s-token-of-more-than-32-characters"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
ADDRESS = re.compile(r"http://(127\.0\.0\.1):([0-9]+)")
LIMIT = ("prlimit", "--nofile=1024:1024")  # open files, as most systems have it
POLL_S = 0.05
SETTLE_S = 3.0  # until the database and what is loaded at the start are there


@dataclass
class Attacked:
    """A running web process: `address` to connect to, `peak_mb` of it with its children but the database, its log."""

    process: "subprocess.Popen[bytes]"
    address: tuple[str, int]
    log: Path
    peak_mb: float = 0.0

    @property
    def url(self) -> str:
        """The address of its pages."""
        return f"http://{self.address[0]}:{self.address[1]}"

    def memory_mb(self) -> float:
        """Return the resident memory of the process and its children, without the private database."""
        total = 0
        with suppress(psutil.NoSuchProcess):
            process = psutil.Process(self.process.pid)
            for each in (process, *process.children(recursive=True)):
                with suppress(psutil.NoSuchProcess):
                    total += 0 if "mongod" in each.name() else each.memory_info().rss
        return total / 2**20

    def watch(self, stop: threading.Event) -> None:
        """Note the highest memory until told to stop."""
        while not stop.wait(POLL_S):
            self.peak_mb = max(self.peak_mb, self.memory_mb())


@contextmanager
def attacked(**more: str) -> Iterator[Attacked]:
    """Run the web process with one token and a private database in a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        home, log = Path(folder) / "home", Path(folder) / "log"
        home.mkdir()
        (home / "cheap.h5").write_bytes(b"no network")
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("TRAILERS_", "MONGODB"))},
            "TRAILERS_HOME": str(home),
            "TRAILERS_WEIGHTS": str(home / "cheap.h5"),
            "TRAILERS_BACKBONE": "inception_v3",
            "TRAILERS_PORT": "0",
            "TRAILERS_TOKENS": f"anna={TOKEN}",
            "PYTHONPATH": str(ROOT),
            **more,
        }
        with log.open("wb") as out:
            process = subprocess.Popen([*LIMIT, sys.executable, "-m", "web"], cwd=home, env=environment, stderr=out)
        stop = threading.Event()
        try:
            service = Attacked(process, _wait_for(log, process), log)
            time.sleep(SETTLE_S)
            service.peak_mb = service.memory_mb()
            threading.Thread(target=service.watch, args=(stop,), daemon=True).start()
            yield service
        finally:
            stop.set()
            process.terminate()
            process.wait(timeout=60)


def _wait_for(log: Path, process: "subprocess.Popen[bytes]") -> tuple[str, int]:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        if found := ADDRESS.search(log.read_text()):
            return found[1], int(found[2])
        time.sleep(0.1)
    raise RuntimeError(f"the web process did not start: {log.read_text()}")
