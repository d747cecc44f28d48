"""The pace of the queue: how many jobs wait and end, how long each step takes, and when all will be done."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from pymongo import DESCENDING

from db.access import Document, Documents
from db.queue.job_records import LANES
from db.queue.pace_records import HourPace, LanePace, Pace, StepPace

HOUR = timedelta(hours=1)
N_HOURS = 24
SHORTEST = timedelta(minutes=1)  # that a rate is told from
N_RECENT = 200  # jobs whose steps are told
WORKED_ON: Document = {"ended_in": {"$type": "string"}, "stage": {"$in": ["done", "failed", "dead"]}}


class PaceReader(Documents, of="jobs"):
    """The pace as the jobs' documents tell it: counted in two indexes, and the steps of the last jobs that ended.

    Takes 150 ms where 50,000 jobs wait and 50,000 ended within a day.
    """

    def read(self) -> Pace:
        """Return the pace now, by the server's clock; jobs that were cancelled or never waited don't count."""
        at: datetime = self._access.database.command("hello", codec_options=self._collection.codec_options)["localTime"]
        waiting = self._count_lanes(at)
        begun = min([group["since"] for (_, state), group in waiting.items() if state == "waiting"], default=at - HOUR)
        begun = min(max(begun, at - HOUR), at - SHORTEST)  # before, there may have been nothing to do
        rates = self._count_through(begun)
        return Pace(
            at=at,
            lanes=tuple(_to_lane(lane, waiting, rates[lane] / ((at - begun) / HOUR)) for lane in LANES),
            hours=self._count_hours(at),
            steps=self._read_steps(),
            last_hour=self._collection.count_documents(_since(at - HOUR)),
        )

    def _count_lanes(self, at: datetime) -> dict[tuple[str, str], Document]:
        """Return the groups of open jobs by lane and state: waiting, delayed or running."""
        delayed = {"$cond": [{"$gt": ["$not_before", at]}, "delayed", "waiting"]}
        state = {"$cond": [{"$eq": ["$stage", "queued"]}, delayed, "running"]}
        first = {"since": {"$min": "$updated_at"}, "next_retry": {"$min": "$not_before"}}
        groups = self._group({"lane": {"$in": list(LANES)}}, {"lane": "$lane", "state": state}, **first)
        return {(group["_id"]["lane"], group["_id"]["state"]): group for group in groups}

    def _count_through(self, begun: datetime) -> dict[str, int]:
        """Return how many jobs that ended since a time went through each lane, from their first to their last."""
        groups = self._group(_since(begun), {"first": "$first_lane", "last": "$ended_in"})
        through = dict.fromkeys(LANES, 0)
        for group in groups:
            first, last = LANES.index(group["_id"]["first"]), LANES.index(group["_id"]["last"])
            for lane in LANES[first : last + 1]:
                through[lane] += group["n"]
        return through

    def _count_hours(self, at: datetime) -> tuple[HourPace, ...]:
        last = at.replace(minute=0, second=0, microsecond=0)
        hours = [last - HOUR * ago for ago in reversed(range(N_HOURS))]
        hour = {"$dateTrunc": {"date": "$finished_at", "unit": "hour"}}
        groups = self._group(_since(hours[0]), {"hour": hour, "done": {"$eq": ["$stage", "done"]}})
        counts = {(group["_id"]["hour"], group["_id"]["done"]): int(group["n"]) for group in groups}
        return tuple(HourPace(hour, counts.get((hour, True), 0), counts.get((hour, False), 0)) for hour in hours)

    def _read_steps(self) -> tuple[StepPace, ...]:
        wanted = {"seconds": 1, "waited_s": 1}
        found = self._collection.find(WORKED_ON, wanted).sort("finished_at", DESCENDING).limit(N_RECENT).to_list()
        queue = _to_step("queue", (job["waited_s"] for job in found if "waited_s" in job))
        lanes = [_to_step(lane, (job["seconds"][lane] for job in found if lane in job["seconds"])) for lane in LANES]
        return tuple(step for step in (queue, *lanes) if step)

    def _group(self, wanted: Document, by: Document, **fields: Document) -> list[Document]:
        steps: list[Document] = [{"$match": wanted}, {"$group": {"_id": by, "n": {"$sum": 1}, **fields}}]
        return self._collection.aggregate(steps).to_list()


def _since(moment: datetime) -> Document:
    return {**WORKED_ON, "finished_at": {"$gte": moment}}


def _to_lane(lane: str, groups: Mapping[tuple[str, str], Document], per_hour: float) -> LanePace:
    counts = {state: int(groups.get((lane, state), {"n": 0})["n"]) for state in ("waiting", "delayed", "running")}
    since: Any = groups.get((lane, "waiting"), {}).get("since")
    next_retry: Any = groups.get((lane, "delayed"), {}).get("next_retry")
    return LanePace(lane, **counts, since=since, next_retry=next_retry, per_hour=per_hour)


def _to_step(step: str, taken: Iterable[float]) -> StepPace | None:
    seconds = list(taken)
    if not seconds:
        return None
    median, p90 = np.percentile(seconds, (50, 90)).tolist()
    return StepPace(step, len(seconds), median, p90)
