"""Deliveries: the collections `jobs` and `batches` as their webhooks use them, to tell them when one is finished.

A claim counts the attempt and puts off the next one before anything is sent, so that a sender that dies loses no news
and several senders don't send the same at once: news arrives at least once. `next_delivery` of the document repeats
the webhook that is due first; an index over it holds no other jobs.
"""

import hashlib
import secrets
from collections.abc import Collection
from typing import Any, Generic, TypeVar
from urllib.parse import urlsplit

from pymongo import ASCENDING, ReturnDocument

from db.access import Document, Documents
from db.fields import clean
from db.indexes import NEWS
from db.queue.batch_records import BatchDelivery
from db.queue.job_documents import after_s, to_batch, to_job
from db.queue.job_records import Delivery

Told = TypeVar("Told", Delivery, BatchDelivery)
MAX_WEBHOOKS = 10  # of a job or batch
LONGEST_WAIT_S = 3600
FIRST = [("next_delivery.at", ASCENDING)]


class Outbox(Documents, Generic[Told], of="jobs"):
    """News of one collection; a write about one that was claimed or submitted again since then changes nothing."""

    def claim(self, *, hold_s: float, except_hosts: Collection[str] = ()) -> Told | None:
        """Return the news due first, ours for `hold_s` seconds, its attempt counted; None if there is none.

        Webhooks at `except_hosts` (`host_of` their URLs) are skipped.
        """
        token = secrets.token_hex(12)
        claimed = {"attempts": {"$add": ["$$one.attempts", 1]}, "not_before": after_s(hold_s), "token": token}
        document = self._collection.find_one_and_update(
            due(except_hosts),
            _changed({"$eq": ["$$one.id", "$next_delivery.id"]}, claimed),
            sort=FIRST,
            return_document=ReturnDocument.AFTER,
        )
        if document is None:
            return None
        return self._to_news(document, token)

    def delivered(self, delivery: Told, *, status: int) -> bool:
        """Record that the news arrived; False if it isn't ours any more."""
        return self._settle(delivery, state="delivered", status=status, message=None, delivered_at="$$NOW")

    def put_off(self, delivery: Told, *, wait_s: float, status: int | None, message: str) -> bool:
        """Have the news sent again in `wait_s` seconds; False if it isn't ours any more."""
        return self._settle(delivery, not_before=after_s(wait_s), status=status, message=_text(message))

    def give_up(self, delivery: Told, *, status: int | None, message: str) -> bool:
        """Record that the news won't arrive; False if it isn't ours any more."""
        return self._settle(delivery, state="failed", status=status, message=_text(message))

    def _settle(self, delivery: Told, **change: Any) -> bool:
        query = {"_id": delivery.key, "webhooks.token": delivery.token}
        steps = _changed({"$eq": ["$$one.token", delivery.token]}, {"not_before": None, "token": None, **change})
        return self._collection.update_one(query, steps).matched_count > 0

    def _to_news(self, document: Document, token: str) -> Told:
        raise NotImplementedError


class Deliveries(Outbox[Delivery], of="jobs"):
    """News of finished jobs."""

    def _to_news(self, document: Document, token: str) -> Delivery:
        return Delivery(job := to_job(document), job.webhooks[_position(document, token)], token)


class BatchDeliveries(Outbox[BatchDelivery], of="batches"):
    """News of finished batches."""

    def _to_news(self, document: Document, token: str) -> BatchDelivery:
        return BatchDelivery(batch := to_batch(document), batch.webhooks[_position(document, token)], token)


def _position(document: Document, token: str) -> int:
    return [entry.get("token") for entry in document["webhooks"]].index(token)


def due(except_hosts: Collection[str] = ()) -> Document:
    """Return the MongoDB query for the jobs that have news to send now.

    News that is due later than any can be waits since before the clock was set back.
    """
    at = "$next_delivery.at"
    is_due = {"$expr": {"$or": [{"$lte": [at, "$$NOW"]}, {"$gt": [at, after_s(LONGEST_WAIT_S)]}]}}
    return {**NEWS, **is_due, "next_delivery.host": {"$nin": list(except_hosts)}}


def webhook_id_of(url: str) -> str:
    """Return the id of a webhook: the same address is the same webhook of a job."""
    return hashlib.sha256(clean(url).encode()).hexdigest()[:16]


def host_of(url: str) -> str:
    """Return the host and port of a webhook's URL, in lower case."""
    return urlsplit(url).netloc.lower()


def appended(url: str) -> list[Document]:
    """Return the steps of an update that add a webhook, which waits again where it was delivered before.

    Where ten wait already nothing changes; those that don't wait are removed to make room.
    """
    entry = {
        "id": webhook_id_of(url),
        "url": {"$literal": clean(url)},
        "host": {"$literal": clean(host_of(url))},
        "state": "waiting",
        "attempts": 0,
        "not_before": "$$NOW",
        "status": None,
        "message": None,
        "delivered_at": None,
        "token": None,
    }
    others = _those({"$ifNull": ["$webhooks", []]}, {"$ne": ["$$one.id", entry["id"]]})
    waiting = _those("$$others", _WAITS)
    kept = {"$cond": [_has_room("$$others"), "$$others", "$$waiting"]}
    grown = {"$cond": [_has_room("$$waiting"), {"$concatArrays": [kept, [entry]]}, "$$others"]}
    in_all = {"$let": {"vars": {"others": others}, "in": {"$let": {"vars": {"waiting": waiting}, "in": grown}}}}
    return [{"$set": {"webhooks": in_all}}, _NEXT]


def _changed(condition: Document, change: Document) -> list[Document]:
    """Return the steps of an update that changes the webhooks (`$$one`) for which the condition holds."""
    entry = {"$cond": [condition, {"$mergeObjects": ["$$one", change]}, "$$one"]}
    return [{"$set": {"webhooks": {"$map": {"input": "$webhooks", "as": "one", "in": entry}}}}, _NEXT]


def _those(webhooks: Any, condition: Document) -> Document:
    return {"$filter": {"input": webhooks, "as": "one", "cond": condition}}


def _has_room(webhooks: str) -> Document:
    return {"$lt": [{"$size": webhooks}, MAX_WEBHOOKS]}


def _text(message: str) -> Document:
    return {"$literal": clean(message)[:300]}


_WAITS: Document = {"$eq": ["$$one.state", "waiting"]}
_DUE: Document = {"at": "$$one.not_before", "host": "$$one.host", "id": "$$one.id"}  # compared in this order
_NEXT: Document = {
    "$set": {"next_delivery": {"$min": {"$map": {"input": _those("$webhooks", _WAITS), "as": "one", "in": _DUE}}}}
}
