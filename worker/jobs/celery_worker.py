"""Additions to Celery's workers: they stop in time and never go deaf."""

import logging
import os
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from celery import bootsteps
from celery.worker import state
from kombu.transport import redis, virtual

STOP_SIGNAL = signal.SIGUSR2  # to pool processes: neither Celery nor billiard uses it
LISTEN_S = 5.0
DEAF_AFTER = 8  # checks in a row: Celery may wait 30 s before it tries to reach Redis again
LATE_S = 10.0
DEAF = 71  # exit status
log = logging.getLogger("trailers")


class StopPoolStep(bootsteps.StartStopStep):  # type: ignore[misc]
    """Tells the pool's processes when the worker ends, however it ends; by itself Celery waits until they are idle."""

    requires = ("celery.worker.components:Pool",)

    def close(self, worker: Any) -> None:
        """End running work in its time, or at once when the worker broke: until it ends nobody serves its queues."""
        number = signal.SIGTERM if worker.exitcode else STOP_SIGNAL
        for process_id in worker.pool.info["processes"]:
            with suppress(ProcessLookupError):
                os.kill(process_id, number)


class DeafnessStep(bootsteps.StartStopStep):  # type: ignore[misc]
    """Ends a worker that has idle processes and hears no ring though some wait; the supervisor starts another.

    Celery has stopped listening after lost Redis connections in ever new ways (celery/celery#8796, #9054, #10302).
    """

    requires = ("celery.worker.components:Pool",)

    def __init__(self, worker: Any, **options: Any) -> None:
        self._over = threading.Event()
        super().__init__(worker, **options)

    def start(self, worker: Any) -> None:
        """Begin to watch."""
        threading.Thread(target=self._watch, args=(worker,), name="ears", daemon=True).start()

    def close(self, worker: Any) -> None:
        """Stop watching: a worker that stops hears nothing."""
        self._over.set()

    def _watch(self, worker: Any) -> None:
        listener = Listener(lambda: unheard(worker), concurrency=worker.concurrency)
        while not self._over.wait(LISTEN_S):
            if listener.is_deaf() and not self._over.is_set():
                log.error("rings wait and this worker hears none; it ends so that another is started")
                os.kill(os.getpid(), signal.SIGTERM)
                time.sleep(worker.app.conf.worker_soft_shutdown_timeout + LATE_S)
                os._exit(DEAF)


class Listener:
    """Finds out by several checks whether a worker is deaf; `count` returns the waiting rings, None if unknown."""

    def __init__(self, count: Callable[[], int | None], *, concurrency: int) -> None:
        self._count, self._concurrency = count, concurrency
        self._heard, self._n_deaf = -1, 0

    def is_deaf(self) -> bool:
        """Check once: nothing was heard, a process is idle and rings wait, often enough in a row."""
        heard = state.all_total_count[0]
        idle = len(state.active_requests) < self._concurrency
        deaf = heard == self._heard and idle and bool(self._count())
        self._heard = heard
        self._n_deaf = self._n_deaf + 1 if deaf else 0
        return self._n_deaf >= DEAF_AFTER


class FreeingQoS(redis.QoS):  # type: ignore[misc]
    """Counts a message as acknowledged even if Redis was away at that moment.

    Otherwise a worker that takes one message at a time waits for ever for the end of one that ended long ago.
    """

    def ack(self, delivery_tag: str) -> None:
        """Acknowledge a message; if that doesn't reach Redis, it delivers it again after the visibility timeout."""
        try:
            super().ack(delivery_tag)
        except Exception:
            virtual.QoS.ack(self, delivery_tag)
            raise


def unheard(worker: Any) -> int | None:
    """Return the number of rings that wait in a worker's queues, None when Redis is away.

    It opens a connection of its own: a kept one would be as deaf as the worker's after Redis was away.
    """
    app = worker.app
    with suppress(Exception), app.connection_for_read() as connection:
        channel = connection.default_channel
        return sum(int(channel.queue_declare(name).message_count) for name in app.amqp.queues.consume_from)
    return None


def install(app: Any) -> None:
    """Give the workers of an app these additions."""
    redis.Channel.QoS = FreeingQoS
    app.steps["worker"].update((StopPoolStep, DeafnessStep))
