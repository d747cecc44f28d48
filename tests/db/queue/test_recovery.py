"""What is lost comes back, on a real MongoDB: processes that die of a job, workers that go away, clocks set back."""

import os
import time
from datetime import timedelta

import pytest

from db.queue.claims import MAX_ATTEMPTS
from db.queue.job_records import Claim
from db.queue.jobs import JobFilter
from db.queue.recovery import MAX_DEATHS
from db.store import Store
from tests.db.queue.test_claims import FLEETING, VIDEO, claim, only
from tests.db.queue.test_jobs import DOWNLOADS, HERE, die, new_job

PID = os.getpid()


@pytest.fixture
def store(store: Store) -> Store:
    store.jobs.submit([new_job()])
    return store


def lose(store: Store, *, at_most: int = 10) -> None:
    claim(store, lease_s=-1)
    store.recovery.expire(at_most=at_most)


def shift(store: Store, field: str, **time: float) -> None:
    """Have a time of the job be later, as if the server's clock had been set back."""
    later = {"$add": [f"${field}", int(timedelta(**time).total_seconds() * 1000)]}
    jobs = store._access.collection("jobs")
    jobs.update_one({}, [{"$set": {field: later}}])


def test_a_job_whose_process_dies_three_times_is_dead(store: Store) -> None:
    die(store)
    job = only(store)
    assert (job.stage, job.error and job.error.code, job.attempts) == ("dead", "poisoned", MAX_DEATHS)
    assert [event.message for event in job.history if event.message] == [
        "its process died (1 of 3 times)",
        "its process died (2 of 3 times)",
    ]
    assert job.finished_at is not None
    assert store.claims.claim(DOWNLOADS, token="t", owner="w", lease_s=60) is None


def test_a_process_that_dies_gives_its_job_back_at_once(store: Store) -> None:
    claim(store)
    assert store.recovery.pids("worker") == {PID}
    assert store.recovery.count_death("someone else", pid=PID) == 0
    assert store.recovery.count_death("worker", pid=PID + 1) == 0
    assert store.recovery.count_death("worker", pid=PID) == 1
    assert (only(store).stage, only(store).lease) == ("queued", None)
    assert (store.recovery.pids("worker"), store.recovery.count_death("worker", pid=PID)) == (set(), 0)


def test_a_death_is_no_failed_attempt_and_a_failed_attempt_no_death(store: Store) -> None:
    for _ in range(MAX_ATTEMPTS - 1):
        _, held = claim(store)
        store.claims.fail(held, FLEETING, wait_s=0)
        time.sleep(0.002)
    claim(store)
    store.recovery.count_death("worker", pid=PID)
    assert only(store).stage == "queued", "it has died once"


def test_a_process_whose_lease_had_ended_did_not_die_of_its_job(store: Store) -> None:
    claim(store, lease_s=-1)
    assert store.recovery.count_death("worker", pid=PID) == 0
    assert store.recovery.expire(at_most=10) == 1


def test_power_cuts_cost_a_job_nothing_until_they_are_too_many(store: Store) -> None:
    for _ in range(9):
        lose(store)
    job = only(store)
    assert (job.stage, job.attempts, job.error) == ("queued", 0, None)
    lose(store)
    job = only(store)
    assert (job.stage, job.error and job.error.code) == ("dead", "poisoned")
    assert "10 times within a day" in (job.error.message if job.error else "")


def test_workers_lost_more_than_a_day_ago_no_longer_count(store: Store) -> None:
    for _ in range(2):
        lose(store, at_most=3)
    jobs = store._access.collection("jobs")
    day = 24 * 3600 * 1000
    jobs.update_one({}, [{"$set": {"lost_at": {"$map": {"input": "$lost_at", "in": {"$subtract": ["$$this", day]}}}}}])
    for _ in range(2):
        lose(store, at_most=3)
    assert only(store).stage == "queued"
    lose(store, at_most=3)
    assert only(store).stage == "dead"


@pytest.mark.parametrize("ended", ["died", "lost"])
def test_a_cancelled_job_whose_process_is_gone_ends_cancelled(store: Store, ended: str) -> None:
    claim(store, lease_s=60 if ended == "died" else -1)
    store.jobs.cancel(JobFilter())
    store.recovery.count_death("worker", pid=PID) if ended == "died" else store.recovery.expire(at_most=10)
    assert only(store).stage == "cancelled"


def test_a_dead_workers_job_comes_back_after_the_clock_was_set_back(store: Store) -> None:
    claim(store, lease_s=1)
    shift(store, "lease.until", hours=5)
    store.recovery.expire(at_most=10)
    assert only(store).stage == "downloading", "its worker may live: it gets a whole lease to renew it"
    time.sleep(1.1)
    assert store.recovery.expire(at_most=10) == 1


def test_a_live_worker_keeps_its_job_when_the_clock_is_set_back(store: Store) -> None:
    job, held = claim(store, lease_s=1)
    shift(store, "lease.until", hours=5)
    store.recovery.expire(at_most=10)
    store.claims.beat(Claim(job.job_id, held.token), lease_s=60, progress={})
    time.sleep(1.1)
    assert store.recovery.expire(at_most=10) == 0


def test_a_retry_is_not_put_off_by_a_clock_that_was_set_back(store: Store) -> None:
    _, held = claim(store)
    store.claims.fail(held, FLEETING, wait_s=1)
    assert store.recovery.draw_in_waits(1) == 0
    shift(store, "not_before", hours=5)
    assert store.recovery.draw_in_waits(1) == 1
    time.sleep(1.1)
    assert store.claims.claim(DOWNLOADS, token="t", owner="w", lease_s=60) is not None


def test_a_worker_that_stops_gives_its_jobs_back_uncounted(store: Store) -> None:
    claim(store)
    assert store.recovery.release_all("someone else") == 0
    assert store.recovery.release_all("worker") == 1
    job = only(store)
    assert (job.stage, job.lane, job.attempts) == ("queued", "download", 0)


def test_videos_on_a_host_that_is_gone_are_downloaded_again(store: Store) -> None:
    _, held = claim(store)
    store.claims.hand_over(held, video=VIDEO, seconds={})
    assert store.recovery.strand(alive={HERE}) == 0
    assert store.recovery.strand(alive={"elsewhere"}) == 1
    job = only(store)
    assert (job.lane, job.video, job.scratch) == ("download", None, None)
