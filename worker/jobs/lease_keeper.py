"""Holding a claimed job: a thread keeps the lease while the work runs, and ends the work when it must end.

The work asks through its progress callbacks, at least once a second. Work that doesn't ask (a hung library) is ended
with its process three seconds later: its job is put right first, its children die with it, the supervisor starts
another.
"""

import logging
import os
import threading
import time
from contextlib import suppress
from types import TracebackType
from typing import Self

from db.errors import StoreError
from db.queue.job_records import Claim
from db.store import Store
from worker.progress import Report

BEAT_S = 1.0
DEAF_S = 3.0
GAVE_UP = 70  # exit status
log = logging.getLogger("trailers")


class WorkInterrupted(Exception):
    """The work must stop, and its job has been or will be seen to."""


class Cancelled(WorkInterrupted):
    """Somebody cancelled the job."""


class LeaseLost(WorkInterrupted):
    """The job isn't ours any more."""


class HandedBack(WorkInterrupted):
    """This worker stops; another one will do the job."""


class Stop:
    """Whether this process shall end: new work is refused at once, running work after `grace_s` seconds."""

    def __init__(self, *, grace_s: float) -> None:
        self._grace_s = grace_s
        self._deadline = float("inf")
        self.requested = threading.Event()

    def request(self, *, now: bool = False) -> None:
        """Ask for the end."""
        self._deadline = min(self._deadline, time.monotonic() + (0 if now else self._grace_s))
        self.requested.set()

    @property
    def due(self) -> bool:
        """Whether running work must end."""
        return time.monotonic() >= self._deadline


class LeaseKeeper:
    """A held job; use it in a `with` around the work, whose progress it takes."""

    def __init__(self, store: Store, held: Claim, *, lease_s: float, step_timeout_s: float, stop: Stop) -> None:
        self._store, self._held, self._stop = store, held, stop
        self._lease_s, self._step_timeout_s = lease_s, step_timeout_s
        self._begun = time.monotonic()
        self._progress: dict[str, int | None] = {}
        self._ending: WorkInterrupted | None = None
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="lease", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join(timeout=DEAF_S)

    def check(self) -> None:
        """Raise what ends the work, if anything does."""
        if self._ending is not None:
            raise self._ending

    def next_step(self) -> None:
        """Begin the time of the next step."""
        self._begun, self._progress = time.monotonic(), {}

    def stage(self, name: str) -> Report:
        """Begin a stage; the function returned notes how far it is and raises what ends the work."""

        def report(done: int, total: int | None) -> None:
            self._progress = {"done": int(done), "total": None if total is None else int(total)}
            self.check()

        return report

    def _beat(self) -> None:
        ending_since = float("inf")
        while not self._over.wait(BEAT_S):
            with suppress(StoreError):  # away: the lease may end, but perhaps it doesn't
                self._ending = self._ending or self._look()
            if self._ending is not None:
                ending_since = min(ending_since, time.monotonic())
            late = time.monotonic() > self._begun + self._step_timeout_s
            if late or time.monotonic() > ending_since + DEAF_S:
                self._give_up(late=late)

    def _look(self) -> WorkInterrupted | None:
        job = self._store.claims.beat(self._held, lease_s=self._lease_s, progress=self._progress)
        if job is None:
            return LeaseLost()
        if job.cancel:
            return Cancelled()
        return HandedBack() if self._stop.due else None

    def _give_up(self, *, late: bool) -> None:
        """End this process; a step that took too long counts as one that died."""
        why = "took too long" if late else f"did not stop ({type(self._ending).__name__})"
        log.error("job %s %s: ending this process", self._held.job_id, why)
        with suppress(StoreError):
            settle(self._store, self._held, self._ending)
        os._exit(GAVE_UP)


def settle(store: Store, held: Claim, ending: WorkInterrupted | None) -> None:
    """Write down how a job goes on whose work was ended."""
    if isinstance(ending, Cancelled):
        store.claims.end_cancelled(held)
    elif isinstance(ending, HandedBack):
        store.claims.release(held)
