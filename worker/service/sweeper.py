"""The sweeper: cleans up after dead processes and lost messages; webhooks, measuring and the map run beside it.

Several may run at once; their rounds do not disturb one another.
"""

import logging
import os
import signal
import sys

from db.errors import StoreError
from db.queue.job_records import LANES, JobKind
from worker.batches.news import finish_batches
from worker.batches.uploads import sweep_lists
from worker.download.scratch import sweep
from worker.download.waiting_videos import delete_video, find_orphans, scratch_id, waiting_names
from worker.errors import WorkerError
from worker.jobs.bells import Bell, bell_of
from worker.jobs.lease_keeper import Stop
from worker.jobs.runner import longest_wait_s
from worker.jobs.uploads import sweep_uploads
from worker.log import start_log
from worker.runtime import Runtime
from worker.service.map_process import MapProcess
from worker.service.measurer import Measurer
from worker.service.supervisor import ALIVE_S
from worker.settings import own_settings
from worker.webhooks.deliveries import SenderPool

SWEEP_S = 5.0
MAX_RINGS = 500
OLD_S = 600
PLOT_S = 86_400  # a text that somebody tried is kept for a day
log = logging.getLogger("trailers")


class Sweeper:
    """Sweeps the queue of a database, and the scratch folder and uploads of this host."""

    def __init__(self, runtime: Runtime, bell: Bell) -> None:
        self._runtime, self._bell = runtime, bell
        self._scratch = runtime.settings.scratch
        self._away = False
        self._settled = False

    def round(self) -> bool:
        """Sweep once; return False if a service is away and has to be waited for."""
        try:
            self._sweep()
            self._away = False
        except (StoreError, WorkerError, OSError) as exc:
            log.warning("the sweeper waits: %s", exc)
            self._runtime.revive()
            self._away = True
        return not self._away

    def _sweep(self) -> None:
        claims = self._runtime.store.claims
        self._runtime.store.workers.forget()
        if not self._settled:  # a process may have died between its prediction and the trailer's verdict
            self._runtime.store.verdicts.update_missing()
            self._settled = True
        if self._away:
            return  # workers whose leases ended while the database was away get a round to renew them
        self._bring_back()
        self._runtime.store.jobs.remove_old(JobKind.CHECK, older_than_s=OLD_S)
        self._runtime.store.jobs.remove_old(JobKind.PLOT, older_than_s=PLOT_S)
        self._runtime.store.predictions.remove_old(f"{JobKind.PLOT}:", older_than_s=PLOT_S)
        self._strand()
        self._remove_orphans()
        sweep_uploads(self._runtime)
        self._remove_old()
        sweep_lists(self._runtime.settings.home)
        finish_batches(self._runtime.store)
        for lane in LANES:
            self._top_up(lane, None)
        for scratch in claims.scratches_waiting():
            self._top_up("extract", scratch)

    def _remove_old(self) -> None:
        """Remove some of what the settings say is kept no longer; lists before their jobs."""
        settings, retention = self._runtime.settings, self._runtime.store.retention
        for name, days, remove in (
            ("lists", settings.keep_batches_days, retention.remove_batches),
            ("jobs", settings.keep_jobs_days, retention.remove_jobs),
            ("filmstrips and stills", settings.keep_pictures_days, retention.remove_pictures),
        ):
            if days is not None and (n_removed := remove(days=days)):
                log.info("removed %d %s, older than %d days", n_removed, name, days)

    def _bring_back(self) -> None:
        """Queue the jobs of workers that went away, and those that wait for a time the clock was set back from."""
        recovery, settings = self._runtime.store.recovery, self._runtime.settings
        if expired := recovery.expire(at_most=settings.lost_workers):
            log.info("%d jobs came back from workers that went away", expired)
        if waiting := recovery.draw_in_waits(longest_wait_s(settings)):
            log.info("%d jobs waited for a time that no retry waits for: was the database's clock set back?", waiting)

    def _strand(self) -> None:
        """Free jobs that wait for a host that no longer extracts, if another host does."""
        workers = self._runtime.store.workers.alive(within_s=ALIVE_S)
        alive = {worker.scratch for worker in workers if "extract" in worker.lanes}
        if alive and (stranded := self._runtime.store.recovery.strand(alive=alive)):
            log.info("%d jobs no longer wait for a host that is gone", stranded)

    def _remove_orphans(self) -> None:
        sweep(self._scratch)
        names = waiting_names(self._scratch)  # before the jobs: one that is new since then isn't looked at
        if not names:
            return
        claims = self._runtime.store.claims
        tokens = claims.tokens()  # before the names: a job that hands its video over is in one of the two
        for name in find_orphans(names, needed=claims.video_names(scratch_id(self._scratch)), tokens=tokens):
            log.info("removed %s, which no job needs", name)
            delete_video(self._scratch, name)

    def _top_up(self, lane: str, scratch: str | None) -> None:
        """Ring once for each job that waits without a ring."""
        unheard = self._bell.unheard(lane, scratch=scratch)
        if unheard is None or unheard >= MAX_RINGS:
            return
        paused = [name.partition(":")[2] for name in self._runtime.store.throttle.pauses()]
        claims = self._runtime.store.claims
        unclaimed = claims.unclaimed(lane, scratch=scratch, except_sites=paused if lane == "download" else ())
        missing = min(unclaimed, MAX_RINGS) - unheard
        if missing > 0:
            self._bell.ring(lane, scratch=scratch, times=missing)


def main(owner: str) -> None:
    """Sweep, and send webhooks, have models measured and the map drawn beside it, until SIGTERM."""
    settings = own_settings()
    stop = Stop(grace_s=0)
    signal.signal(signal.SIGTERM, lambda number, frame: stop.request())
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with (
        Runtime(settings) as runtime,
        SenderPool(settings) as senders,
        Measurer(runtime) as measurer,
        MapProcess(runtime) as map_process,
    ):
        sweeper = Sweeper(runtime, bell_of(settings))
        while not stop.requested.is_set():
            if sweeper.round():
                measurer.round()
                map_process.round()
                senders.start(runtime.store.deliveries, runtime.store.batch_deliveries)
            stop.requested.wait(min(SWEEP_S, settings.lease_s / 3))


if __name__ == "__main__":
    start_log(f"sweeper/{os.getpid()}")
    main(sys.argv[1])
