"""Sending threads beside the sweeper, so that slow receivers hold up neither it nor each other."""

import logging
import threading
import time
from collections import Counter
from collections.abc import Sequence
from typing import Any, Self

from db.errors import StoreError
from db.queue.deliveries import Outbox, host_of
from worker.settings import Settings
from worker.webhooks.notifications import News, Sender, kind_of

AT_ONCE = 8
AT_ONCE_A_HOST = 2  # a host that hangs leaves room for the others
HOLD_S = 60.0  # longer than any delivery takes
POLL_S = 1.0
log = logging.getLogger("trailers")


class SenderPool:
    """Sends the notifications that are due from `start` until the `with` ends; none without a secret to sign them."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._stop = threading.Event()
        self._changed = threading.Condition()
        self._busy: Counter[str] = Counter()
        self._n_sent = 0
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        """Start nothing more and give what is being sent `stop_s` seconds to finish; the rest is sent again later."""
        self._stop.set()
        deadline = time.monotonic() + self._settings.stop_s
        with self._changed:
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join(max(0.0, deadline - time.monotonic()))
        with self._changed:
            self._changed.wait_for(lambda: not self._busy.total(), max(0.0, deadline - time.monotonic()))

    def start(self, *outboxes: Outbox[Any]) -> None:
        """Start sending, unless it has started already."""
        if self._thread is None and self._settings.webhook_secret is not None:
            self._thread = threading.Thread(target=self._run, args=(outboxes,), name="senders", daemon=True)
            self._thread.start()

    def _run(self, outboxes: Sequence[Outbox[Any]]) -> None:
        senders = [(outbox, Sender(self._settings, outbox)) for outbox in outboxes]
        while self._wait_for_room():
            n_sent = self._n_sent
            started = [self._start_next(outbox, sender) for outbox, sender in senders]
            if not any(started):
                self._wait_for_change(n_sent)

    def _start_next(self, outbox: Outbox[Any], sender: Sender[Any]) -> bool:
        """Start to send what is due first; tell whether there was any."""
        try:
            delivery = outbox.claim(hold_s=HOLD_S, except_hosts=self._full_hosts())
        except StoreError as exc:
            log.warning("webhooks wait: %s", exc)
            return False
        if delivery is not None:
            self._start_delivery(sender, delivery)
        return delivery is not None

    def _wait_for_room(self) -> bool:
        """Wait until one more may be sent; return False once sending has stopped."""
        with self._changed:
            self._changed.wait_for(lambda: self._stop.is_set() or self._busy.total() < AT_ONCE)
        return not self._stop.is_set()

    def _wait_for_change(self, n_sent: int) -> None:
        """Wait until it is time to poll; a delivery that ended since there were `n_sent` has made room at its host."""
        with self._changed:
            self._changed.wait_for(lambda: self._stop.is_set() or self._n_sent > n_sent, POLL_S)

    def _full_hosts(self) -> list[str]:
        with self._changed:
            return [host for host, n in self._busy.items() if n >= AT_ONCE_A_HOST]

    def _start_delivery(self, sender: Sender[Any], delivery: News) -> None:
        with self._changed:
            self._busy[host_of(delivery.webhook.url)] += 1
        threading.Thread(target=self._deliver, args=(sender, delivery), name="sender", daemon=True).start()

    def _deliver(self, sender: Sender[Any], delivery: News) -> None:
        try:
            sender.deliver(delivery)
        except Exception:  # it is sent again later; nothing here may end the sweeper
            log.exception("webhook %s of %s %s was not sent", delivery.webhook.id, kind_of(delivery), delivery.key)
        finally:
            with self._changed:
                self._busy -= Counter([host_of(delivery.webhook.url)])
                self._n_sent += 1
                self._changed.notify_all()
