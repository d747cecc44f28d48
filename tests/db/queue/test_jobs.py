"""The queue as people use it, on a real MongoDB."""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from db.queue.claims import Where
from db.queue.job_records import Claim, Inputs, Job, JobError, JobKind, NewJob
from db.queue.jobs import JobFilter
from db.queue.recovery import MAX_DEATHS
from db.store import Store

HERE = "scratch-of-this-host"
DOWNLOADS = Where("download", HERE)
FAILED_FOR_GOOD = JobError("private", "permanent", "$private: ask $$NOW")
PAUSED = JobError("bot_check", "operator", "sign in")


def new_job(number: int = 0, **fields: Any) -> NewJob:
    return NewJob(
        key=f"youtube:{number}/features/model",
        trailer_id=f"youtube:{number}",
        source="https://www.youtube.com/watch?v=$video",
        site="youtube",
        features_id="features",
        model_id="model",
        lane="download",
        **fields,
    )


def failed(store: Store, error: JobError) -> Job:
    """Return a job that was worked on and failed."""
    (job,) = store.jobs.submit([new_job()])
    claimed = store.claims.claim(DOWNLOADS, token="t", owner="w", lease_s=60)
    assert claimed is not None
    after = store.claims.fail(Claim(job.job_id, "t"), error, wait_s=0)
    assert after is not None
    return after


def die(store: Store) -> None:
    """Have the process of the first waiting job die of it until it is dead."""
    for number in range(MAX_DEATHS):
        store.claims.claim(DOWNLOADS, token=f"t{number}", owner="w", lease_s=60)
        store.recovery.count_death("w", pid=os.getpid())


def test_a_new_job_is_queued_with_its_history_begun(store: Store) -> None:
    (job,) = store.jobs.submit([new_job()])
    assert (job.stage, job.lane, job.attempts) == ("queued", "download", 0)
    assert [event.stage for event in job.history] == ["queued"]
    assert store.jobs.get(job.job_id) == job


def test_ids_given_with_each_submission_are_all_kept_the_last_one_last(store: Store) -> None:
    for number in (1, 2, 1):
        store.jobs.submit([new_job(given=Inputs(external_ids=(f"$WB-{number}",)))])
    (job,) = store.jobs.submit([new_job(given=Inputs(title="Heat"))])
    assert (job.given.external_ids, job.given.title) == (("$WB-2", "$WB-1"), "Heat")


def test_text_of_strangers_is_never_read_as_an_expression(store: Store) -> None:
    given = Inputs(
        title="$source", genres=("$$NOW", "{'$ne': 1}"), plot="$plot", external_ids=("$key",), metadata={"a": "$b"}
    )
    new = replace(new_job(given=given), trailer_id="$_id", source="$site")
    (job,) = store.jobs.submit([new])
    assert (job.trailer_id, job.source, job.given) == ("$_id", "$site", given)
    assert failed(store, FAILED_FOR_GOOD).error == FAILED_FOR_GOOD


def test_the_same_request_is_the_same_job(store: Store) -> None:
    first, other, again = store.jobs.submit([new_job(1), new_job(2), new_job(1)])
    (later,) = store.jobs.submit([new_job(1)])
    assert first.job_id == again.job_id == later.job_id != other.job_id
    assert store.jobs.count(JobFilter()) == {"queued": 2}


def test_fifty_submits_at_once_make_one_job(store: Store) -> None:
    with ThreadPoolExecutor(50) as pool:
        jobs = list(pool.map(lambda _: store.jobs.submit([new_job()])[0], range(50)))
    assert len({job.job_id for job in jobs}) == 1
    assert store.jobs.count(JobFilter()) == {"queued": 1}
    assert len(jobs[0].history) == 1


def test_a_stored_result_is_a_job_that_is_done(store: Store) -> None:
    (job,) = store.jobs.submit([new_job(stored=True)])
    assert (job.stage, job.cached, job.lane) == ("done", True, None)
    assert store.claims.claim(DOWNLOADS, token="t", owner="w", lease_s=60) is None


def test_a_permanent_failure_stays_when_it_is_asked_for_again(store: Store) -> None:
    job = failed(store, FAILED_FOR_GOOD)
    assert store.jobs.submit([new_job()])[0].stage == job.stage == "failed"


def test_a_failure_that_may_pass_is_queued_again_when_it_is_asked_for_again(store: Store) -> None:
    assert failed(store, PAUSED).stage == "failed"
    (again,) = store.jobs.submit([new_job()])
    assert (again.stage, again.attempts, again.error, again.finished_at) == ("queued", 0, None, None)


@pytest.mark.parametrize("error", [FAILED_FOR_GOOD, PAUSED])
def test_whoever_asks_for_a_failed_job_again_has_it_run_whatever_it_failed_of(store: Store, error: JobError) -> None:
    failed(store, error)
    (again,) = store.jobs.submit([new_job(again=True)])
    assert (again.stage, again.attempts, again.error, again.finished_at) == ("queued", 0, None, None)
    assert store.claims.claim(DOWNLOADS, token="u", owner="w", lease_s=60) is not None


