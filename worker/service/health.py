"""Health of a worker: it was seen lately, and a no-op job that went through its lane came back."""

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
LOOK_S = 0.1
NO_OP = JobKind.CHECK.value
FIRST = 1_000_000  # before any priority a user can give


def check(runtime: Runtime, lanes: Sequence[str]) -> str:
    """Return a line that says how well the lanes of this host work; raises WorkerError (internal) if one doesn't."""
    host = os.uname().nodename
    alive = [worker for worker in runtime.store.workers.alive(within_s=SEEN_S) if worker.host == host]
    said = []
    for lane in lanes:
        if not any(lane in worker.lanes for worker in alive):
            raise WorkerError("internal", f"no worker of lane {lane} was seen here for {SEEN_S} s; see its log")
        said.append(f"{lane} {_no_op(runtime, lane) * 1000:.0f} ms" if lane in LANES else f"{lane} seen")
    return "ok: " + ", ".join(said)


def _no_op(runtime: Runtime, lane: str) -> float:
    """Return the seconds a no-op job took to come back through a lane."""
    begun = time.monotonic()
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
        while time.monotonic() < begun + BACK_S:
            job = runtime.store.jobs.get(job_id)
            if job is not None and job.finished:
                return time.monotonic() - begun
            time.sleep(LOOK_S)
    finally:
        runtime.store.jobs.remove(job_id)
    raise WorkerError("internal", f"a no-op job did not come back from lane {lane} within {BACK_S:.0f} s; see its log")
