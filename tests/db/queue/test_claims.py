"""Leases, on a real MongoDB: who holds a job writes, who lost it doesn't."""

import time
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest

from db.access import SCHEMA_VERSION
from db.queue.claims import MAX_ATTEMPTS, Where
from db.queue.job_records import Claim, Job, JobError, KeptVideo, Result
from db.queue.jobs import JobFilter
from db.records import Source
from db.store import Store
from tests.db.queue.test_jobs import DOWNLOADS, HERE, new_job

EXTRACTS, CLASSIFIES = Where("extract", HERE), Where("classify", HERE)
VIDEO = KeptVideo(HERE, "name.mp4", "0" * 64, Source("https://x", "youtube", "id", title="$title"))
FLEETING = JobError("network_timeout", "retry", "try again")
RESULT = Result("model", 53, cached=False)


@pytest.fixture
def store(store: Store) -> Store:
    store.jobs.submit([new_job()])
    return store


def claim(store: Store, where: Where = DOWNLOADS, *, lease_s: float = 60) -> tuple[Job, Claim]:
    token = uuid4().hex
    job = store.claims.claim(where, token=token, owner="worker", lease_s=lease_s)
    assert job is not None
    return job, Claim(job.job_id, token)


def only(store: Store) -> Job:
    (job,) = store.jobs.list(JobFilter())
    return job


def test_a_claim_counts_the_attempt_before_the_work(store: Store) -> None:
    job, held = claim(store)
    assert (job.stage, job.attempts) == ("downloading", 1)
    assert job.lease is not None
    assert (job.lease.token, job.lease.owner) == (held.token, "worker")
    assert 58 < (job.lease.until - job.updated_at).total_seconds() <= 60


def test_a_job_is_claimed_by_one_of_many(store: Store) -> None:
    with ThreadPoolExecutor(16) as pool:
        claims = [pool.submit(store.claims.claim, DOWNLOADS, token=f"t{i}", owner="w", lease_s=60) for i in range(16)]
    assert sum(claim.result() is not None for claim in claims) == 1


def test_a_claim_whose_answer_was_lost_is_found_again_by_its_token(store: Store) -> None:
    job, held = claim(store)
    again = store.claims.claim(DOWNLOADS, token=held.token, owner="worker", lease_s=60)
    assert again is not None
    assert (again.job_id, again.attempts) == (job.job_id, 1)


def test_higher_priority_goes_first_then_the_older_one(store: Store) -> None:
    store.jobs.submit([new_job(2, priority=5)])
    store.jobs.submit([new_job(3, priority=5)])
    assert [claim(store)[0].trailer_id for _ in range(3)] == ["youtube:2", "youtube:3", "youtube:0"]


def test_paused_sites_are_left_waiting(store: Store) -> None:
    assert store.claims.claim(Where("download", HERE, ("youtube",)), token="t", owner="w", lease_s=60) is None
    assert store.claims.unclaimed("download", scratch=None, except_sites=["youtube"]) == 0
    assert store.claims.unclaimed("download", scratch=None) == 1


def test_a_downloaded_video_waits_for_those_who_see_it(store: Store) -> None:
    _, held = claim(store)
    store.claims.hand_over(held, video=VIDEO, seconds={"download": 1.5})
    assert store.claims.claim(Where("extract", "elsewhere"), token="t", owner="w", lease_s=60) is None
    job, _ = claim(store, EXTRACTS)
    assert (job.video, job.seconds, job.stage) == (VIDEO, {"download": 1.5}, "extracting")
    assert store.claims.video_names(HERE) == {"name.mp4"}


def test_a_job_that_goes_well_has_no_attempts_left_over(store: Store) -> None:
    _, held = claim(store)
    store.claims.hand_over(held, video=VIDEO, seconds={})
    _, held = claim(store, EXTRACTS)
    store.claims.go_on(held, lane="classify", seconds={"extract": 2}, features_id="made")
    store.claims.finish(held, RESULT, seconds={"classify": 0.1})
    job = only(store)
    assert (job.stage, job.attempts, job.lease, job.video, job.n_frames) == ("done", 0, None, None, 53)
    assert (job.seconds, job.features_id) == ({"extract": 2, "classify": 0.1}, "made")
    assert [event.stage for event in job.history][-3:] == ["extracting", "classifying", "done"]


def test_who_lost_the_lease_changes_nothing(store: Store) -> None:
    _, old = claim(store, lease_s=0)
    time.sleep(0.01)
    assert store.recovery.expire(at_most=10) == 1
    claim(store)
    before = only(store)
    late = [
        store.claims.beat(old, lease_s=60, progress={}),
        store.claims.hand_over(old, video=VIDEO, seconds={}),
        store.claims.skip_to(old, lane="classify", features_id="other", seconds={}),
        store.claims.go_on(old, lane="classify", seconds={}, features_id="other"),
        store.claims.finish(old, RESULT, seconds={}),
        store.claims.fail(old, FLEETING, wait_s=0),
        store.claims.return_to(old, lane="download"),
        store.claims.release(old),
        store.claims.end_cancelled(old),
    ]
    assert late == [None] * 9
    assert only(store) == before


def test_a_beat_puts_off_the_end_and_shows_the_progress(store: Store) -> None:
    job, held = claim(store, lease_s=1)
    beaten = store.claims.beat(held, lease_s=100, progress={"done": 7, "total": None})
    assert beaten is not None
    assert beaten.lease is not None
    assert job.lease is not None
    assert (beaten.lease.until - job.lease.until).total_seconds() > 98
    assert beaten.progress == {"done": 7, "total": None}
    assert store.recovery.expire(at_most=10) == 0


