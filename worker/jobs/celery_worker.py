"""What our Celery workers do better than Celery alone: they stop in time, and never go deaf."""

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

STOP_SIGNAL = signal.SIGUSR2  # to pool processes: neither Celery nor billiard has a use for it
LISTEN_S = 5.0
DEAF_AFTER = 8  # looks in a row: Celery may wait 30 s before it tries to reach Redis again
LATE_S = 10.0
DEAF = 71  # exit status
log = logging.getLogger("trailers")


class StopPoolStep(bootsteps.StartStopStep):  # type: ignore[misc]
    """Tells the pool's processes when the worker ends, however it ends; by itself Celery waits until they are idle."""

    requires = ("celery.worker.components:Pool",)

    def close(self, worker: Any) -> None:
        """Have running work end in its time, or now when the worker broke: until it ends nobody serves its queues."""
        number = signal.SIGTERM if worker.exitcode else STOP_SIGNAL
        for process_id in worker.pool.info["processes"]:
            with suppress(ProcessLookupError):
                os.kill(process_id, number)


class DeafnessStep(bootsteps.StartStopStep):  # type: ignore[misc]
    """Ends a worker that has idle processes and hears no ring though there are some; the supervisor starts another.

    Celery has lost its ears over Redis connections in ever new ways (celery/celery#8796, #9054, #10302).
    """

    requires = ("celery.worker.components:Pool",)

    def __init__(self, worker: Any, **options: Any) -> None:
        self._over = threading.Event()
        super().__init__(worker, **options)

    def start(self, worker: Any) -> None:
        """Begin to watch."""
        threading.Thread(target=self._watch, args=(worker,), name="ears", daemon=True).start()

    def close(self, worker: Any) -> None:
        """Watch no longer: a worker that stops hears nothing."""
        self._over.set()

    def _watch(self, worker: Any) -> None:
        listener = Listener(lambda: unheard(worker), concurrency=worker.concurrency)
        while not self._over.wait(LISTEN_S):
            if listener.is_deaf() and not self._over.is_set():
                log.error("rings wait and this worker hears none: another must be started")
                os.kill(os.getpid(), signal.SIGTERM)
                time.sleep(worker.app.conf.worker_soft_shutdown_timeout + LATE_S)
                os._exit(DEAF)


class Listener:
    """Tells from several looks whether a worker is deaf; `count` returns the rings that wait, None if unknown."""

    def __init__(self, count: Callable[[], int | None], *, concurrency: int) -> None:
        self._count, self._concurrency = count, concurrency
        self._heard, self._looks = -1, 0

    def is_deaf(self) -> bool:
        """Look once: nothing was heard, a process is idle and rings wait, often enough in a row."""
        heard = state.all_total_count[0]
        idle = len(state.active_requests) < self._concurrency
        deaf = heard == self._heard and idle and bool(self._count())
        self._heard = heard
        self._looks = self._looks + 1 if deaf else 0
        return self._looks >= DEAF_AFTER


class FreeingQoS(redis.QoS):  # type: ignore[misc]
    """Takes a message for acknowledged even if Redis was away for it.

    Else a worker that takes one message at a time waits for ever for the end of one that has long ended.
    """

    def ack(self, delivery_tag: str) -> None:
        """Acknowledge a message; Redis forgets it after the visibility timeout if it doesn't hear of this."""
        try:
            super().ack(delivery_tag)
        except Exception:
            virtual.QoS.ack(self, delivery_tag)
            raise


def unheard(worker: Any) -> int | None:
    """Return how many rings wait in a worker's queues, None when Redis is away.

    It asks over a connection of its own: one that is kept would be as deaf as the worker's when Redis was away.
    """
    app = worker.app
    with suppress(Exception), app.connection_for_read() as connection:
        channel = connection.default_channel
        return sum(int(channel.queue_declare(name).message_count) for name in app.amqp.queues.consume_from)
    return None


def install(app: Any) -> None:
    """Have the workers of an app be like this."""
    redis.Channel.QoS = FreeingQoS
    app.steps["worker"].update((StopPoolStep, DeafnessStep))
