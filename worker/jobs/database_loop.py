"""A worker process without a broker: it claims jobs of one lane from the database until it is told to stop."""

import logging
import os
import signal
import sys
from contextlib import closing

from worker.jobs.lease_keeper import Stop
from worker.jobs.process import Process
from worker.log import start_log
from worker.settings import own_settings


def run_loop(lane: str, *, owner: str) -> None:
    """Work on jobs of a lane for the supervisor `owner`; SIGTERM ends it, a second one at once."""
    settings = own_settings()
    stop = Stop(grace_s=settings.stop_s)
    signal.signal(signal.SIGTERM, lambda number, frame: stop.request(now=stop.requested.is_set()))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in a terminal is for the supervisor
    with closing(Process(settings, owner=owner, stop=stop)) as process:
        while not stop.requested.is_set():
            stop.requested.wait(process.work(lane))


if __name__ == "__main__":
    start_log(f"{sys.argv[1]}/{os.getpid()}")
    run_loop(sys.argv[1], owner=sys.argv[2])
    logging.shutdown()
    os._exit(0)  # TensorFlow's tear-down saves nothing
