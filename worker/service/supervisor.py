"""The supervisor: starts the processes of a worker, restarts those that end, and stops them all cleanly.

It does no work of its own, so no trailer can crash it; if it is killed, the kernel kills its children.
"""

import logging
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Self

from db.errors import StoreError
from extractor.errors import WeightsError
from extractor.video.sandbox import ProcessLimits, launcher
from worker.download.waiting_videos import scratch_id
from worker.inference.capacity import ADDRESSES, INFERENCE, SWEEPER, WEB, devices, processes, share
from worker.inference.shared_backbone import address_of, listen
from worker.runtime import Runtime
from worker.service.web_listening import FD, ONE_THREAD
from worker.settings import AUTO

SEEN_S = 10.0
ALIVE_S = 60  # a worker seen within this many seconds is alive
TICK_S = 0.2
LATE_S = 5.0  # between the end of the time for running work and the kill of a process
LONG_LIFE_S = 10.0
MAX_WAIT_S = 10.0
UNLIMITED = ProcessLimits(cpu_seconds=None, address_space_bytes=None, data_bytes=None, file_bytes=None)
log = logging.getLogger("trailers")


@dataclass(slots=True)
class Child:
    """A process to keep running: its command, and its variables besides our environment."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    process: "subprocess.Popen[bytes] | None" = None
    started_at: float = 0.0
    start_at: float = 0.0
    deaths: int = 0
    log: int = 2  # a file descriptor; stderr by default
    descriptors: tuple[int, ...] = ()  # inherited
    has_work: bool = True  # to finish or put back at a stop

    def start(self) -> None:
        """Start it, in a session of its own that ends with us."""
        self.started_at = time.monotonic()
        environment = {**os.environ, **self.environment, "TRAILERS_PARENT": str(os.getpid())}
        self.process = subprocess.Popen(
            [*launcher(UNLIMITED), *self.command],
            stdin=subprocess.DEVNULL,
            stdout=self.log,
            stderr=self.log,
            start_new_session=True,
            pass_fds=self.descriptors,
            env=environment,
        )

    def check(self) -> bool:
        """Start it if it is due: at once after it ended, or after longer and longer waits if it keeps ending early.

        Tell whether it has ended.
        """
        if self.process is None:
            if time.monotonic() >= self.start_at:
                self.start()
            return False
        status = self.process.poll()
        if status is None:
            return False
        lived = time.monotonic() - self.started_at
        self.deaths = 0 if lived > LONG_LIFE_S else self.deaths + 1
        wait = min(MAX_WAIT_S, 2.0 ** (self.deaths - 3)) if self.deaths > 1 else 0.0
        log.warning("%s ended with status %s; the next starts in %.1f s", self.name, status, wait)
        self.end()
        self.start_at = time.monotonic() + wait
        return True

    def end(self) -> None:
        """Kill it and every process it started."""
        if self.process is not None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None


class Supervisor:
    """The processes of some lanes; use it as a context manager, and call `tick` again and again.

    Extract processes decode, and one process for each device infers for all of them. They take jobs straight from the
    database if there is no Redis or `local` is set; otherwise Celery has one main process for each lane, which forks
    them. A lane has `at_most` processes. The page is served on the listening socket `page`, if there is one. The
    processes write to the file descriptor `log`, by default stderr.
    """

    def __init__(
        self,
        runtime: Runtime,
        lanes: Sequence[str],
        *,
        local: bool = False,
        at_most: int | None = None,
        page: socket.socket | None = None,
        log: int = 2,
    ) -> None:
        self._runtime, self._lanes = runtime, tuple(lanes)
        self._local = local or runtime.settings.redis_url is None
        self._counts = {lane: min(processes(lane, runtime.settings), at_most or 1000) for lane in lanes}
        self._scratch = scratch_id(runtime.settings.scratch)
        self._host = os.uname().nodename
        self.worker_id = f"{self._host}-{os.getpid()}-{secrets.token_hex(3)}"
        self._listeners: list[socket.socket] = []
        self._children: list[Child] = []
        self._page = page
        self._log = log
        self._seen_at = float("-inf")
        self._look_s = min(SEEN_S, runtime.settings.lease_s / 3)  # a death is seen before its lease ends

    def __enter__(self) -> Self:
        self._listeners = [listen() for _ in devices() or ("cpu",)] if "extract" in self._lanes else []
        lanes = (child for lane in self._lanes for child in self._lane(lane))
        self._children = [*self._inference(), *lanes, *self._web()]
        backbone = self._backbone()
        for child in self._children:
            child.log = self._log
            child.environment = {**child.environment, **backbone}
        self.tick()
        return self

    def __exit__(self, *raised: object) -> None:
        """Give running work some time to finish, kill the rest, and put its jobs back."""
        busy = [child.process for child in self._children if child.has_work and child.process]
        for process in busy:
            process.terminate()
        deadline = time.monotonic() + self._runtime.settings.stop_s + LATE_S
        with suppress(KeyboardInterrupt):  # Ctrl-C again: at once
            while time.monotonic() < deadline and any(process.poll() is None for process in busy):
                time.sleep(0.05)
        for child in self._children:
            child.end()
        for listener in self._listeners:
            listener.close()
        with suppress(StoreError):
            if n_jobs := self._runtime.store.recovery.release_all(self.worker_id):
                log.info("%d jobs were put back", n_jobs)
            self._runtime.store.workers.gone(self.worker_id)

    def describe(self) -> str:
        """Return the processes of each lane, in words."""
        carrier = "" if self._local else " (carried by Celery)"
        return ", ".join(f"{n} {lane}" for lane, n in self._counts.items()) + carrier

    def tick(self) -> None:
        """Restart processes that ended, count what their jobs did to them, and record that this worker is alive."""
        ended = [child.check() for child in self._children]
        if any(ended) or time.monotonic() > self._seen_at + self._look_s:
            self._seen_at = time.monotonic()
            with suppress(StoreError):
                self._runtime.store.workers.seen(
                    self.worker_id, host=self._host, lanes=self._lanes, scratch=self._scratch
                )
                self._count_deaths()

    def _count_deaths(self) -> None:
        """Bring back the jobs whose process is gone while we live, those of Celery's too: their leases name it."""
        recovery = self._runtime.store.recovery
        for pid in recovery.pids(self.worker_id):
            if not _is_running(pid) and recovery.count_death(self.worker_id, pid=pid):
                log.warning("process %d died at work; its job is queued again, unless that was once too often", pid)

    def _backbone(self) -> dict[str, str]:
        """Return the variable that fixes one backbone for all processes, whatever is trained meanwhile."""
        if "extract" in self._lanes and self._runtime.settings.backbone == AUTO:
            with suppress(WeightsError, StoreError):  # the processes report what is missing, and wait for it
                return {"TRAILERS_BACKBONE": self._runtime.weights.backbone}
        return {}

    def _inference(self) -> list[Child]:
        """Return a process for each device, which infers for the extract processes that know its address."""
        return [
            Child(
                f"{INFERENCE}/{i + 1}",
                _python("worker.jobs.inference_process", str(listener.fileno())),
                share(INFERENCE, i, len(self._listeners)),
                descriptors=(listener.fileno(),),
                has_work=False,
            )
            for i, listener in enumerate(self._listeners)
        ]

    def _web(self) -> list[Child]:
        """Return the process that serves the page; its socket stays open here while the process is restarted."""
        if self._page is None:
            return []
        descriptor = self._page.fileno()
        environment = {FD: str(descriptor), "CUDA_VISIBLE_DEVICES": "", **ONE_THREAD}
        return [Child(f"{WEB}/1", _python("web"), environment, descriptors=(descriptor,))]

    def _lane(self, lane: str) -> list[Child]:
        if lane == SWEEPER:
            return [Child(f"{SWEEPER}/1", _python("worker.service.sweeper", self.worker_id))]
        n = self._counts[lane]
        addresses = [address_of(listener) for listener in self._listeners]
        if self._local:
            command = _python("worker.jobs.database_loop", lane, self.worker_id)
            return [Child(f"{lane}/{i + 1}", command, share(lane, i, n, addresses=addresses)) for i in range(n)]
        environment = {"TRAILERS_WORKER_ID": self.worker_id, ADDRESSES: " ".join(addresses)}
        return [Child(lane, _python("worker.jobs.celery_pool", lane, str(n)), environment)]


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _python(module: str, *arguments: str) -> list[str]:
    return [sys.executable, "-P", "-m", module, *arguments]
