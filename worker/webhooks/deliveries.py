"""The threads that send webhooks beside the sweeper, so that slow receivers hold up neither it nor each other."""

import logging
import threading
import time
from collections import Counter
from types import TracebackType
from typing import Self

from db.errors import StoreError
from db.queue.deliveries import Deliveries, host_of
from db.queue.job_records import Delivery
from worker.settings import Settings
from worker.webhooks.notifications import Sender

AT_ONCE = 8
AT_ONCE_A_HOST = 2  # so that one that hangs leaves room for the others
HOLD_S = 60.0  # more than a delivery ever takes
LOOK_S = 1.0
log = logging.getLogger("trailers")


class SenderPool:
    """Sends all news that are due, from `start` on until the `with` ends; none without a secret to sign them with."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._stop = threading.Event()
        self._changed = threading.Condition()
        self._busy: Counter[str] = Counter()
        self._n_over = 0
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Begin nothing more and let what is being sent end in the time for running work; the rest is sent again."""
        self._stop.set()
        deadline = time.monotonic() + self._settings.stop_s
        with self._changed:
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join(max(0.0, deadline - time.monotonic()))
        with self._changed:
            self._changed.wait_for(lambda: not self._busy.total(), max(0.0, deadline - time.monotonic()))

    def start(self, deliveries: Deliveries) -> None:
        """Begin to send, if that hasn't begun yet."""
        if self._thread is None and self._settings.webhook_secret is not None:
            self._thread = threading.Thread(target=self._run, args=(deliveries,), name="couriers", daemon=True)
            self._thread.start()

    def _run(self, deliveries: Deliveries) -> None:
        courier = Sender(self._settings, deliveries)
        while self._wait_for_room():
            n_over = self._n_over
            try:
                delivery = deliveries.claim(hold_s=HOLD_S, except_hosts=self._full())
            except StoreError as exc:
                log.warning("webhooks wait: %s", exc)
                delivery = None
            if delivery is None:
                self._rest(n_over)
            else:
                self._begin(courier, delivery)

    def _wait_for_room(self) -> bool:
        """Wait until one more may be sent; return False when there shall be no more."""
        with self._changed:
            self._changed.wait_for(lambda: self._stop.is_set() or self._busy.total() < AT_ONCE)
        return not self._stop.is_set()

    def _rest(self, n_over: int) -> None:
        """Wait for the next look; what is over since `n_over` were makes room at a host for news that wait already."""
        with self._changed:
            self._changed.wait_for(lambda: self._stop.is_set() or self._n_over > n_over, LOOK_S)

    def _full(self) -> list[str]:
        with self._changed:
            return [host for host, n in self._busy.items() if n >= AT_ONCE_A_HOST]

    def _begin(self, courier: Sender, delivery: Delivery) -> None:
        with self._changed:
            self._busy[host_of(delivery.webhook.url)] += 1
        threading.Thread(target=self._deliver, args=(courier, delivery), name="courier", daemon=True).start()

    def _deliver(self, courier: Sender, delivery: Delivery) -> None:
        try:
            courier.deliver(delivery)
        except Exception:  # the news is sent again; nothing it does may end the sweeper
            log.exception("webhook %s of job %s was not sent", delivery.webhook.id, delivery.job.job_id)
        finally:
            with self._changed:
                self._busy -= Counter([host_of(delivery.webhook.url)])
                self._n_over += 1
                self._changed.notify_all()
