"""Health of a worker: it was seen lately, and a no-op job came back from its lane."""

import os
import secrets
import time
from collections.abc import Sequence

from db.queue.job_records import LANES, JobKind, NewJob
from worker.errors import WorkerError
from worker.jobs.bells import bell_of
from worker.runtime import Runtime

SEEN_S = 30
BACK_S = 60.0
POLL_S = 0.1
NO_OP = JobKind.CHECK.value
FIRST = 1_000_000  # before any priority a user can give


def check(runtime: Runtime, lanes: Sequence[str]) -> str:
    """Return how fast the lanes of this host work, as a line; raises WorkerError (internal) if one does not work."""
    host = os.uname().nodename
    alive = [worker for worker in runtime.store.workers.alive(within_s=SEEN_S) if worker.host == host]
    states = []
    for lane in lanes:
        if not any(lane in worker.lanes for worker in alive):
            raise WorkerError("internal", f"no worker of lane {lane} was seen here for {SEEN_S} s; see its log")
        states.append(f"{lane} {_time_no_op(runtime, lane) * 1000:.0f} ms" if lane in LANES else f"{lane} seen")
    return "ok: " + ", ".join(states)


def _time_no_op(runtime: Runtime, lane: str) -> float:
    """Return the seconds a no-op job took to come back from a lane."""
    started = time.monotonic()
    new = NewJob(
        key=f"{NO_OP}/{secrets.token_hex(8)}",
        trailer_id=NO_OP,
        source=NO_OP,
        site=NO_OP,
        features_id=NO_OP,
        model_id=None,
        lane=lane,
        priority=FIRST,
    )
    job_id = runtime.store.jobs.submit([new])[0].job_id
    try:
        bell_of(runtime.settings).ring(lane)
        while time.monotonic() < started + BACK_S:
            job = runtime.store.jobs.get(job_id)
            if job is not None and job.finished:
                return time.monotonic() - started
            time.sleep(POLL_S)
    finally:
        runtime.store.jobs.remove(job_id)
    raise WorkerError("internal", f"a no-op job did not come back from lane {lane} within {BACK_S:.0f} s; see its log")
