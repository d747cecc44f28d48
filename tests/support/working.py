"""Work done in this process: a queue worked off, a job as it stands after it, waits for what others do."""

import time
from collections.abc import Callable
from multiprocessing.pool import ThreadPool
from typing import TypeVar

from db.queue.job_records import Job
from worker.jobs.bells import Bell
from worker.jobs.lease_keeper import Stop
from worker.jobs.runner import Runner
from worker.runtime import Runtime

T = TypeVar("T")


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


def in_time(call: Callable[[], T], *, seconds: float = 60) -> T:
    """Return what a call returns or raise what it raises; fail while it is still at it after so many seconds.

    They are many, as a busy machine may need them: a fault must make it last far longer.
    """
    with ThreadPool(1) as pool:  # whose thread is a daemon, and left where it is
        return pool.apply_async(call).get(seconds)