def test_whoever_asks_for_a_dead_job_again_has_it_run_with_fresh_attempts(store: Store) -> None:
    store.jobs.submit([new_job()])
    die(store)
    assert store.jobs.submit([new_job(batch_id="list")])[0].stage == "dead", "a list doesn't"
    (again,) = store.jobs.submit([new_job(again=True)])
    assert (again.stage, again.attempts, again.error) == ("queued", 0, None)
    assert again.history[-1].message == "queued again: it was dead"
    store.claims.claim(DOWNLOADS, token="t", owner="w", lease_s=60)
    store.recovery.count_death("w", pid=os.getpid())
    assert store.jobs.list(JobFilter())[0].stage == "queued", "its deaths of before don't count"


@pytest.mark.parametrize("again", [False, True])
def test_a_job_that_is_done_or_runs_is_not_begun_again(store: Store, again: bool) -> None:
    store.jobs.submit([new_job(), new_job(2, stored=True)])
    store.claims.claim(DOWNLOADS, token="t", owner="w", lease_s=60)
    new = [new_job(again=again), new_job(2, again=again)]
    assert [job.stage for job in store.jobs.submit(new)] == ["downloading", "done"]


def test_one_job_serves_several_batches(store: Store) -> None:
    store.jobs.submit([new_job(1, batch_id="one"), new_job(2, batch_id="one")])
    store.jobs.submit([new_job(1, batch_id="two")])
    assert store.jobs.count(JobFilter(batch_id="one")) == {"queued": 2}
    assert [job.batches for job in store.jobs.list(JobFilter(batch_id="two"))] == [("one", "two")]


def test_a_waiting_job_is_cancelled_at_once(store: Store) -> None:
    (job,) = store.jobs.submit([new_job()])
    assert store.jobs.cancel(JobFilter((job.job_id,))) == 1
    after = store.jobs.get(job.job_id)
    assert after is not None
    assert (after.stage, after.error and after.error.code) == ("cancelled", "cancelled")
    assert store.claims.claim(DOWNLOADS, token="t", owner="w", lease_s=60) is None
    assert store.jobs.cancel(JobFilter()) == 0


def test_a_running_job_is_told_to_stop(store: Store) -> None:
    (job,) = store.jobs.submit([new_job()])
    store.claims.claim(DOWNLOADS, token="t", owner="w", lease_s=60)
    assert store.jobs.cancel(JobFilter()) == 1
    beaten = store.claims.beat(Claim(job.job_id, "t"), lease_s=60, progress={})
    assert beaten is not None
    assert (beaten.stage, beaten.cancel) == ("downloading", True)


@pytest.mark.parametrize("again", [False, True])
def test_who_asks_for_a_job_that_is_to_be_cancelled_has_it_go_on(store: Store, again: bool) -> None:
    (job,) = store.jobs.submit([new_job()])
    store.claims.claim(DOWNLOADS, token="t", owner="w", lease_s=60)
    store.jobs.cancel(JobFilter())
    (after,) = store.jobs.submit([new_job(batch_id="list", again=again, webhook="https://a.example/")])
    beaten = store.claims.beat(Claim(job.job_id, "t"), lease_s=60, progress={})
    assert beaten is not None
    assert (after.stage, beaten.cancel) == ("downloading", False)
    assert (beaten.batches, [webhook.state for webhook in beaten.webhooks]) == (("list",), ["waiting"])
    assert store.jobs.cancel(JobFilter()) == 1, "and it can be cancelled again"


def test_jobs_are_retried_by_code_and_only_those_that_did_not_go_well(store: Store) -> None:
    job = failed(store, FAILED_FOR_GOOD)
    store.jobs.submit([new_job(2)])
    assert store.jobs.retry(JobFilter(code="bot_check")) == 0
    assert store.jobs.retry(JobFilter(code="private")) == 0, "it failed for good"
    assert store.jobs.retry(JobFilter(code="private"), force=True) == 1
    assert store.jobs.retry(JobFilter(), force=True) == 0
    again = store.jobs.get(job.job_id)
    assert again is not None
    assert [event.stage for event in again.history] == ["queued", "downloading", "failed", "queued"]


def test_a_thousand_and_one_jobs_are_written_and_returned_in_order(store: Store) -> None:
    jobs = store.jobs.submit([new_job(number) for number in range(1001)])
    assert [job.trailer_id for job in jobs] == [f"youtube:{number}" for number in range(1001)]


def test_the_history_keeps_its_last_events_only(store: Store) -> None:
    store.jobs.submit([new_job()])
    for _ in range(60):
        store.jobs.cancel(JobFilter())
        store.jobs.retry(JobFilter())
    (job,) = store.jobs.list(JobFilter())
    assert len(job.history) == 40
    assert job.history[-1].stage == "queued"


@pytest.mark.parametrize(
    ("site", "kind", "lane"),
    [
        ("youtube", JobKind.LINK, "download"),
        ("a-site-of-tomorrow", JobKind.LINK, "download"),
        ("file", JobKind.FILE, "extract"),
        ("poster", JobKind.POSTER, "extract"),
        ("no-op", JobKind.CHECK, "extract"),
    ],
)
def test_the_site_of_a_job_tells_its_kind_and_where_it_begins(
    store: Store, site: str, kind: JobKind, lane: str
) -> None:
    (job,) = store.jobs.submit([replace(new_job(), site=site)])
    assert (job.site, job.kind, job.kind.first_lane) == (site, kind, lane)
