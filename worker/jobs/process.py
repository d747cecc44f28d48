"""A process that works on jobs: what it has loaded and how it ends, the same for each carrier."""

import logging
import os

from db.errors import StoreError
from extractor.networks.backbone import warm_up
from worker.errors import describe
from worker.inference.capacity import ADDRESSES
from worker.jobs.bells import bell_of
from worker.jobs.lease_keeper import HandedBack, Stop
from worker.jobs.runner import Runner
from worker.runtime import Runtime
from worker.settings import Settings

FIRST_POLL_S = 0.02
POLL_S = 0.5
AWAY_S = 2.0
NOT_READY_S = 30.0
PATIENCE_S = 900
log = logging.getLogger("trailers")


class Process:
    """The work of this process for the worker `owner`; `stop` ends it."""

    def __init__(self, settings: Settings, *, owner: str, stop: Stop) -> None:
        self.stop, self._wait_s = stop, 0.0
        self._runtime = Runtime(settings, patience_s=PATIENCE_S, inference=os.environ.get(ADDRESSES) or None)
        self._runner = Runner(self._runtime, owner=owner, bell=bell_of(settings), stop=stop)
        self._ready: set[str] = set()

    def work(self, lane: str) -> float:
        """Do one job of a lane, if there is one; return the seconds to wait before the next try.

        They are few at first, since the lane before may be just about to finish.
        """
        try:
            if not self._is_ready(lane):
                return NOT_READY_S
            done = self.stop.requested.is_set() or self._runner.run_one(lane)
        except StoreError as exc:
            error = describe(exc)
            log.warning("%s: %s", error.code, error.message)
            self._runtime.revive()
            return AWAY_S
        except HandedBack:
            return 0
        self._wait_s = 0 if done else min(POLL_S, max(FIRST_POLL_S, 2 * self._wait_s))
        return self._wait_s

    def close(self) -> None:
        """Close what was opened."""
        self._runtime.__exit__(None, None, None)

    def _is_ready(self, lane: str) -> bool:
        """Load what the lane needs, so that no job waits for it or fails for its absence."""
        if lane not in self._ready:
            try:
                self._prepare(lane)
            except (StoreError, HandedBack):
                raise
            except Exception as exc:  # noqa: BLE001 - whatever is missing, an operator must be told
                error = describe(exc)
                log.error("%s: %s; jobs of this lane wait", error.code, error.message)  # noqa: TRY400 - one line is enough
                return False
            self._ready.add(lane)
        return True

    def _prepare(self, lane: str) -> None:
        if lane == "extract":
            self._runtime.check_listeners()
            warm_up(self._runtime.backbone, on_wait=self._leave_if_stopped)
        self._runtime.patiently(lambda: self._runtime.store)

    def _leave_if_stopped(self) -> None:
        if self.stop.requested.is_set():
            raise HandedBack
