"""The processes of a lane with a broker: Celery's main process forks them and hands them the rings of its queues."""

import logging
import os
import sys

from worker.jobs.app import make_worker_app, queues_of
from worker.log import start_log
from worker.settings import own_settings


def run_pool(lane: str, *, n_processes: int, owner: str) -> int:
    """Serve a lane until SIGTERM; return the exit status."""
    app = make_worker_app(own_settings())
    worker = app.Worker(
        hostname=f"{lane}@{owner}",
        queues=queues_of(app, lane),
        concurrency=n_processes,
        pool="prefork",
        loglevel="WARNING",
        quiet=True,
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
    )
    worker.start()
    return int(worker.exitcode or 0)


if __name__ == "__main__":
    start_log(f"{sys.argv[1]}/{os.getpid()}")
    status = run_pool(sys.argv[1], n_processes=int(sys.argv[2]), owner=os.environ["TRAILERS_WORKER_ID"])
    logging.shutdown()
    os._exit(status)
