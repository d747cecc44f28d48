"""Notifications: a signed POST to each webhook of a finished job or batch. docs/webhooks.md is for receivers."""

import hashlib
import hmac
import secrets
import time
from collections.abc import Mapping
from contextlib import suppress
from http import HTTPStatus
from typing import Any, Generic

from db.queue.batch_records import BatchDelivery
from db.queue.deliveries import LONGEST_WAIT_S, Outbox, Told
from db.queue.job_records import Delivery
from worker.documents import public_job_document, to_json
from worker.errors import WorkerError
from worker.settings import Settings
from worker.webhooks.address import NotDelivered, Target, read_target
from worker.webhooks.post import post

News = Delivery | BatchDelivery
MAX_ATTEMPTS = 8
FIRST_WAIT_S = 10.0  # before the second attempt; each further wait is four times as long
USER_AGENT = "Trailers-Webhook/1"
BATCH = ("batch_id", "name", "mode", "n_rows", "created_at", "finished_at", "stages")
NOT_SET_UP = "webhooks are not set up here: set TRAILERS_WEBHOOK_SECRET (at least 16 characters), or submit without one"


def check_webhook(url: str, settings: Settings) -> Target:
    """Return the target of a webhook; raises WorkerError (bad_source) for an unusable URL or a missing secret."""
    if settings.webhook_secret is None:
        raise WorkerError("bad_source", NOT_SET_UP)
    return read_target(url, allowed=settings.webhook_hosts)


def make_notification(delivery: News, *, secret: str, timestamp: int) -> tuple[bytes, Mapping[str, str]]:
    """Return the body of a delivery's notification and its headers, signed as sent at `timestamp` (Unix time)."""
    event, about = f"{kind_of(delivery)}.{_outcome(delivery)}", {kind_of(delivery): _describe(delivery)}
    document = {"event": event, "delivery": notification_id(delivery), "attempt": delivery.webhook.attempts, **about}
    return _signed(document, secret=secret, timestamp=timestamp)


def send_test(url: str, settings: Settings) -> int:
    """Return the HTTP status with which a webhook answers a test, sent once; raises WorkerError, NotDelivered."""
    target = check_webhook(url, settings)
    document = {"event": "test", "delivery": secrets.token_hex(12), "attempt": 1}
    return post(target, *_signed(document, secret=settings.webhook_secret or "", timestamp=int(time.time())))


def _signed(document: Mapping[str, Any], *, secret: str, timestamp: int) -> tuple[bytes, Mapping[str, str]]:
    body = to_json(document).encode()
    headers = {
        "Content-Type": "application/json",
        "User-Agent": USER_AGENT,
        "X-Trailers-Event": document["event"],
        "X-Trailers-Delivery": document["delivery"],
        "X-Trailers-Timestamp": str(timestamp),
        "X-Trailers-Signature": sign(body, timestamp=timestamp, secret=secret),
    }
    return body, headers


def sign(body: bytes, *, timestamp: int, secret: str) -> str:
    """Return the value of X-Trailers-Signature for a body sent at `timestamp` (seconds since 1970, UTC).

    HMAC-SHA256 (RFC 2104) over the time and the body, joined by a dot: the scheme of Stripe's webhooks
    (https://docs.stripe.com/webhooks#verify-manually), with its version as there, so that another may follow; GitHub's
    X-Hub-Signature-256 (https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries) lacks the
    time.
    """
    signed = hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256)
    return f"v1={signed.hexdigest()}"


def kind_of(delivery: News) -> str:
    """Return what kind of thing the news is about: job or batch."""
    return "job" if isinstance(delivery, Delivery) else "batch"


def _outcome(delivery: News) -> str:
    return delivery.job.stage if isinstance(delivery, Delivery) else "finished"


def _describe(delivery: News) -> dict[str, Any]:
    if isinstance(delivery, Delivery):
        return public_job_document(delivery.job)
    return {name: getattr(delivery.batch, name) for name in BATCH}


def notification_id(delivery: News) -> str:
    """Return the id of a notification: the same at each attempt, another for each webhook and each end."""
    about = delivery.job if isinstance(delivery, Delivery) else delivery.batch
    parts = (delivery.key, delivery.webhook.id, str(about.finished_at))
    return hashlib.sha256("/".join(parts).encode()).hexdigest()[:24]


def wait_s(attempts: int, *, first_s: float = FIRST_WAIT_S) -> float:
    """Return the seconds to wait after this many attempts: 10, 40, 160, ... up to an hour."""
    return min(LONGEST_WAIT_S, first_s * 4.0 ** (attempts - 1))


class Sender(Generic[Told]):
    """Sends notifications and records the outcome."""

    def __init__(self, settings: Settings, outbox: Outbox[Told], *, first_wait_s: float = FIRST_WAIT_S) -> None:
        self._settings = settings
        self._outbox: Outbox[Told] = outbox
        self._first_wait_s = first_wait_s

    def deliver(self, delivery: Told) -> None:
        """Send the notification of a claimed delivery once; its URL is checked again, as settings may change."""
        if delivery.webhook.attempts > MAX_ATTEMPTS:  # the last attempt took its sender down
            self._outbox.give_up(delivery, status=None, message="its sender died each time; see the sweeper's log")
            return
        try:
            status = self._send(delivery)
        except (NotDelivered, WorkerError) as exc:
            self._put_off(delivery, None, str(exc))
            return
        if 200 <= status < 300:
            self._outbox.delivered(delivery, status=status)
        elif status == HTTPStatus.GONE:
            self._outbox.give_up(delivery, status=status, message=describe_status(status))
        else:
            self._put_off(delivery, status, describe_status(status))

    def _send(self, delivery: Told) -> int:
        target = check_webhook(delivery.webhook.url, self._settings)
        secret = self._settings.webhook_secret or ""
        return post(target, *make_notification(delivery, secret=secret, timestamp=int(time.time())))

    def _put_off(self, delivery: Told, status: int | None, message: str) -> None:
        attempts = delivery.webhook.attempts
        if attempts >= MAX_ATTEMPTS:
            self._outbox.give_up(delivery, status=status, message=message)
        else:
            wait = wait_s(attempts, first_s=self._first_wait_s)
            self._outbox.put_off(delivery, wait_s=wait, status=status, message=message)


def describe_status(status: int) -> str:
    """Return in words what a receiver answered."""
    if 300 <= status < 400:
        return f"answered {status}: redirects are not followed, name the final address"
    with suppress(ValueError):
        return f"answered {status} {HTTPStatus(status).phrase}"
    return f"answered {status}"
