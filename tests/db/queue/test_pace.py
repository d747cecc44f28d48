"""The pace of the queue, told from jobs planted on a real MongoDB, and from jobs that are worked on."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from pymongo.database import Database

from db.access import Document
from db.queue.claims import Where
from db.queue.job_records import Claim, JobError, NewJob, Result
from db.queue.jobs import JobFilter
from db.store import Store

NUMBERS = count()
FAILED = JobError("private", "permanent", "private")
LATER = JobError("network_timeout", "retry", "no answer")


@pytest.fixture
def jobs(plain: Database[Document]) -> Iterator["Planted"]:
    yield Planted(plain)


class Planted:
    """Jobs in the database that began to wait, or ended, some seconds ago."""

    def __init__(self, database: Database[Document]) -> None:
        self._jobs = database["jobs"]
        self.now = datetime.now(UTC)

    def waiting(self, *ages: float, lane: str = "download", **fields: Any) -> None:
        for age in ages:
            self._plant(lane=lane, stage="queued", updated_at=self.now - timedelta(seconds=age), **fields)

    def ended(self, *ages: float, stage: str = "done", lane: str = "classify", **fields: Any) -> None:
        for age in ages:
            at = self.now - timedelta(seconds=age)
            self._plant(lane=None, stage=stage, ended_in=lane, finished_at=at, updated_at=at, **fields)

    def _plant(self, **fields: Any) -> None:
        common: Document = {"first_lane": "download", "seconds": {}, "not_before": None}
        self._jobs.insert_one({"_id": f"planted{next(NUMBERS)}", **common, **fields})


def new_job(number: int = 0, **fields: Any) -> NewJob:
    return NewJob(
        key=str(number), trailer_id=f"youtube:{number}", source="s", site="youtube", features_id="f", model_id="m",
        **{"lane": "download", **fields},
    )  # fmt: skip


def claim(store: Store, lane: str = "download") -> Claim:
    job = store.claims.claim(Where(lane, "here"), token="t", owner="w", lease_s=60)
    assert job is not None
    return Claim(job.job_id, "t")


def test_an_empty_queue_has_no_age_no_steps_and_no_time_left(store: Store) -> None:
    pace = store.pace.read()
    assert (pace.waiting, pace.running, pace.since, pace.next_retry, pace.last_hour) == (0, 0, None, None, 0)
    assert (pace.left_s, pace.steps, [lane.lane for lane in pace.lanes]) == (0, (), ["download", "extract", "classify"])
    assert (len(pace.hours), {hour.done + hour.failed for hour in pace.hours}) == (24, {0})
    assert timedelta() <= pace.at - pace.hours[-1].start < timedelta(hours=1)
    assert pace.hours[-1].start - pace.hours[0].start == timedelta(hours=23)


def test_one_job_waits_since_it_was_queued_and_nobody_knows_how_long(store: Store, jobs: Planted) -> None:
    jobs.waiting(90)
    pace = store.pace.read()
    assert (pace.waiting, pace.left_s) == (1, None)
    assert pace.since is not None
    assert abs(pace.since - (jobs.now - timedelta(seconds=90))) < timedelta(milliseconds=2)


def test_the_time_left_follows_from_what_ended_since_the_queue_began_to_wait(store: Store, jobs: Planted) -> None:
    jobs.waiting(*[600] * 50)
    jobs.ended(*[300] * 20)
    jobs.ended(*[1000] * 500)  # the rate of an earlier hour
    pace = store.pace.read()
    assert pace.left_s == pytest.approx(50 / 20 * 600, rel=0.02)
    assert pace.last_hour == 520


def test_the_slowest_lane_says_how_long_it_takes(store: Store, jobs: Planted) -> None:
    jobs.waiting(*[3000] * 10)
    jobs.waiting(*[3000] * 30, lane="extract")
    jobs.ended(*[100] * 25, stage="failed", lane="download")  # never reached extraction
    jobs.ended(*[100] * 5)
    pace = store.pace.read()
    assert [round(lane.per_hour) for lane in pace.lanes] == [36, 6, 6]
    assert pace.left_s == pytest.approx(40 / 5 * 3000, rel=0.02)


def test_a_lane_that_does_not_get_on_has_no_time_left(store: Store, jobs: Planted) -> None:
    jobs.waiting(3000)
    jobs.ended(*[100] * 25, first_lane="extract")
    assert store.pace.read().left_s is None


def test_a_burst_a_moment_ago_is_no_rate_of_a_million(store: Store, jobs: Planted) -> None:
    jobs.waiting(*[0.1] * 10)
    jobs.ended(*[0.05] * 10)
    assert store.pace.read().lanes[0].per_hour <= 600


def test_failures_alone_have_no_steps_and_stand_in_their_hours(store: Store, jobs: Planted) -> None:
    jobs.ended(1, 2, stage="failed", lane="download")
    jobs.ended(1, stage="dead", lane="extract")
    jobs.ended(1, stage="cancelled")
    jobs.ended(25 * 3600, stage="failed")
    pace = store.pace.read()
    assert (pace.steps, pace.last_hour, pace.left_s) == ((), 3, 0)
    assert (sum(hour.done for hour in pace.hours), sum(hour.failed for hour in pace.hours)) == (0, 3)


def test_each_ended_job_stands_in_its_hour_of_the_clock(store: Store, jobs: Planted) -> None:
    jobs.ended(0, *[3 * 3600] * 2, 23 * 3600)
    hours = store.pace.read().hours
    full = {hours.index(hour): hour.done for hour in hours if hour.done}
    assert (full[20], full[23]) == (2, 1)
    assert full.get(0, 1) == 1


def test_steps_have_the_median_and_the_ninth_of_ten(store: Store, jobs: Planted) -> None:
    for i in range(11):
        jobs.ended(i, seconds={"download": float(i)}, waited_s=10.0 * i)
    jobs.ended(1, seconds={"classify": 0.25})
    steps = {step.step: (step.n, step.median_s, step.p90_s) for step in store.pace.read().steps}
    assert steps == {"queue": (11, 50.0, 90.0), "download": (11, 5.0, 9.0), "classify": (1, 0.25, 0.25)}


def test_steps_are_those_of_the_last_two_hundred_jobs(store: Store, jobs: Planted) -> None:
    jobs.ended(*range(200), seconds={"download": 1.0})
    jobs.ended(300, seconds={"download": 99.0})
    (step,) = store.pace.read().steps
    assert (step.n, step.p90_s) == (200, 1.0)


def test_retries_that_wait_for_their_time_are_no_old_queue(store: Store, jobs: Planted) -> None:
    soon, later = (jobs.now + timedelta(seconds=s) for s in (60, 300))
    jobs.waiting(5000, not_before=later)
    jobs.waiting(5000, not_before=soon)
    jobs.waiting(10, not_before=jobs.now - timedelta(seconds=5))
    pace = store.pace.read()
    assert (pace.waiting, pace.delayed) == (3, 2)
    assert pace.since is not None and jobs.now - pace.since < timedelta(seconds=11)
    assert pace.next_retry is not None and abs(pace.next_retry - soon) < timedelta(milliseconds=2)


def test_a_job_tells_how_long_it_waited_and_in_which_lane_it_ended(store: Store, plain: Database[Document]) -> None:
    (job,) = store.jobs.submit([new_job()])
    aged = {"updated_at": job.updated_at - timedelta(seconds=40)}
    plain["jobs"].update_one({"_id": job.job_id}, {"$set": aged})
    claimed = claim(store)
    assert store.claims.skip_to(claimed, lane="classify", features_id="f", seconds={"download": 2})
    ended = store.claims.finish(claim(store, "classify"), Result("m", 1, False), seconds={"classify": 1})
    assert ended is not None
    assert (ended.ended_in, round(ended.waited_s)) == ("classify", 40)
    assert [step.step for step in store.pace.read().steps] == ["queue", "download", "classify"]


def test_the_wait_for_the_next_attempt_is_no_wait_in_the_queue(store: Store, plain: Database[Document]) -> None:
    store.jobs.submit([new_job()])
    first = store.claims.fail(claim(store), LATER, wait_s=0)
    assert first is not None and first.not_before is not None
    times = {"updated_at": first.updated_at - timedelta(seconds=60), "not_before": first.not_before}
    plain["jobs"].update_one({"_id": first.job_id}, {"$set": times})
    job = store.jobs.get(claim(store).job_id)
    assert job is not None and job.waited_s < 30


def test_a_job_that_is_queued_again_has_ended_nowhere(store: Store) -> None:
    store.jobs.submit([new_job()])
    ended = store.claims.fail(claim(store), FAILED, wait_s=0)
    assert ended is not None and ended.ended_in == "download"
    assert store.pace.read().last_hour == 1
    assert store.jobs.retry(JobFilter(), force=True) == 1
    job = store.jobs.get(ended.job_id)
    assert job is not None and (job.ended_in, job.waited_s) == (None, 0)
    assert store.pace.read().last_hour == 0


def test_what_was_stored_already_says_nothing_of_the_pace(store: Store) -> None:
    store.jobs.submit([new_job(stored=True)])
    store.jobs.submit([new_job(1)])
    assert store.jobs.cancel(JobFilter()) == 1
    pace = store.pace.read()
    assert (pace.last_hour, pace.steps, sum(hour.done + hour.failed for hour in pace.hours)) == (0, (), 0)


def test_the_counts_read_no_document(store: Store, jobs: Planted, plain: Database[Document]) -> None:
    jobs.waiting(*range(20))
    jobs.ended(*range(20))
    plain.command("profile", 2)
    try:
        store.pace.read()
    finally:
        plain.command("profile", 0)
    found = {"command.aggregate": "jobs", "ns": f"{plain.name}.jobs"}
    read = [entry["docsExamined"] for entry in plain["system.profile"].find(found)]
    plain["system.profile"].drop()
    assert len(read) == 4 and set(read) == {0}
