"""Queue throughput: no-op jobs through real processes, over the database's bells and over Redis, journalled writes.

Each job passes through all lanes like any other; only the work is left out. The processor time of a job is printed
as well, since a busy machine changes it little.
"""

import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psutil

from benchmarks.homes import temporary_home
from db.queue.jobs import JobFilter
from tests.support.cheap_work import Plan
from tests.support.redis_server import RedisServer
from tests.support.service import Running, Service, link
from worker.inference.capacity import cores

N_JOBS = 1000
WORKERS = {"TRAILERS_DOWNLOAD_WORKERS": "2", "TRAILERS_EXTRACT_WORKERS": "2", "TRAILERS_LEASE_S": "60"}
CPU_KEYS = ("user", "system")


def main() -> None:
    """Print jobs a second with each carrier that is installed."""
    print(f"queue: {N_JOBS} no-op jobs, download -> extract -> classify -> done, on {cores()} cores")
    print(f"{'carrier':>10}{'submit/s':>10}{'jobs/s':>10}{'cpu ms/job':>12}{'load before':>13}")
    _measure("database", {})
    if not shutil.which("redis-server"):
        print(f"{'redis':>10}   not measured: redis-server is not installed\n")
        return
    with tempfile.TemporaryDirectory() as folder, RedisServer(Path(folder) / "redis") as redis:
        _measure("redis", {"REDIS_URL": redis.url})
    print()


def _measure(carrier: str, environment: Mapping[str, str]) -> None:
    load = os.getloadavg()[0]
    with _service(environment) as service, service.up() as running:
        service.submit(link(0))
        service.wait(n_jobs=1, seconds=120)  # everything is loaded and connected
        cpu_before, begun = _cpu_s(service, running), time.monotonic()
        service.submit(*(link(number) for number in range(1, N_JOBS + 1)))
        submitted = time.monotonic()
        _wait_done(service, N_JOBS + 1)
        seconds = time.monotonic() - submitted
        cpu_ms = (_cpu_s(service, running) - cpu_before) / N_JOBS * 1000
    rates = f"{N_JOBS / (submitted - begun):>10.0f}{N_JOBS / seconds:>10.1f}"
    print(f"{carrier:>10}{rates}{cpu_ms:>12.1f}{load:>13.1f}", flush=True)


@contextmanager
def _service(environment: Mapping[str, str]) -> Iterator[Service]:
    with temporary_home() as folder:
        plan = Plan(folder=str(folder), no_op=True)
        with Service(folder / "home", plan, **WORKERS, **environment) as service:
            yield service


def _wait_done(service: Service, n_jobs: int) -> None:
    deadline = time.monotonic() + 300
    while service.runtime.store.jobs.count(JobFilter(stages=("done",))).get("done", 0) < n_jobs:
        assert time.monotonic() < deadline, service.log.read_text()[-3000:]
        time.sleep(0.1)


def _cpu_s(service: Service, running: Running) -> float:
    """Return the processor seconds of the service's processes and its database so far."""
    server = service.runtime.store.server
    assert server is not None
    processes = [psutil.Process(server.running.server), *running.family()]
    return float(sum(sum(getattr(process.cpu_times(), key) for key in CPU_KEYS) for process in processes))


if __name__ == "__main__":
    main()
