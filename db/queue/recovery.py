"""The collection `jobs` after a loss: jobs whose process, worker or host is gone, and times that a clock has moved.

What took its process down is told from what lost its worker. A process that ended while its supervisor lived and its
lease was valid has died of its job: after MAX_DEATHS of these the job is dead. A lease that ran out says only that the
worker is gone (power, network, memory): the attempt is given back, and only as many losses within a day as the caller
allows make the job dead, since a job may take its whole host down.
"""

from collections.abc import Collection

from db.access import Document, Documents
from db.queue.job_documents import CANCELLED, ENDED, GIVEN_BACK, RELEASED, WAITS, after_s, error_document, noted
from db.queue.job_records import RUNNING, JobError
from db.queue.jobs import either, when

MAX_DEATHS = 3
WINDOW_S = 24 * 3600  # in which lost workers are counted
CLOCK_MS = 5_000  # by which a time may be further ahead than it can be
LONGEST_LEASE_S = 3600  # of a lease that doesn't say how long it is
POISONED = JobError(
    "poisoned",
    "permanent",
    f"its process died {MAX_DEATHS} times while working on it: see the worker's log, then trailers jobs retry",
)


class Recovery(Documents, of="jobs"):
    """Brings jobs back; all of it may be done twice, and by several at once."""

    def pids(self, owner: str) -> set[int]:
        """Return the ids of the processes that work on jobs for a worker, as their leases name them."""
        return set(self._collection.distinct("lease.pid", {**_of(owner), "lease.pid": {"$type": "number"}}))

    def count_death(self, owner: str, *, pid: int) -> int:
        """Queue the job of a process that has died under a valid lease; the last of MAX_DEATHS makes it dead.

        Return the number of jobs, 0 where the process had settled its own.
        """
        valid = {"$expr": {"$gt": ["$lease.until", "$$NOW"]}}
        spent = {"$gte": ["$deaths", MAX_DEATHS]}
        dead = {**ENDED, "stage": "dead", "error": error_document(POISONED), "history": noted("dead", code="poisoned")}
        counted = {"deaths": {"$add": [{"$ifNull": ["$deaths", 0]}, 1]}}
        steps = [{"$set": counted}, *_bring_back(spent, dead, {**WAITS, "history": noted("queued", message=_DIED)})]
        return self._collection.update_many({**_of(owner), "lease.pid": pid, **valid}, steps).modified_count

    def release_all(self, owner: str) -> int:
        """Queue all jobs of a worker whose processes are gone again; return their number."""
        return self._collection.update_many(_of(owner), [{"$set": RELEASED}]).modified_count

    def expire(self, *, at_most: int) -> int:
        """End expired leases: their jobs are queued again, or end as cancelled or dead; return their number.

        Dead are those that lost `at_most` workers within a day.
        """
        self._draw_in_leases()
        recent = {"$filter": {"input": {"$ifNull": ["$lost_at", []]}, "cond": {"$gt": ["$$this", after_s(-WINDOW_S)]}}}
        spent = {"$gte": [{"$size": "$lost_at"}, at_most]}
        error = _lost_too_often(at_most)
        dead = {**ENDED, "stage": "dead", "error": error_document(error), "history": noted("dead", code=error.code)}
        waits = {**WAITS, "attempts": GIVEN_BACK, "history": noted("queued", message="its worker went away")}
        counted = {"lost_at": {"$slice": [{"$concatArrays": [recent, ["$$NOW"]]}, -at_most]}}
        query = {"stage": {"$in": list(RUNNING)}, "$expr": {"$lt": ["$lease.until", "$$NOW"]}}
        return self._collection.update_many(query, [{"$set": counted}, *_bring_back(spent, dead, waits)]).modified_count

    def _draw_in_leases(self) -> None:
        """End leases no later than one that is taken now: the server's clock was set back, and who lives renews."""
        length_ms = {"$multiply": [{"$ifNull": ["$lease.length_s", LONGEST_LEASE_S]}, 1000]}
        too_late = {"$gt": ["$lease.until", {"$add": ["$$NOW", length_ms, CLOCK_MS]}]}
        drawn_in = [{"$set": {"lease.until": {"$add": ["$$NOW", length_ms]}}}]
        self._collection.update_many({"stage": {"$in": list(RUNNING)}, "$expr": too_late}, drawn_in)

    def draw_in_waits(self, longest_s: float) -> int:
        """Let no job wait more than `longest_s` seconds from now: a clock was set back. Return their number."""
        too_late = {"$gt": ["$not_before", {"$add": [after_s(longest_s), CLOCK_MS]}]}
        query = {"stage": "queued", "$expr": too_late}
        return self._collection.update_many(query, [{"$set": {"not_before": after_s(longest_s)}}]).modified_count

    def strand(self, *, alive: Collection[str]) -> int:
        """Free the jobs that wait for a scratch folder without a live worker; return their number.

        A downloaded video is downloaded again elsewhere; a file is tried by any worker.
        """
        query = {"lane": "extract", "stage": "queued", "scratch": {"$nin": [None, *alive]}}
        lane = {"$cond": [{"$eq": ["$video", None]}, "extract", "download"]}
        change = {"lane": lane, "video": None, "scratch": None, "updated_at": "$$NOW"}
        return self._collection.update_many(query, [{"$set": change}]).modified_count


def _of(owner: str) -> Document:
    return {"stage": {"$in": list(RUNNING)}, "lease.owner": owner}


def _bring_back(spent: Document, dead: Document, waits: Document) -> list[Document]:
    """Return the steps of an update that end running jobs as cancelled, or dead where `spent`, and queue the others."""
    running = {"$in": ["$stage", list(RUNNING)]}
    return [
        {"$set": when({"$and": [running, "$cancel"]}, CANCELLED)},
        {"$set": when(running, either(spent, dead, waits))},
    ]


def _lost_too_often(times: int) -> JobError:
    return JobError(
        "poisoned",
        "permanent",
        f"its worker went away {times} times within a day: look at the power, memory and network of its hosts, then "
        "trailers jobs retry",
    )


_DIED = {"$concat": ["its process died (", {"$toString": "$deaths"}, f" of {MAX_DEATHS} times)"]}
