"""Runs here and now: worker processes of our own, and a batch that they work on until all its jobs are finished."""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

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
POLL_S = 5.0


def run_here(runtime: Runtime, batch: Batch, *, say: Callable[[str], None], on_count: OnCount) -> None:
    """Return when all jobs of the batch are finished; running ones are put back when this is interrupted."""
    counts = runtime.store.jobs.count(JobFilter(batch_id=batch.batch_id))
    n_open = sum(n for stage, n in counts.items() if stage not in FINISHED)
    with own_workers(runtime, at_most=n_open, say=say) as supervisor:
        _wait(runtime, batch, supervisor, say=say, on_count=on_count)


@contextmanager
def own_workers(runtime: Runtime, *, say: Callable[[str], None], at_most: int | None = None) -> Iterator[Supervisor]:
    """Yield the supervisor of worker processes that this command runs itself, `at_most` so many of a lane."""
    runtime.weights  # noqa: B018 - missing weights are an error here, not in the log of processes that wait for them
    path = runtime.settings.home / LOG_FILE
    is_small = path.exists() and path.stat().st_size < MAX_LOG_BYTES
    with (
        path.open("ab" if is_small else "wb") as log,
        Supervisor(runtime, ALL_LANES, local=True, at_most=at_most, log=log.fileno()) as supervisor,
    ):
        say(f"Working: {supervisor.describe()}; log: {path}. Ctrl-C stops, the same command goes on.")
        yield supervisor


def _wait(
    runtime: Runtime, batch: Batch, supervisor: Supervisor, *, say: Callable[[str], None], on_count: OnCount
) -> None:
    pauses = _Pauses(runtime, say)

    def meanwhile() -> None:
        supervisor.tick()
        pauses.announce()

    try:
        wait_for(runtime, JobFilter(batch_id=batch.batch_id), on_count=on_count, meanwhile=meanwhile)
    except KeyboardInterrupt:
        say(f"Stopping; running work has {runtime.settings.stop_s} s to finish, Ctrl-C again ends it now.")
        raise


class _Pauses:
    """Announces each pause of downloads once: a batch may stand still for hours."""

    def __init__(self, runtime: Runtime, say: Callable[[str], None]) -> None:
        self._runtime, self._say = runtime, say
        self._announced: dict[str, datetime] = {}
        self._polled_at = float("-inf")

    def announce(self) -> None:
        """Say which pauses are new."""
        if time.monotonic() < self._polled_at + POLL_S:
            return
        self._polled_at = time.monotonic()
        try:
            pauses = self._runtime.store.throttle.pauses()
        except StoreError as exc:
            logging.getLogger("trailers").debug("the pauses could not be read: %s", exc)
            return
        for lane, pause in pauses.items():
            if self._announced.get(lane) != pause.until:
                self._announced[lane] = pause.until
                self._say(f"{lane} is paused until {pause.until:%H:%M:%S} UTC ({pause.code}); {way_out(pause)}")
