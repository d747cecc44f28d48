"""The collection `jobs` as workers use it: claims with a lease, and writes that only the lease's holder can make.

A claim counts the attempt before any work is done. An orderly end gives it back, as the loss of a worker does
(db.queue.recovery), so that the rest counts how often a job took its process down, was retried, or lost its video.
"""

import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from pymongo import ASCENDING, DESCENDING, ReturnDocument, WriteConcern

from db.access import SCHEMA_VERSION, Access, Document, Documents
from db.fields import to_document
from db.queue.job_documents import (
    CANCELLED,
    ENDED,
    GIVEN_BACK,
    RELEASED,
    WAITS,
    after_s,
    error_document,
    is_due,
    noted,
    to_job,
    waited,
)
from db.queue.job_records import STAGES, Claim, Job, JobError, KeptVideo, Result
from db.queue.jobs import either

MAX_ATTEMPTS = 3
FIRST = [("priority", DESCENDING), ("created_at", ASCENDING)]
ASTRAY = JobError(
    "download_failed",
    "retry",
    f"its downloaded video was missing {MAX_ATTEMPTS} times: do the download and extract workers share TRAILERS_HOME?",
)


@dataclass(frozen=True, slots=True)
class Where:
    """The waiting jobs that a worker can do: those of a lane, visible from its scratch folder, not of paused sites.

    Those that a newer program has submitted wait for newer workers.
    """

    lane: str
    scratch: str
    except_sites: Collection[str] = ()

    def query(self) -> Document:
        """Return the filter as a MongoDB query."""
        return {
            "lane": self.lane,
            "stage": "queued",
            "scratch": {"$in": [None, self.scratch]},
            "site": {"$nin": list(self.except_sites)},
            "schema_version": {"$not": {"$gt": SCHEMA_VERSION}},
            **is_due("not_before"),
        }


