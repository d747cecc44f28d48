"""Services for benchmarks: `trailers up` or `serve` in processes of their own, on a free port."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx
import psutil

from benchmarks.homes import temporary_home
from tests.support.cheap_work import Plan
from tests.support.service import Running, Service, words
from tests.support.videos import make_clip

UNBOUNDED = {"TRAILERS_REQUESTS_PER_MINUTE": "1000000", "TRAILERS_OPEN_JOBS": "1000000"}
START_S = 60
CPU_KEYS = ("user", "system", "children_user", "children_system")  # children: the ffmpegs that have ended


@dataclass(frozen=True, slots=True)
class Served:
    """A service that answers at `url`."""

    service: Service
    url: str
    running: Running

    def cpu_s(self) -> dict[str, float]:
        """Return the processor seconds so far of the page, of the database, and of the workers."""
        server = self.service.runtime.store.server
        assert server is not None
        own, family = psutil.Process(self.running.process.pid), self.running.family()
        page = [process for process in [own, *family] if words(process)[-1:] == ["web"]]
        database = [psutil.Process(server.running.server)]
        others = [process for process in [own, *family] if process not in [*page, *database]]
        return {"page": _cpu_s(page), "database": _cpu_s(database), "workers": _cpu_s(others)}


@contextmanager
def open_home(*, no_op: bool = False, **environment: str) -> Iterator[Service]:
    """Give a home with a database and a model; a link downloads a clip of two seconds, or its job is a no-op."""
    with temporary_home() as folder:
        plan = Plan(folder=str(folder), clip=str(make_clip(folder / "clip.mp4", seconds=2)), no_op=no_op)
        port = {"TRAILERS_PORT": str(_free_port())}
        with Service(folder / "home", plan, **UNBOUNDED, **port, **environment) as service:
            yield service


@contextmanager
def serve(service: Service, command: str) -> Iterator[Served]:
    """Run `trailers up` or `trailers serve`; give it once it is ready, with all its workers."""
    url = f"http://127.0.0.1:{service.environment['TRAILERS_PORT']}"
    with service.up(command) as running:
        _wait_for(service, url, n_workers=1 if command == "up" else 0)
        yield Served(service, url, running)


def _wait_for(service: Service, url: str, *, n_workers: int) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        try:
            response = httpx.get(f"{url}/readyz")
            if response.status_code == 200 and response.json()["workers"] >= n_workers:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.1)
    raise RuntimeError(f"the page did not start: {service.log.read_text()[-3000:]}")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def _cpu_s(processes: list[psutil.Process]) -> float:
    """Return the processor seconds of processes, none of those that have ended."""
    seconds = 0.0
    for process in processes:
        try:
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        seconds += sum(getattr(times, key) for key in CPU_KEYS)
    return seconds
