"""Work done in this process: a queue worked off, a job as it stands after it, waits for what others do."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future

from db.queue.job_records import Job
from worker.jobs.bells import Bell
from worker.jobs.lease_keeper import Stop
from worker.jobs.runner import Runner
from worker.runtime import Runtime


def work_off(runtime: Runtime) -> list[str]:
    """Do all waiting jobs; return the lanes in which something was done."""
    runner = Runner(runtime, owner="test", bell=Bell(), stop=Stop(grace_s=1))
    done: list[str] = []
    while worked := [lane for lane in ("download", "extract", "classify") if runner.run_one(lane)]:
        done += worked
    return done


def reload_job(runtime: Runtime, job: Job) -> Job:
    """Return a job as it stands now."""
    found = runtime.store.jobs.get(job.job_id)
    assert found is not None
    return found


def wait_until(condition: Callable[[], bool], *, seconds: float = 60) -> None:
    """Wait for a condition; fail when it doesn't come."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(0.02)


def in_time[T](call: Callable[[], T], *, seconds: float = 60) -> T:
    """Return what a call returns or raise what it raises; fail where it is still at it after so many seconds.

    The seconds are many, as a busy machine may need them: what must not be waited for has to last far longer.
    """
    ended: Future[T] = Future()

    def run() -> None:
        try:
            ended.set_result(call())
        except Exception as exc:
            ended.set_exception(exc)

    threading.Thread(target=run, daemon=True).start()
    try:
        return ended.result(seconds)
    except TimeoutError:
        if ended.done():
            raise
        raise AssertionError(f"not within {seconds} s") from None
