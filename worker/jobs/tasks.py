"""Celery tasks: at each ring a pool process does the first job of a lane, if there is one."""

import functools
import logging
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from billiard import current_process
from celery import shared_task
from celery.signals import celeryd_after_setup, setup_logging, worker_process_init

from db.queue.job_records import LANES
from worker.inference.capacity import ADDRESSES, share
from worker.jobs.bells import task_of
from worker.jobs.celery_worker import STOP_SIGNAL
from worker.jobs.lease_keeper import Stop
from worker.jobs.process import AWAY_S, Process
from worker.log import start_log
from worker.settings import own_settings

log = logging.getLogger("trailers")


@dataclass(slots=True)
class Pool:
    """The main process, as the pool processes forked from it know it."""

    name: str = "celery"
    process_id: int = 0
    n_processes: int = 1


_pool = Pool()


@setup_logging.connect(weak=False)  # type: ignore[untyped-decorator]
def _start_log(**rest: Any) -> None:
    """Keep Celery from setting up logs of its own."""
    start_log(f"{_pool.name}/{os.getpid()}")


@celeryd_after_setup.connect(weak=False)  # type: ignore[untyped-decorator]
def _note_pool(sender: str, instance: Any, **rest: Any) -> None:
    """Record the main process before it forks."""
    _pool.name, _pool.process_id = sender.partition("@")[0], os.getpid()
    _pool.n_processes = instance.concurrency
    start_log(f"{_pool.name}/{os.getpid()}")


@worker_process_init.connect(weak=False)  # type: ignore[untyped-decorator]
def _begin(**rest: Any) -> None:
    """Prepare a forked process; Celery has arranged that the kernel kills it when its parent ends."""
    if os.getppid() != _pool.process_id:
        os._exit(1)  # the parent died before that
    start_log(f"{_pool.name}/{os.getpid()}")
    signal.signal(STOP_SIGNAL, lambda number, frame: _stop().request())


@functools.cache
def _stop() -> Stop:
    return Stop(grace_s=own_settings().stop_s)


@functools.cache
def _process(lane: str) -> Process:
    """Return this process's work, made at its first ring: TensorFlow must not be loaded before the fork."""
    addresses = os.environ.get(ADDRESSES, "").split()
    os.environ.update(share(lane, current_process().index, _pool.n_processes, addresses=addresses))
    settings = own_settings()
    owner = os.environ.get("TRAILERS_WORKER_ID") or f"{os.uname().nodename}-{_pool.process_id}"
    return Process(settings, owner=owner, stop=_stop())


@contextmanager
def _ended_softly(stop: Stop) -> Iterator[None]:
    """Have SIGTERM end the work before the process, so that its job is handed back."""
    ended = False

    def end(number: int, frame: Any) -> None:
        nonlocal ended
        ended = True
        stop.request(now=True)

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
        if ended:
            sys.exit(0)


def _add_task(lane: str) -> None:
    """Add the task that hears a ring for a lane."""

    @shared_task(name=task_of(lane))  # type: ignore[untyped-decorator]
    def hear() -> None:
        """Do one job of the lane; a ring too many costs as long a wait as polling an empty database."""
        stop = _stop()
        with _ended_softly(stop):
            try:
                wait_s = _process(lane).work(lane)
            except Exception:
                log.exception("no work on %s", lane)
                wait_s = AWAY_S
            stop.requested.wait(wait_s)


for _lane in LANES:
    _add_task(_lane)
