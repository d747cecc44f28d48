"""Claims: found by the index and in order, whatever else is in the collection, each job by one claimer."""

import secrets
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient

from db.queue.claims import Where
from db.queue.job_records import Claim, Job, NewJob
from db.store import Store, open_store

N_JOBS = 2000
N_CLAIMERS = 8


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture
def store(home: Path) -> Iterator[Store]:
    with open_store(uri=None, home=home) as store:
        yield store
        assert store.server is not None
        with MongoClient[dict[str, Any]](store.server.uri) as client:
            client["trailers"]["jobs"].delete_many({})


def new_jobs(n_jobs: int, *, prefix: str = "job", **fields: Any) -> list[NewJob]:
    """Return jobs with keys of their own, downloads from YouTube unless said otherwise."""
    common = {"site": "youtube", "features_id": "f", "model_id": "m", "lane": "download", **fields}
    return [
        NewJob(key=f"{prefix}/{number}", trailer_id=f"youtube:{prefix}{number}", source=f"{prefix}/{number}", **common)
        for number in range(n_jobs)
    ]


def claim(store: Store, lane: str = "download", *, paused: tuple[str, ...] = ()) -> Job | None:
    where = Where(lane, "here", paused)
    return store.claims.claim(where, token=secrets.token_hex(8), owner="test", lease_s=60, again=False)


def plan_of_claim(store: Store, lane: str = "download", *, paused: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return what the server's profiler says of a real claim."""
    assert store.server is not None
    with MongoClient[dict[str, Any]](store.server.uri) as client:
        database = client["trailers"]
        database["system.profile"].drop()
        database.command("profile", 2)
        try:
            claim(store, lane, paused=paused)
        finally:
            database.command("profile", 0)
        (found,) = database["system.profile"].find({"command.findAndModify": "jobs"})
    return found


def submit_mixed(store: Store, n_jobs: int = N_JOBS) -> None:
    for priority in (0, 5, -1, 2):
        store.jobs.submit(new_jobs(n_jobs // 4, prefix=f"p{priority}", priority=priority))


def test_a_claim_from_a_long_queue_reads_one_document_and_sorts_nothing(store: Store) -> None:
    submit_mixed(store)
    plan = plan_of_claim(store)
    assert plan["planSummary"].startswith("IXSCAN { lane: 1, stage: 1, priority: -1, created_at: 1")
    assert (plan["docsExamined"], plan.get("hasSortStage", False)) == (1, False)


@pytest.mark.slow
def test_finished_jobs_do_not_slow_a_claim(store: Store) -> None:
    store.jobs.submit(new_jobs(N_JOBS, prefix="finished", stored=True))
    store.jobs.submit(new_jobs(10))
    plan = plan_of_claim(store)
    assert (plan["keysExamined"], plan["docsExamined"]) == (1, 1)


@pytest.mark.slow
def test_jobs_that_this_worker_may_not_have_are_passed_over_unread(store: Store) -> None:
    store.jobs.submit(new_jobs(N_JOBS, prefix="there", lane="extract", site="file", scratch="there", priority=9))
    store.jobs.submit(new_jobs(10, prefix="here", lane="extract", site="file", scratch="here"))
    plan = plan_of_claim(store, "extract")
    assert (plan["docsExamined"], plan.get("hasSortStage", False)) == (1, False)
    store.jobs.submit(new_jobs(N_JOBS))
    assert plan_of_claim(store, paused=("youtube",))["docsExamined"] == 0


def test_jobs_that_wait_for_their_next_attempt_are_passed_over_unread(store: Store) -> None:
    submit_mixed(store, 400)
    assert store.server is not None
    with MongoClient[dict[str, Any]](store.server.uri) as client:
        later = [{"$set": {"not_before": {"$add": ["$$NOW", 60_000]}}}]
        client["trailers"]["jobs"].update_many({}, later)
    assert plan_of_claim(store)["docsExamined"] == 0


def test_claims_come_by_priority_then_age(store: Store) -> None:
    submit_mixed(store)
    claimed = [job for _ in range(N_JOBS // 4 + 100) if (job := claim(store))]
    assert [job.priority for job in claimed] == [5] * (N_JOBS // 4) + [2] * 100
    ages = [(-job.priority, job.created_at) for job in claimed]
    assert ages == sorted(ages)
    numbers = [int(job.source.partition("/")[2]) for job in claimed]
    assert numbers == [*range(N_JOBS // 4), *range(100)]  # made in one moment: in the order they were named


def test_eight_claimers_get_each_job_once_and_each_of_them_in_order(store: Store, home: Path) -> None:
    submit_mixed(store)
    lists: list[list[Job]] = [[] for _ in range(N_CLAIMERS)]

    def work(claimed: list[Job]) -> None:
        with open_store(uri=None, home=home) as own:
            while job := claim(own):
                claimed.append(job)

    threads = [threading.Thread(target=work, args=(claimed,)) for claimed in lists]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    claimed = [job.job_id for jobs in lists for job in jobs]
    assert (len(claimed), len(set(claimed))) == (N_JOBS, N_JOBS)
    for jobs in lists:
        assert [-job.priority for job in jobs] == sorted(-job.priority for job in jobs)


def test_a_claim_whose_answer_was_lost_is_asked_for_again(store: Store) -> None:
    store.jobs.submit(new_jobs(2))
    token = secrets.token_hex(8)
    where = Where("download", "here")
    first = store.claims.claim(where, token=token, owner="test", lease_s=60, again=False)
    second = store.claims.claim(where, token=token, owner="test", lease_s=60)
    assert first is not None
    assert second is not None
    assert (second.job_id, second.attempts) == (first.job_id, 1)
    assert store.claims.release(Claim(first.job_id, token))