def test_a_cancelled_job_whose_worker_died_ends_cancelled(store: Store) -> None:
    claim(store, lease_s=0)
    store.jobs.cancel(JobFilter())
    time.sleep(0.01)
    store.recovery.expire(at_most=10)
    assert only(store).stage == "cancelled"


def test_a_cancelled_job_that_is_asked_for_before_its_worker_has_ended_it_waits_again(store: Store) -> None:
    _, held = claim(store)
    store.claims.hand_over(held, video=VIDEO, seconds={})
    _, held = claim(store, EXTRACTS)
    store.jobs.cancel(JobFilter())
    noticed = store.claims.beat(held, lease_s=60, progress={})
    assert noticed is not None
    assert noticed.cancel
    store.jobs.submit([new_job(batch_id="list")])
    store.claims.end_cancelled(held)
    job = only(store)
    assert (job.stage, job.lane, job.attempts, job.lease, job.error) == ("queued", "extract", 0, None, None)
    assert (job.video, job.batches, job.finished_at) == (VIDEO, ("list",), None)
    again, held = claim(store, EXTRACTS)
    assert not again.cancel
    assert store.claims.finish(held, RESULT, seconds={}) is not None


def test_a_cancelled_job_that_nobody_asks_for_ends_so(store: Store) -> None:
    _, held = claim(store)
    store.jobs.cancel(JobFilter())
    store.claims.end_cancelled(held)
    job = only(store)
    assert (job.stage, job.attempts, job.error and job.error.code) == ("cancelled", 0, "cancelled")
    assert store.jobs.submit([new_job()])[0].stage == "queued", "whoever asks later has it queued again"


def test_a_cancelled_job_that_is_asked_for_again_waits_when_its_worker_dies(store: Store) -> None:
    claim(store, lease_s=0)
    store.jobs.cancel(JobFilter())
    store.jobs.submit([new_job()])
    time.sleep(0.01)
    store.recovery.expire(at_most=10)
    assert only(store).stage == "queued"


def test_of_cancelling_ending_and_asking_at_once_the_job_is_never_lost(store: Store) -> None:
    for _ in range(20):
        _, held = claim(store)
        store.jobs.cancel(JobFilter())
        with ThreadPoolExecutor(2) as pool:
            ending = pool.submit(store.claims.end_cancelled, held)
            asking = pool.submit(store.jobs.submit, [new_job()])
        assert (ending.exception(), asking.exception()) == (None, None)
        assert only(store).stage == "queued"


def test_an_error_that_may_pass_is_tried_three_times(store: Store) -> None:
    stages = []
    for _ in range(MAX_ATTEMPTS):
        _, held = claim(store)
        store.claims.fail(held, FLEETING, wait_s=0)
        stages.append(only(store).stage)
        time.sleep(0.002)
    assert stages == ["queued", "queued", "failed"]
    assert only(store).error == FLEETING


def test_the_next_attempt_waits(store: Store) -> None:
    _, held = claim(store)
    store.claims.fail(held, FLEETING, wait_s=0.1)
    time.sleep(0.2)
    again, held = claim(store)
    assert again.attempts == 2
    store.claims.fail(held, FLEETING, wait_s=600)
    assert store.claims.claim(DOWNLOADS, token="t", owner="w", lease_s=60) is None


def test_a_video_that_came_cut_short_is_downloaded_again(store: Store) -> None:
    _, held = claim(store)
    store.claims.hand_over(held, video=VIDEO, seconds={})
    _, held = claim(store, EXTRACTS)
    store.claims.fail(held, JobError("truncated", "retry", "cut"), wait_s=0, lane="download")
    job = only(store)
    assert (job.lane, job.video, job.scratch) == ("download", None, None)


def test_a_video_that_is_never_found_fails_in_the_end(store: Store) -> None:
    for _ in range(MAX_ATTEMPTS):
        _, held = claim(store)
        store.claims.hand_over(held, video=VIDEO, seconds={})
        _, held = claim(store, EXTRACTS)
        store.claims.return_to(held, lane="download")
    job = only(store)
    assert (job.stage, job.error and job.error.code) == ("failed", "download_failed")


def test_workers_are_seen_and_forgotten(store: Store) -> None:
    store.workers.seen("one", host="$host", lanes=["extract"], scratch=HERE)
    store.workers.seen("one", host="$host", lanes=["extract"], scratch=HERE)
    (worker,) = store.workers.alive(within_s=60)
    assert (worker.host, worker.lanes, worker.scratch) == ("$host", ("extract",), HERE)
    assert store.workers.alive(within_s=-1) == []
    store.workers.gone("one")
    assert store.workers.alive(within_s=60) == []


def test_jobs_of_a_newer_program_wait_for_newer_workers(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as newer:
        newer.setattr("db.queue.job_documents.SCHEMA_VERSION", SCHEMA_VERSION + 1)
        newer.setattr("db.queue.jobs.SCHEMA_VERSION", SCHEMA_VERSION + 1)
        store.jobs.submit([new_job()])  # the same again, by a newer program
    assert store.claims.claim(DOWNLOADS, token="t", owner="worker", lease_s=60) is None
    assert store.claims.unclaimed("download", scratch=None) == 0
    store.jobs.submit([new_job()])  # an older program takes nothing back
    assert store.claims.claim(DOWNLOADS, token="t", owner="worker", lease_s=60) is None
    monkeypatch.setattr("db.queue.claims.SCHEMA_VERSION", SCHEMA_VERSION + 1)
    assert store.claims.claim(DOWNLOADS, token="t", owner="worker", lease_s=60)
