"""A worker process without a broker: takes jobs of one lane straight from the database until it is told to stop."""

import logging
import os
import signal
import sys
from pathlib import Path

import numpy as np

from db.errors import StoreError
from extractor.backbone import FRAME_SIZE
from worker.bells import bell_of
from worker.holding import Stop
from worker.log import start_log
from worker.runner import Runner
from worker.runtime import Runtime
from worker.settings import read_settings

FIRST_POLL_S = 0.02
POLL_S = 0.5
AWAY_S = 2.0
PATIENCE_S = 900
log = logging.getLogger("trailers")


def pull(lane: str, *, owner: str) -> None:
    """Work on jobs of a lane for the supervisor `owner`; SIGTERM ends it, a second one at once."""
    settings = read_settings(os.environ, dotenv=Path(".env"))
    stop = Stop(grace_s=settings.stop_s)
    signal.signal(signal.SIGTERM, lambda number, frame: stop.request(now=stop.requested.is_set()))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal's Ctrl-C is the supervisor's business
    with Runtime(settings, patience_s=PATIENCE_S) as runtime:
        prepare(runtime, lane)
        runner = Runner(runtime, owner=owner, bell=bell_of(settings), stop=stop)
        wait_s = 0.0
        while not stop.requested.is_set():
            wait_s = _next(runner, runtime, lane, waited_s=wait_s)
            stop.requested.wait(wait_s)


def prepare(runtime: Runtime, lane: str) -> None:
    """Load what the lane's work needs, so that no job waits for it or is blamed for its absence."""
    if lane == "extract":
        runtime.backbone(np.zeros((1, FRAME_SIZE, FRAME_SIZE, 3), dtype=np.uint8))
    elif lane == "classify":
        runtime.weights  # noqa: B018 - read once
    runtime.patiently(lambda: runtime.store)


def _next(runner: Runner, runtime: Runtime, lane: str, *, waited_s: float) -> float:
    """Do one job; return the seconds to wait before the next look: few at first, for a lane that is just ahead."""
    try:
        return 0 if runner.run_one(lane) else min(POLL_S, max(FIRST_POLL_S, 2 * waited_s))
    except StoreError as exc:
        log.warning("%s: %s", exc.code, exc)
        runtime.revive()
        return AWAY_S


if __name__ == "__main__":
    start_log(f"{sys.argv[1]}/{os.getpid()}")
    pull(sys.argv[1], owner=sys.argv[2])
    logging.shutdown()
    os._exit(0)  # TensorFlow's own tear-down has nothing to keep
