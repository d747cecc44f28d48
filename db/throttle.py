"""The collection `throttle`: what all workers together may do a minute, and which lanes are paused.

One document a lane: a token bucket {tokens, at, granted} and a circuit breaker {pause: {until, code, count}}. Each
change is one update computed by the server on the server's clock, so hosts need not agree on the time.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from db.access import SCHEMA_VERSION, Access, Document

MINUTE_MS = 60_000
MAX_DOUBLINGS = 30
AHEAD: Document = {"$subtract": ["$at", "$$NOW"]}  # milliseconds; a clock that was put back is believed after a minute
# Updates may run in another order than their commands' $$NOW: time that was counted must not be counted again.
LATEST: Document = {"$cond": [{"$gt": [AHEAD, MINUTE_MS]}, "$$NOW", {"$max": ["$at", "$$NOW"]}]}


@dataclass(frozen=True, slots=True)
class Pause:
    """An open breaker: until when (UTC), for which error code, and how often it opened since all went well."""

    until: datetime
    code: str
    count: int


class Throttle:
    """Token buckets and circuit breakers by lane, e.g. `download:youtube`."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._kept = access.collection("throttle")

    def take(self, lane: str, *, per_minute: float, burst: int) -> float:
        """Take a token and return 0, or return the seconds after which to ask again.

        A bucket holds at most `burst` tokens and begins full; `per_minute` come in.
        """
        full = {"$min": [burst, {"$add": ["$tokens", _gained(per_minute)]}]}
        granted = {"$gte": ["$tokens", 1]}
        document = self._update(
            lane,
            {"tokens": {"$ifNull": [full, burst]}, "at": LATEST},
            {"tokens": {"$cond": [granted, {"$subtract": ["$tokens", 1]}, "$tokens"]}, "granted": granted},
        )
        return 0.0 if document["granted"] else (1 - document["tokens"]) * 60 / per_minute

    def open(self, lane: str, *, code: str, seconds: float, at_most: float) -> Pause:
        """Pause the lane for `seconds`, twice as long each time it comes again, never longer than `at_most`.

        A lane that is paused already stays as it is: many workers run into the same wall at once.
        """
        before = {"$ifNull": ["$pause.count", 0]}
        length = {"$min": [at_most, {"$multiply": [seconds, {"$pow": [2, {"$min": [before, MAX_DOUBLINGS]}]}]}]}
        until = {"$add": ["$$NOW", {"$multiply": [length, 1000]}]}
        fresh = {"until": until, "code": {"$literal": code}, "count": {"$add": [before, 1]}}
        still = {"$gt": ["$pause.until", "$$NOW"]}
        document = self._update(lane, {"pause": {"$cond": [still, "$pause", fresh]}})
        return _to_pause(document["pause"])

    def state(self, lane: str) -> Pause | None:
        """Return the pause of a lane, None while it runs."""
        with self._access.errors():
            document = self._kept.find_one({"_id": lane, "$expr": {"$gt": ["$pause.until", "$$NOW"]}})
        return _to_pause(document["pause"]) if document else None

    def close(self, lane: str) -> None:
        """Forget an expired pause, because all went well; one that still runs was opened by somebody later."""
        expired = {"_id": lane, "pause": {"$exists": True}, "$expr": {"$lte": ["$pause.until", "$$NOW"]}}
        with self._access.errors():
            self._kept.update_one(expired, {"$unset": {"pause": ""}})

    def _update(self, lane: str, *steps: Document) -> Document:
        stages = [{"$set": step} for step in ({"schema_version": SCHEMA_VERSION}, *steps)]
        with self._access.errors():
            try:
                return self._apply(lane, stages)
            except DuplicateKeyError:  # another worker made the lane's document in the same moment
                return self._apply(lane, stages)

    def _apply(self, lane: str, stages: list[Document]) -> Document:
        document = self._kept.find_one_and_update(
            {"_id": lane}, stages, upsert=True, return_document=ReturnDocument.AFTER
        )
        return document or {}  # there always is one: it is made when there is none


def _gained(per_minute: float) -> dict[str, Any]:
    """Return the tokens that came in since `at`, as an expression; none if the clock was put back."""
    elapsed = {"$max": [0, {"$subtract": ["$$NOW", "$at"]}]}  # milliseconds
    return {"$multiply": [elapsed, per_minute / MINUTE_MS]}


def _to_pause(document: Document) -> Pause:
    return Pause(until=document["until"], code=document["code"], count=int(document["count"]))
