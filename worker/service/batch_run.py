"""Running a batch here and now: worker processes of our own until all its jobs are finished."""

import logging
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from db.errors import StoreError
from db.queue.batch_records import Batch
from db.queue.job_records import FINISHED
from db.queue.jobs import JobFilter
from worker.batches.waiting import OnCount, wait_for
from worker.download.lanes import way_out
from worker.inference.capacity import ALL_LANES
from worker.runtime import Runtime
from worker.service.supervisor import Supervisor

LOG_FILE = "batch.log"
MAX_LOG_BYTES = 10 * 2**20
LOOK_S = 5.0


def run_here(runtime: Runtime, batch: Batch, *, say: Callable[[str], None], on_count: OnCount) -> None:
    """Return when all jobs of the batch are finished; what runs is handed back when this is interrupted."""
    runtime.weights  # noqa: B018 - what can't be had is an error here, not in the log of processes that wait for it
    path = runtime.settings.home / LOG_FILE
    counts = runtime.store.jobs.count(JobFilter(batch_id=batch.batch_id))
    n_open = sum(n for stage, n in counts.items() if stage not in FINISHED)
    supervisor = Supervisor(runtime, ALL_LANES, local=True, at_most=n_open)
    with path.open("ab" if _is_small(path) else "wb") as log:
        supervisor.log_to(log.fileno())
        with supervisor:
            say(f"Working: {supervisor.describe()}; their log is {path}. Ctrl-C ends it, the same command goes on.")
            _wait(runtime, batch, supervisor, say=say, on_count=on_count)


def _wait(
    runtime: Runtime, batch: Batch, supervisor: Supervisor, *, say: Callable[[str], None], on_count: OnCount
) -> None:
    pauses = _Pauses(runtime, say)

    def meanwhile() -> None:
        supervisor.tick()
        pauses.look()

    try:
        wait_for(runtime, JobFilter(batch_id=batch.batch_id), on_count=on_count, meanwhile=meanwhile)
    except KeyboardInterrupt:
        say(f"Stopping; running work has {runtime.settings.stop_s} s to finish, Ctrl-C again ends it now.")
        raise


def _is_small(path: Path) -> bool:
    return path.exists() and path.stat().st_size < MAX_LOG_BYTES


class _Pauses:
    """Says when downloads pause, once for each pause: a batch may stand still for hours."""

    def __init__(self, runtime: Runtime, say: Callable[[str], None]) -> None:
        self._runtime, self._say = runtime, say
        self._said: dict[str, datetime] = {}
        self._looked_at = float("-inf")

    def look(self) -> None:
        """Say what is new."""
        if time.monotonic() < self._looked_at + LOOK_S:
            return
        self._looked_at = time.monotonic()
        try:
            pauses = self._runtime.store.throttle.pauses()
        except StoreError as exc:
            logging.getLogger("trailers").debug("no look at the pauses: %s", exc)
            return
        for lane, pause in pauses.items():
            if self._said.get(lane) != pause.until:
                self._said[lane] = pause.until
                self._say(f"{lane} is paused until {pause.until:%H:%M:%S} UTC ({pause.code}); {way_out(pause)}")
