"""Kills of a soak test, and the processes that an operator's init system would start again."""

import random
import time
from collections.abc import Callable

import psutil

from tests.support.redis_server import RedisServer
from tests.support.service import Running, Service, kill

REDIS_AWAY_S = 1.0


class Killer:
    """Kills something every `every_s` seconds: each kind once, in a random order, and again."""

    def __init__(self, service: Service, redis: RedisServer | None, *, every_s: float, random: random.Random) -> None:
        self._service, self._redis, self._every_s, self._random = service, redis, every_s, random
        self._next_at = time.monotonic() + every_s
        self._kinds: dict[str, Callable[[Running], None]] = {
            "download worker": lambda running: self._kill_worker(running, "download"),
            "extract worker": lambda running: self._kill_worker(running, "extract"),
            "classify worker": lambda running: self._kill_worker(running, "classify"),
            "inference process": lambda running: self._kill_worker(running, "inference"),
            "sweeper": lambda running: self._kill_worker(running, "sweeper"),
            "supervisor": self._kill_supervisor,
            "mongod": lambda running: self._kill_server("server"),
            "guardian": lambda running: self._kill_server("guardian"),
        }
        if redis:
            self._kinds["redis"] = self._restart_redis
        self._coming: list[str] = []
        self.struck: list[str] = []

    def due(self) -> bool:
        """Return whether it is time."""
        return time.monotonic() >= self._next_at

    def strike(self, running: Running) -> Running | None:
        """Kill the next one; return the supervisor that runs, None if another must be started."""
        if not self._coming:
            self._coming = list(self._kinds)
            self._random.shuffle(self._coming)
        kind = self._coming.pop()
        self._kinds[kind](running)
        self.struck.append(kind)
        print(f"killed: {kind}", flush=True)
        self._next_at = time.monotonic() + self._every_s
        return None if kind == "supervisor" else running

    def _kill_worker(self, running: Running, lane: str) -> None:
        kill(self._random.choice(lane_processes(running, lane)))

    def _kill_supervisor(self, running: Running) -> None:
        family = running.family()
        running.process.kill()
        running.process.wait()
        _, alive = psutil.wait_procs([p for p in family if "mongod" not in p.name()], timeout=5)
        assert not alive, f"these outlived their supervisor: {alive}"

    def _kill_server(self, name: str) -> None:
        server = self._service.runtime.store.server
        assert server is not None
        self._service.runtime.revive()
        kill(psutil.Process(getattr(server.running, name)))

    def _restart_redis(self, running: Running) -> None:
        assert self._redis is not None
        self._redis.kill()
        time.sleep(REDIS_AWAY_S)
        self._redis.start()


def lane_of(process: psutil.Process) -> str | None:
    """Return the lane that a process works in, None if it is no worker."""
    try:
        words = process.cmdline()
    except psutil.NoSuchProcess:
        return None
    for lane in ("sweeper", "inference"):
        if f"worker.{lane}" in words:
            return lane
    if not {"worker.jobs.database_loop", "worker.jobs.celery_pool"} & set(words):
        return None
    return next((lane for lane in ("download", "extract", "classify") if any(lane in word for word in words)), None)


def lane_processes(running: Running, lane: str) -> list[psutil.Process]:
    """Return the processes of a lane; waits until there is one."""
    deadline = time.monotonic() + 30
    while not (found := [process for process in running.family() if lane_of(process) == lane]):
        assert time.monotonic() < deadline, f"no process works in lane {lane}"
        time.sleep(0.1)
    return found
