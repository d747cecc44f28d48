"""The lease of a claimed job: a thread renews it while the work runs, and interrupts the work when it must end.

The work checks through its progress callbacks, at least once a second. Work that doesn't (a hung library) is ended
with its process three seconds later: first its job is settled, its children die with it, the supervisor starts
another process.
"""

import logging
import os
import threading
import time
from contextlib import suppress
from typing import Self

from db.errors import StoreError
from db.queue.job_records import Claim
from db.store import Store
from worker.progress import Report
from worker.settings import Settings

BEAT_S = 1.0
DEAF_S = 3.0
GAVE_UP = 70  # exit status
log = logging.getLogger("trailers")


class WorkInterrupted(Exception):
    """The work must stop; its job has been or will be settled."""


class Cancelled(WorkInterrupted):
    """The job was cancelled."""


class LeaseLost(WorkInterrupted):
    """The job belongs to another worker by now."""


class HandedBack(WorkInterrupted):
    """This worker stops; another will do the job."""


class Stop:
    """The request to end this process: new work is refused at once, running work ends after `grace_s` seconds."""

    def __init__(self, *, grace_s: float) -> None:
        self._grace_s = grace_s
        self._deadline = float("inf")
        self.requested = threading.Event()

    def request(self, *, now: bool = False) -> None:
        """Request the end, of running work too if `now`."""
        self._deadline = min(self._deadline, time.monotonic() + (0 if now else self._grace_s))
        self.requested.set()

    @property
    def due(self) -> bool:
        """Whether running work must end."""
        return time.monotonic() >= self._deadline


class LeaseKeeper:
    """The keeper of a claimed job's lease; use it in a `with` around the work, which reports its progress to it."""

    def __init__(self, store: Store, claim: Claim, *, settings: Settings, stop: Stop) -> None:
        self._store, self._claim, self._settings, self._stop = store, claim, settings, stop
        self._begun = time.monotonic()
        self._progress: dict[str, int | None] = {}
        self._interruption: WorkInterrupted | None = None
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="lease", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *raised: object) -> None:
        self._over.set()
        self._thread.join(timeout=DEAF_S)

    def check(self) -> None:
        """Raise the interruption if the work must end."""
        if self._interruption is not None:
            raise self._interruption

    def next_step(self) -> None:
        """Start the clock of the next step."""
        self._begun, self._progress = time.monotonic(), {}

    def stage(self, name: str) -> Report:
        """Begin a stage; the function returned records its progress and raises the interruption, if any."""

        def report(done: int, total: int | None) -> None:
            self._progress = {"done": int(done), "total": None if total is None else int(total)}
            self.check()

        return report

    def _beat(self) -> None:
        interrupted_at = float("inf")
        while not self._over.wait(BEAT_S):
            with suppress(StoreError):  # the database is away: perhaps the lease lasts until it is back
                self._interruption = self._interruption or self._renew()
            if self._interruption is not None:
                interrupted_at = min(interrupted_at, time.monotonic())
            late = time.monotonic() > self._begun + self._settings.step_timeout_s
            if late or time.monotonic() > interrupted_at + DEAF_S:
                self._give_up(late=late)

    def _renew(self) -> WorkInterrupted | None:
        job = self._store.claims.beat(self._claim, lease_s=self._settings.lease_s, progress=self._progress)
        if job is None:
            return LeaseLost()
        if job.cancel:
            return Cancelled()
        return HandedBack() if self._stop.due else None

    def _give_up(self, *, late: bool) -> None:
        """End this process; a step that took too long counts as if it had died."""
        why = "took too long" if late else f"did not stop ({type(self._interruption).__name__})"
        log.error("job %s %s: ending this process", self._claim.job_id, why)
        with suppress(StoreError):
            settle(self._store, self._claim, self._interruption)
        os._exit(GAVE_UP)


def settle(store: Store, claim: Claim, interruption: WorkInterrupted | None) -> None:
    """Record in the job how it goes on after the interruption."""
    if isinstance(interruption, Cancelled):
        store.claims.end_cancelled(claim)
    elif isinstance(interruption, HandedBack):
        store.claims.release(claim)