class Claims(Documents, of="jobs"):
    """Claims of jobs; a write whose lease was taken over changes nothing and returns None."""

    def __init__(self, access: Access) -> None:
        super().__init__(access)
        # A renewal needs no journal: if it is lost, the lease ends a little earlier.
        self._fleeting = self._collection.with_options(write_concern=WriteConcern(w=1))

    def claim(self, where: Where, *, token: str, owner: str, lease_s: float, again: bool = True) -> Job | None:
        """Return the first of the waiting jobs, ours for `lease_s` seconds, its attempt counted; None if there is none.

        A claim made `again` with the same token, because its answer was lost, returns the same job; a token that was
        never used needs no such query.
        """
        stage = STAGES[where.lane]
        change: Document = {
            "stage": stage,
            "lease": {
                "token": token,
                "owner": {"$literal": owner},
                "pid": os.getpid(),
                "until": after_s(lease_s),
                "length_s": lease_s,
            },
            "attempts": {"$add": ["$attempts", 1]},
            "progress": {"$literal": {}},
            "waited_s": {"$add": [{"$ifNull": ["$waited_s", 0.0]}, waited()]},
            "updated_at": "$$NOW",
            "history": noted(stage, owner={"$literal": owner}),
        }
        known = self._collection.find_one({"lease.token": token}) if again else None
        document = known or self._collection.find_one_and_update(
            where.query(), [{"$set": change}], sort=FIRST, return_document=ReturnDocument.AFTER
        )
        return to_job(document) if document else None

    def unclaimed(self, lane: str, *, scratch: str | None, except_sites: Collection[str] = ()) -> int:
        """Count the jobs of a lane that can be claimed now: by any worker, or only with this scratch folder."""
        query = {**Where(lane, "", except_sites).query(), "scratch": scratch}
        return self._collection.count_documents(query)

    def count_videos(self, scratch: str) -> int:
        """Return the number of downloaded videos that wait or are worked on in a scratch folder."""
        return self._collection.count_documents({"video.scratch": scratch})

    def beat(self, claim: Claim, *, lease_s: float, progress: Mapping[str, int | None]) -> Job | None:
        """Renew the lease and store the progress; return the job, None when it isn't ours any more."""
        change = {"lease.until": after_s(lease_s), "progress": {"$literal": dict(progress)}}
        return self._write(claim, change, fleeting=True)

    def go_on(self, claim: Claim, *, lane: str, seconds: Mapping[str, float], features_id: str) -> Job | None:
        """Begin the work of the next lane under the same lease; these features are stored, the video has been used."""
        stage = STAGES[lane]
        change: Document = {"stage": stage, "lane": lane, "video": None, "scratch": None, "updated_at": "$$NOW"}
        change |= {"features_id": features_id, "progress": {"$literal": {}}, "history": noted(stage)}
        return self._write(claim, {**change, **_took(seconds)})

    def hand_over(self, claim: Claim, *, video: KeptVideo, seconds: Mapping[str, float]) -> Job | None:
        """Queue the job with its downloaded video for the workers that can see it; the attempt is given back."""
        waits = {"lane": "extract", "video": {"$literal": to_document(video)}, "scratch": video.scratch}
        return self._write(claim, {**WAITS, **waits, **_took(seconds), **_WENT_WELL})

    def skip_to(self, claim: Claim, *, lane: str, features_id: str, seconds: Mapping[str, float]) -> Job | None:
        """Queue the job in a later lane, because these features are stored; the attempt is given back."""
        waits = {"lane": lane, "video": None, "scratch": None, "features_id": features_id}
        return self._write(claim, {**WAITS, **waits, **_took(seconds), **_WENT_WELL})

    def finish(self, claim: Claim, result: Result, *, seconds: Mapping[str, float]) -> Job | None:
        """End the job with its result."""
        change = {**ENDED, "stage": "done", "error": None, "attempts": GIVEN_BACK, "history": noted("done")}
        return self._write(claim, {**change, **to_document(result), **_took(seconds)})

    def fail(self, claim: Claim, error: JobError, *, wait_s: float, lane: str | None = None) -> Job | None:
        """Record a failure: one of class `retry` waits `wait_s` seconds for the next attempt while there is one.

        It is tried again in `lane` (None: in the same), from the start where that is not the lane it is in.
        """
        again: Any = {"$lt": ["$attempts", MAX_ATTEMPTS]} if error.error_class == "retry" else False
        reason = {"code": error.code, "message": {"$literal": error.message[:300]}}
        waits = {**WAITS, "not_before": after_s(wait_s), "history": noted("queued", **reason)}
        if lane is not None:
            waits |= {"lane": lane, "video": None, "scratch": None}
        ends = {**ENDED, "stage": "failed", "history": noted("failed", **reason)}
        return self._write(claim, {**either(again, waits, ends), "error": error_document(error)})

    def return_to(self, claim: Claim, *, lane: str) -> Job | None:
        """Send the job back to an earlier lane, because its video or features are gone; the attempt counts.

        After the last attempt the job fails.
        """
        spent = {"$gte": ["$attempts", MAX_ATTEMPTS]}
        waits = {**WAITS, "lane": lane, "video": None, "scratch": None, "history": noted("queued", code="not_here")}
        ends = {**ENDED, "stage": "failed", "error": error_document(ASTRAY), "history": noted("failed")}
        return self._write(claim, either(spent, ends, waits))

    def release(self, claim: Claim) -> Job | None:
        """Queue the job again, because its worker stops; the attempt is given back."""
        return self._write(claim, RELEASED)

    def hold(self, claim: Claim, error: JobError) -> Job | None:
        """Queue the job again, because its site's downloads are paused; the attempt is given back."""
        reason = {"code": error.code, "message": {"$literal": error.message[:300]}}
        waits = {**WAITS, "attempts": GIVEN_BACK, "history": noted("queued", **reason)}
        return self._write(claim, {**waits, "error": error_document(error)})

    def end_cancelled(self, claim: Claim) -> Job | None:
        """End a job that was cancelled while it ran; if it was submitted again since then, it is queued again."""
        return self._write(claim, {**either("$cancel", CANCELLED, _WANTED), "attempts": GIVEN_BACK})

    def video_names(self, scratch: str) -> set[str]:
        """Return the names of the videos in this scratch folder that jobs still need."""
        return set(self._collection.distinct("video.name", {"video.scratch": scratch}))

    def tokens(self) -> set[str]:
        """Return the tokens of all leases."""
        return set(self._collection.distinct("lease.token", {"lease.token": {"$exists": True}}))

    def scratches_waiting(self) -> set[str]:
        """Return the scratch folders that waiting jobs name."""
        found: list[str | None] = self._collection.distinct("scratch", {"lane": "extract", "stage": "queued"})
        return {scratch for scratch in found if scratch is not None}

    def _write(self, claim: Claim, change: Document, *, fleeting: bool = False) -> Job | None:
        collection = self._fleeting if fleeting else self._collection
        mine = {"_id": claim.job_id, "lease.token": claim.token}
        document = collection.find_one_and_update(mine, [{"$set": change}], return_document=ReturnDocument.AFTER)
        return to_job(document) if document else None


_WENT_WELL: Document = {"attempts": GIVEN_BACK, "history": noted("queued")}
_WANTED: Document = {**WAITS, "history": noted("queued", message="submitted again")}


def _took(seconds: Mapping[str, float]) -> Document:
    return {f"seconds.{lane}": round(float(took), 3) for lane, took in seconds.items()}
