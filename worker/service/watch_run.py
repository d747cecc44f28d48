"""Watching a folder: look again and again, have its jobs done, and tell each result once."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from typing import Self

from worker.batches.rows import ResultRow
from worker.batches.waiting import POLL_S, REST
from worker.batches.watching import WatchedFolder
from worker.runtime import Runtime
from worker.service.batch_run import own_workers
from worker.service.supervisor import TICK_S, Supervisor

IDLE_S = 300.0  # until workers without work are stopped: to start them takes half a minute

Say = Callable[[str], None]


def watch(
    runtime: Runtime, folder: WatchedFolder, *, every_s: float, once: bool, queue: bool, say: Say
) -> Iterator[ResultRow]:
    """Yield the result of each file that has ended, until a signal comes or, with `once`, all that are there have.

    With `queue` others do the work. Raises OSError, where it is `once`, for a folder that can't be read.
    """
    look = _Patience(folder, once=once, say=say)
    with _Workers(runtime, say) as workers:
        while True:
            begun = time.monotonic()
            runtime.patiently(look)
            while results := runtime.patiently(folder.ended):
                yield from results
                runtime.patiently(partial(folder.told, results))
            if once and not (folder.has_more or folder.n_waiting) and (queue or not folder.n_open):
                return
            took = time.monotonic() - begun
            pause = 0 if folder.has_more else max(POLL_S, REST * took) if once else max(every_s, took)
            workers.work(0 if queue else folder.n_open, pause)


class _Patience:
    """Looks at a folder that may be away for a while, as one on a file server is."""

    def __init__(self, folder: WatchedFolder, *, once: bool, say: Say) -> None:
        self._folder, self._once, self._say = folder, once, say
        self._is_away = False

    def __call__(self) -> None:
        try:
            self._folder.look()
        except OSError as exc:
            if self._once:
                raise
            if not self._is_away:
                self._say(
                    f"the folder {str(self._folder.folder)!r} can't be read: {exc.strerror}; it is looked at again"
                )
            self._is_away = True
        else:
            self._is_away = False


class _Workers:
    """Worker processes of our own, from the first file that has to be done until there is nothing to do for a while."""

    def __init__(self, runtime: Runtime, say: Say) -> None:
        self._runtime, self._say = runtime, say
        self._running = ExitStack()
        self._supervisor: Supervisor | None = None
        self._busy_at = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *raised: object) -> None:
        if self._supervisor is not None and kind is not None:
            stop_s = self._runtime.settings.stop_s
            self._say(f"Stopping; running work has {stop_s} s to finish, Ctrl-C again ends it now.")
        self._running.close()

    def work(self, n_jobs: int, seconds: float) -> None:
        """Let the workers work for some seconds, started or stopped as the number of jobs has it."""
        now = time.monotonic()
        if n_jobs:
            self._busy_at = now
            if self._supervisor is None:
                self._supervisor = self._running.enter_context(own_workers(self._runtime, say=self._say))
        elif self._supervisor is not None and now > self._busy_at + IDLE_S:
            self._running.close()
            self._supervisor = None
        while True:
            if self._supervisor is not None:
                self._supervisor.tick()
            if time.monotonic() >= now + seconds:
                return
            time.sleep(min(TICK_S, seconds))
