"""The runner of jobs: it claims one, does the steps that this process can do, and records the outcome."""

import logging
import os
import secrets
import time

from db.queue.claims import MAX_ATTEMPTS, Claims, Where
from db.queue.job_records import Claim, Job, KeptVideo, Result
from worker.download.lanes import LanePaused, put_back_doubted
from worker.download.scratch import has_reserve
from worker.download.waiting_videos import delete_video, scratch_id
from worker.errors import describe
from worker.jobs.bells import Bell
from worker.jobs.lease_keeper import LeaseKeeper, Stop, WorkInterrupted, settle
from worker.jobs.steps import Extracted, Missing, run_step
from worker.runtime import Runtime
from worker.settings import Settings

MAX_WAITING = 16  # downloaded videos of a scratch folder that wait for extraction
PAUSES_S = 2.0
AGAIN = 4  # each wait before another attempt is this many times longer
DOWNLOAD_AGAIN = ("truncated",)
log = logging.getLogger("trailers")


def longest_wait_s(settings: Settings) -> float:
    """Return the seconds that a job waits at most before another attempt."""
    return float(settings.retry_s * AGAIN ** (MAX_ATTEMPTS - 2))


class Runner:
    """Works on jobs, one at a time, for the worker `owner`."""

    def __init__(self, runtime: Runtime, *, owner: str, bell: Bell, stop: Stop) -> None:
        self._runtime, self._owner, self._bell, self._stop = runtime, owner, bell, stop
        self._settings = runtime.settings
        self._scratch = scratch_id(runtime.settings.scratch)
        self._paused: tuple[str, ...] = ()
        self._paused_at = float("-inf")
        self._token = secrets.token_hex(8)
        self._unsure = False  # a claim with this token was sent, its answer is not known
        self._patiently = runtime.patiently

    @property
    def _claims(self) -> Claims:
        return self._runtime.store.claims

    def run_one(self, lane: str) -> bool:
        """Do one job of a lane; return False when there is none to do now. Raises StoreError from the claim."""
        job = self._claim(lane)
        if job is None:
            return False
        claim = Claim(job.job_id, self._token)
        self._token = secrets.token_hex(8)
        following: Job | None = job
        with LeaseKeeper(self._runtime.store, claim, settings=self._settings, stop=self._stop) as keeper:
            while following is not None:
                following = self._attempt(following, claim, keeper)
        return True

    def _claim(self, lane: str) -> Job | None:
        if lane == "download" and not self._may_download():
            return None
        where = Where(lane, self._scratch, self._paused_sites() if lane == "download" else ())
        unsure, self._unsure = self._unsure, True
        job = self._claims.claim(
            where, token=self._token, owner=self._owner, lease_s=self._settings.lease_s, again=unsure
        )
        self._unsure = False
        return job

    def _may_download(self) -> bool:
        """Tell whether the disk and the extraction can take one more video."""
        if not has_reserve(self._settings):
            log.warning("no downloads: less than twice TRAILERS_MAX_DOWNLOAD_MB is free in %s", self._settings.home)
            return False
        return self._claims.count_videos(self._scratch) < MAX_WAITING

    def _paused_sites(self) -> tuple[str, ...]:
        if time.monotonic() > self._paused_at + PAUSES_S:
            self._paused = tuple(lane.partition(":")[2] for lane in self._runtime.store.throttle.pauses())
            self._paused_at = time.monotonic()
        return self._paused

    def _attempt(self, job: Job, claim: Claim, keeper: LeaseKeeper) -> Job | None:
        """Do one step, whatever happens; return the job if its next step is to be done here."""
        keeper.next_step()
        try:
            return self._step(job, claim, keeper)
        except WorkInterrupted as exc:
            self._log(job, f"stopped ({type(exc).__name__})")
            settle(self._runtime.store, claim, exc)
        except LanePaused as exc:
            self._hold(job, claim, exc)
        except Exception as exc:  # noqa: BLE001 - the task's border: whatever happens, the job records it
            self._fail(job, claim, exc)
        return None

    def _step(self, job: Job, claim: Claim, keeper: LeaseKeeper) -> Job | None:
        """Do one step and record its outcome; return the job if its next step is to be done here."""
        begun = time.monotonic()
        outcome = self._patiently(lambda: run_step(self._runtime, job, keeper), check=keeper.check)
        took = {job.lane or "": time.monotonic() - begun}
        if isinstance(outcome, Extracted) and job.lane == "extract":
            made = outcome.features_id
            took = {outcome.work: time.monotonic() - begun} if outcome.work else {}
            after = self._patiently(lambda: self._claims.go_on(claim, lane="classify", seconds=took, features_id=made))
            self._tidy(job, after)
            return after
        if isinstance(outcome, Result):
            finished = self._patiently(lambda: self._claims.finish(claim, outcome, seconds=took))
            if finished and finished.given != job.given:  # more was given while it was worked on
                self._patiently(lambda: self._runtime.store.trailers.add_inputs(job.trailer_id, finished.given))
            self._log(job, "done" if finished else "done, but it was taken over")
        else:
            self._pass_on(claim, outcome, took=took)
        return None

    def _pass_on(self, claim: Claim, outcome: KeptVideo | Extracted | Missing, *, took: dict[str, float]) -> None:
        """Queue the job for the worker that does its next step."""
        if isinstance(outcome, KeptVideo):
            self._patiently(lambda: self._claims.hand_over(claim, video=outcome, seconds=took))
            self._bell.ring("extract", scratch=self._scratch)
        elif isinstance(outcome, Extracted):
            known = outcome.features_id
            self._patiently(lambda: self._claims.skip_to(claim, lane="classify", features_id=known, seconds=took))
            self._bell.ring("classify")
        else:
            self._patiently(lambda: self._claims.return_to(claim, lane=outcome.lane))
            self._bell.ring(outcome.lane)

    def _fail(self, job: Job, claim: Claim, exc: Exception) -> None:
        if os.environ.get("TRAILERS_DEBUG"):
            log.error("job %s", job.job_id, exc_info=exc)
        error = describe(exc)
        wait_s = self._settings.retry_s * AGAIN ** (job.attempts - 1)
        lane = "download" if error.code in DOWNLOAD_AGAIN and job.video else None
        after = self._patiently(lambda: self._claims.fail(claim, error, wait_s=wait_s, lane=lane))
        self._tidy(job, after)
        self._put_back_doubted(job)
        self._log(job, f"{error.code}: {error.message}")

    def _hold(self, job: Job, claim: Claim, exc: LanePaused) -> None:
        """Have the job wait as the others of its site do; the pause may be new to this process."""
        self._paused_at = float("-inf")
        self._patiently(lambda: self._claims.hold(claim, describe(exc)))
        self._put_back_doubted(job)
        self._log(job, str(exc))

    def _put_back_doubted(self, job: Job) -> None:
        """Queue again what failed with a refusal that is doubted now: each asks after its own failure is stored."""
        if job.lane == "download" and (n := self._patiently(lambda: put_back_doubted(self._runtime.store, job.site))):
            log.warning("%d jobs of %s are queued again: their refusal is doubted", n, job.site)

    def _tidy(self, job: Job, after: Job | None) -> None:
        """Delete the job's video once its document names it no more; after a lost lease it may be in use."""
        if job.video is not None and after is not None and after.video is None:
            delete_video(self._settings.scratch, job.video.name)

    def _log(self, job: Job, what: str) -> None:
        log.info("%s %s %s: %s", job.lane, job.job_id, job.trailer_id, what)
