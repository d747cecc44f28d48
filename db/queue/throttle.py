"""The collection `throttle`: the downloads per minute of all workers together, and the pauses of lanes.

One document a lane: a token bucket {tokens, at, granted}, a circuit breaker {pause: {until, code, count, doubt}}, and
what the site said of the last videos: `outcomes`, and for a while the refusals that are `believed`. Each change is one
update computed by the server on the server's clock, so the hosts' clocks may differ.
"""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from db.access import SCHEMA_VERSION, Document, Documents
from db.fields import to_document, to_record
from db.queue.job_documents import after_s

MINUTE_MS = 60_000
MAX_DOUBLINGS = 30
LAST = 6  # different videos whose outcomes are kept
DOUBTED = 5  # of these with the same refusal
BELIEVED_MS = 24 * 60 * MINUTE_MS
LONGEST_PAUSE_S = 4 * 3600
# A pause that ends later than any can is one of before the clock was set back.
PAUSED: Document = {"$and": [{"$gt": ["$pause.until", "$$NOW"]}, {"$lte": ["$pause.until", after_s(LONGEST_PAUSE_S)]}]}
AHEAD: Document = {"$subtract": ["$at", "$$NOW"]}  # milliseconds; a clock that was set back is believed after a minute
IN_DOUBT: Document = {"pause.doubt": {"$type": "object"}}
STILL_BELIEVED: Document = {
    "$filter": {"input": {"$ifNull": ["$believed", []]}, "cond": {"$gt": ["$$this.until", "$$NOW"]}}
}
_BELIEVED = {"refusal": "$pause.doubt.refusal", "until": {"$add": ["$$NOW", BELIEVED_MS]}}
BELIEVE: list[Document] = [
    {
        "$set": {
            "believed": {"$concatArrays": [STILL_BELIEVED, {"$cond": ["$pause.doubt", [_BELIEVED], []]}]},
            "outcomes": [],
        }
    },
    {"$unset": "pause"},
]
# Updates may run in another order than that of their $$NOW: time must not be counted twice.
LATEST: Document = {"$cond": [{"$gt": [AHEAD, MINUTE_MS]}, "$$NOW", {"$max": ["$at", "$$NOW"]}]}


@dataclass(frozen=True, slots=True)
class Refusal:
    """A site's refusal: our code, and its own words without the video's id, the same for every video."""

    code: str
    words: str


@dataclass(frozen=True, slots=True)
class Doubt:
    """A refusal of so many different videos, `since` a time (UTC), that it may be no fault of theirs.

    `witness` is the id of the last video that went well, if any did: whether it can still be had may decide.
    """

    refusal: Refusal
    since: datetime
    witness: str | None = None


@dataclass(frozen=True, slots=True)
class Pause:
    """An open breaker: its end (UTC), the error code, how often it opened since the last success, the doubt if any."""

    until: datetime
    code: str
    count: int
    doubt: Doubt | None = None


