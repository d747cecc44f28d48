"""Retention: what is old goes where the settings say so, a few at a time; what is unfinished or named stays."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from db import retention
from db.queue.batch_records import BatchRow, NewBatch, WatchedFile
from db.queue.jobs import JobFilter
from extractor.video.filmstrip import Filmstrip
from tests.support.homes import Home
from worker.jobs.bells import Bell
from worker.runtime import Runtime
from worker.service.sweeper import Sweeper
from worker.settings import read_settings

OLD = datetime.now(UTC) - timedelta(days=10, minutes=1)
YOUNG = datetime.now(UTC) - timedelta(days=9)
KEEP = {f"TRAILERS_KEEP_{name}_DAYS": "10" for name in ("JOBS", "BATCHES", "PICTURES")}


def sweep(runtime: Runtime, home: Home, **environment: str) -> None:
    runtime.settings = read_settings({"TRAILERS_HOME": str(home.folder), **environment})
    assert Sweeper(runtime, Bell()).round()


def add_job(home: Home, job_id: str, *, at: datetime = OLD, **fields: Any) -> None:
    job = {"stage": "done", "trailer_id": f"youtube:{job_id:_<11}", "batches": [], "updated_at": at, **fields}
    home.store._access.collection("jobs").insert_one({"_id": job_id, "schema_version": 1, "lane": None, **job})


def add_batch(home: Home, name: str, *, at: datetime = OLD, watched: WatchedFile | None = None) -> str:
    batch = home.store.batches.begin(NewBatch(name, "/", name, "missing", 1, "f", None), number=1)
    home.store.batches.write([BatchRow(batch.batch_id, row, "https://x", watched=watched) for row in (1, 2)])
    home.store.batches.prepared(batch.batch_id)
    home.store._access.collection("batches").update_one({"_id": batch.batch_id}, {"$set": {"created_at": at}})
    return batch.batch_id


def test_old_finished_jobs_go_and_all_others_stay(runtime: Runtime, home: Home) -> None:
    add_job(home, "old")
    add_job(home, "failed", stage="failed")
    add_job(home, "young", at=YOUNG)
    add_job(home, "queued", stage="queued")
    add_job(home, "of-list", batches=["b"])
    add_job(home, "news", next_delivery={"id": "w", "at": OLD}, finished_at=OLD)
    sweep(runtime, home)
    assert len(home.documents("jobs")) == 6, "without a setting everything is kept"
    sweep(runtime, home, **KEEP)
    assert set(home.documents("jobs")) == {"young", "queued", "of-list", "news"}


def test_old_lists_go_with_their_rows_and_then_their_jobs(runtime: Runtime, home: Home) -> None:
    old, young, busy = add_batch(home, "old"), add_batch(home, "young", at=YOUNG), add_batch(home, "busy")
    folder = add_batch(home, "folder", watched=WatchedFile(1, 1))
    add_job(home, "of-old", batches=[old])
    add_job(home, "of-both", batches=[old, young])
    add_job(home, "queued", stage="queued", batches=[busy])
    sweep(runtime, home, **KEEP)
    assert set(home.documents("batches")) == {young, busy, folder}
    assert {row["batch_id"] for row in home.documents("batch_rows").values()} == {young, busy, folder}
    assert set(home.documents("jobs")) == {"of-both", "queued"}
    assert home.documents("jobs")["of-both"]["batches"] == [young]


def test_old_pictures_go_and_what_was_predicted_stays(runtime: Runtime, home: Home) -> None:
    ids = ["youtube:AAAAAAAAAAA", "youtube:BBBBBBBBBBB"]
    for trailer_id, at in zip(ids, (OLD, YOUNG), strict=True):
        home.add(trailer_id)
        home.store.filmstrips.save(trailer_id, Filmstrip(b"jpeg", 1, 160, 90, 1, b"rgb", b"jpeg"))
        home.store.stills.save(trailer_id, [b"webp"])
        for name in ("filmstrips", "stills"):
            home.store._access.collection(name).update_one({"_id": trailer_id}, {"$set": {"created_at": at}})
    sweep(runtime, home, **KEEP)
    assert set(home.documents("filmstrips")) == set(home.documents("stills")) == {ids[1]}
    assert (len(home.documents("trailers")), len(home.documents("features"))) == (2, 2)


@pytest.mark.parametrize(("n_old", "n_left"), [(0, 0), (1, 0), (2, 0), (3, 1)])
def test_a_round_removes_a_few_and_the_next_goes_on(
    runtime: Runtime, home: Home, monkeypatch: pytest.MonkeyPatch, n_old: int, n_left: int
) -> None:
    monkeypatch.setattr(retention, "AT_ONCE", 2)
    for number in range(n_old):
        add_job(home, f"old{number}")
        add_batch(home, f"list{number}")
    sweep(runtime, home, **KEEP)
    assert (len(home.documents("jobs")), len(home.documents("batches"))) == (n_left, n_left)
    sweep(runtime, home, **KEEP)
    assert (home.store.jobs.count(JobFilter()), home.documents("batches")) == ({}, {})


def test_a_list_whose_removal_was_cut_off_is_removed_by_the_next_round(
    runtime: Runtime, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch_id = add_batch(home, "old")
    home.store._access.collection("batch_rows").delete_one({"_id": {"$gt": batch_id}})
    sweep(runtime, home, **KEEP)
    assert (home.documents("batches"), home.documents("batch_rows")) == ({}, {})