class Throttle(Documents, of="throttle"):
    """Token buckets and circuit breakers by lane, e.g. `download:youtube`."""

    def take(self, lane: str, *, per_minute: float, burst: int) -> float:
        """Take a token and return 0, or return the seconds after which to try again.

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

    def open(
        self, lane: str, *, code: str, seconds: float, at_most: float, strikes: int = 1, doubt: Doubt | None = None
    ) -> Pause | None:
        """Pause the lane for `seconds`, twice as long each further time, never longer than `at_most`.

        `at_most` is no more than LONGEST_PAUSE_S. It takes so many `strikes` without a success in between; None while
        there were fewer. A lane that is paused already stays so, because many workers meet the same error at once.
        """
        before = {"$ifNull": ["$pause.count", 0]}
        length = {"$min": [at_most, {"$multiply": [seconds, {"$pow": [2, {"$min": [before, MAX_DOUBLINGS]}]}]}]}
        until = {"$add": ["$$NOW", {"$multiply": [length, 1000]}]}
        opened = {"until": until, "code": {"$literal": code}, "count": {"$add": [before, 1]}}
        opened["doubt"] = {"$literal": to_document(doubt)}
        stays = {"$or": [PAUSED, {"$lt": ["$strikes", strikes]}]}
        document = self._update(
            lane,
            {"strikes": {"$add": [{"$ifNull": ["$strikes", 0]}, 1]}},
            {"pause": {"$cond": [stays, "$pause", opened]}},
            {"strikes": {"$cond": [PAUSED, 0, "$strikes"]}},
        )
        return to_record(Pause, document["pause"]) if not document["strikes"] else None

    def note(self, lane: str, video_id: str, refusal: Refusal | None) -> Doubt | None:
        """Keep how a video went, its refusal or None if well; return the doubt in a refusal of 5 of the last 6 videos.

        A refusal that is believed counts no more.
        """
        said = {"$literal": to_document(refusal)}
        others = {"$filter": {"input": "$outcomes", "cond": {"$ne": ["$$this.video_id", {"$literal": video_id}]}}}
        went_well = {"last_good": {"$literal": video_id}} if refusal is None else {}
        outcome = {"video_id": {"$literal": video_id}, "refusal": said, "at": "$$NOW"}
        kept = {"$slice": [{"$concatArrays": [others, [outcome]]}, -LAST]}
        document = self._update(
            lane,
            {"believed": STILL_BELIEVED, "outcomes": {"$ifNull": ["$outcomes", []]}, **went_well},
            {"outcomes": {"$cond": [{"$in": [said, "$believed.refusal"]}, "$outcomes", kept]}},
        )
        alike = [each["at"] for each in document["outcomes"] if refusal and each["refusal"] == to_document(refusal)]
        return Doubt(refusal, min(alike), document.get("last_good")) if refusal and len(alike) >= DOUBTED else None

    def doubt(self, lane: str) -> Doubt | None:
        """Return the doubt that has paused the lane, until it is settled; None without one."""
        document = self._collection.find_one({"_id": lane, **IN_DOUBT})
        return to_record(Pause, document["pause"]).doubt if document else None

    def believe(self, lane: str) -> None:
        """Settle the lane's doubt: its refusal is believed for a day, the pause ends."""
        self._collection.update_one({"_id": lane, **IN_DOUBT}, BELIEVE)

    def state(self, lane: str) -> Pause | None:
        """Return the pause of a lane, None while it runs."""
        return self.pauses().get(lane)

    def close(self, lane: str) -> None:
        """Forget strikes and an expired pause after a success; a current pause was opened later and stays."""
        expired = {"_id": lane, "$expr": {"$not": PAUSED}}
        self._collection.update_one(expired, {"$unset": {"pause": "", "strikes": ""}})

    def resume(self) -> int:
        """End the pauses of all lanes, for an operator who has removed their cause; return their number.

        A refusal that was doubted is believed for a day.
        """
        return self._collection.update_many({"pause": {"$exists": True}}, BELIEVE).modified_count

    def pauses(self) -> dict[str, Pause]:
        """Return the current pauses by lane."""
        documents = self._collection.find({"$expr": PAUSED}).to_list()
        return {document["_id"]: to_record(Pause, document["pause"]) for document in documents}

    def _update(self, lane: str, *steps: Document) -> Document:
        stages = [{"$set": step} for step in ({"schema_version": SCHEMA_VERSION}, *steps)]
        while True:
            with suppress(DuplicateKeyError):  # another worker made the lane's document at the same moment
                if document := self._collection.find_one_and_update(
                    {"_id": lane}, stages, upsert=True, return_document=ReturnDocument.AFTER
                ):
                    return document


def _gained(per_minute: float) -> dict[str, Any]:
    """Return the tokens gained since `at`, as an expression; none if the clock was set back."""
    elapsed = {"$max": [0, {"$subtract": ["$$NOW", "$at"]}]}  # milliseconds
    return {"$multiply": [elapsed, per_minute / MINUTE_MS]}
