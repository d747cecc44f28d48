"""Result rows of a batch: one for every row of the list, whatever became of it."""

import csv
import json
from dataclasses import replace
from pathlib import Path

import pytest

from classifier.prediction import GenrePrediction, GenreScore
from db.queue.batch_records import Batch, BatchRow, NewBatch
from db.queue.claims import Where
from db.queue.job_records import Cause, Claim, Inputs, JobError, NewJob, Result
from db.queue.jobs import JobFilter
from db.records import Source, Trailer, VideoRecord
from db.store import Store
from worker.batches import results as batch_results
from worker.batches.results import Tally, causes, deliver, read_page, read_results, read_stage
from worker.batches.rows import ResultRow
from worker.runtime import Runtime

GENRES = ("Drama", "War", "Comedy", "Horror")


@pytest.fixture
def store(runtime: Runtime) -> Store:
    return runtime.store


@pytest.fixture
def batch(store: Store) -> Batch:
    return store.batches.begin(NewBatch("l.csv", "/", "0" * 64, "missing", 1, "f", "now"), number=1)


def judge(store: Store, trailer_id: str, model_id: str, *, score: float = 0.9) -> None:
    scores = [GenreScore(genre, score - i / 10, 0.75, score - i / 10 >= 0.75, i + 1) for i, genre in enumerate(GENRES)]
    store.predictions.save(trailer_id, GenrePrediction(model_id, "f", tuple(scores), (), {"Drama": (score,)}))


def add_trailer(store: Store, trailer_id: str, title: str = "Its page's title") -> None:
    video = VideoRecord(61.5, 640, 360, 24.0, "h264", 1000, "ab" * 32)
    store.trailers.save(Trailer(trailer_id, Source("https://x", "youtube", trailer_id[8:], title=title), video))


def add_job(store: Store, batch: Batch, number: int) -> tuple[str, Claim]:
    """Return a job's id and the claim on it."""
    trailer_id = f"youtube:{number:011}"
    new = NewJob(f"k{number}", trailer_id, "x", "youtube", "f", "now", "download", batch_id=batch.batch_id)
    (job,) = store.jobs.submit([new])
    store.claims.claim(Where("download", "-"), token=str(number), owner="test", lease_s=60)
    return job.job_id, Claim(job.job_id, str(number))


def row(batch: Batch, number: int, **fields: object) -> BatchRow:
    named = {"source": f"link {number}", "trailer_id": f"youtube:{number:011}", **fields}
    return BatchRow(batch.batch_id, number, **named)  # type: ignore[arg-type]


def results(runtime: Runtime, batch: Batch) -> list[ResultRow]:
    return list(read_results(runtime, batch))


def test_a_done_row_tells_the_whole_answer(runtime: Runtime, store: Store, batch: Batch) -> None:
    job_id, held = add_job(store, batch, 1)
    add_trailer(store, "youtube:00000000001")
    judge(store, "youtube:00000000001", "now")
    store.claims.finish(held, Result("now", 62, cached=False), seconds={"extract": 1.5, "classify": 0.25})
    store.batches.write([row(batch, 1, id="tt1", job_id=job_id)])
    (result,) = results(runtime, batch)
    assert (result.status, result.n_frames, result.duration_s, result.seconds) == ("done", 62, 61.5, 1.75)
    assert [genre for genre, _ in result.genres] == ["Drama", "War", "Comedy"]
    assert (result.passed, result.model_id, result.title) == (("Drama", "War"), "now", "Its page's title")


def test_rows_say_how_far_their_jobs_are_and_why_they_failed(runtime: Runtime, store: Store, batch: Batch) -> None:
    failed, held = add_job(store, batch, 1)
    store.claims.fail(held, JobError("private", "permanent", "it is private"), wait_s=0)
    running, _ = add_job(store, batch, 2)
    error = JobError("bad_source", "permanent", "no link")
    store.batches.write(
        [
            row(batch, 1, job_id=failed, note="poster not used (bad_poster): no"),
            row(batch, 2, job_id=running),
            row(batch, 3, trailer_id=None, error=error),
            row(batch, 4, job_id="0" * 24),
            row(batch, 5),
        ]
    )
    tally = Tally()
    found = list(tally.count(read_results(runtime, batch)))
    assert [(it.status, it.code) for it in found] == [
        ("failed", "private"),
        ("downloading", None),
        ("failed", "bad_source"),
        ("failed", "not_found"),
        ("failed", "not_found"),
    ]
    assert found[0].message == "it is private; poster not used (bad_poster): no"
    assert (tally.n_rows, tally.n_unfinished, tally.codes["not_found"]) == (5, 1, 2)


def test_a_row_answered_from_the_database_prefers_the_model_in_use(
    runtime: Runtime, store: Store, batch: Batch
) -> None:
    judge(store, "youtube:00000000001", "now", score=0.8)
    judge(store, "youtube:00000000001", "older", score=0.9)
    judge(store, "youtube:00000000002", "older", score=0.9)
    store.batches.write([row(batch, 1), row(batch, 2)])
    assert [(it.status, it.model_id) for it in results(runtime, batch)] == [("done", "now"), ("done", "older")]


def test_all_rows_come_in_order_over_many_chunks(
    runtime: Runtime, store: Store, batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch_results, "CHUNK", 7)
    store.batches.write([row(batch, number, trailer_id="youtube:00000000001") for number in range(1, 52)])
    other = store.batches.begin(NewBatch("m.csv", "/", "1" * 64, "missing", 1, "f", "now"), number=1)
    store.batches.write([row(other, 1)])
    assert [it.row for it in results(runtime, batch)] == list(range(1, 52))


def test_hostile_titles_neither_run_nor_break_a_file(
    runtime: Runtime, store: Store, batch: Batch, tmp_path: Path
) -> None:
    titles = ["=cmd|' /C calc'!A0", "$where", "a\x1b[2Jb", 'say "hi",\r\nthen', "\udcff", "\u202eevil"]
    store.batches.write([row(batch, number, title=title) for number, title in enumerate(titles, start=1)])
    deliver(runtime, batch, tmp_path / "r.csv", as_json=False)
    deliver(runtime, batch, tmp_path / "r.jsonl", as_json=False)
    with (tmp_path / "r.csv").open(encoding="utf-8-sig", newline="") as file:
        cells = [line["title"] for line in csv.DictReader(file)]
    assert cells[0].startswith("'=")
    assert "\x1b" not in "".join(cells)
    assert len(cells) == len(list(map(json.loads, (tmp_path / "r.jsonl").read_text().splitlines()))) == len(titles)


def test_a_page_holds_the_rows_after_a_number(
    runtime: Runtime, store: Store, batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.batches.write([row(batch, number) for number in range(1, 8)])
    pages = [read_page(runtime, batch, after=after, limit=3) for after in (0, 3, 6, 7)]
    assert [[result.row for result in page] for page in pages] == [[1, 2, 3], [4, 5, 6], [7], []]
    monkeypatch.setattr(batch_results, "CHUNK", 2)
    assert results(runtime, batch) == [result for page in pages for result in page]


def test_a_page_of_one_stage_holds_what_a_walk_over_all_rows_finds(
    runtime: Runtime, store: Store, batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch_results, "CHUNK", 4)
    judge(store, "youtube:00000000001", "older")
    job_ids = [add_job(store, batch, number)[0] for number in range(20, 26)]
    rows = [row(batch, number, job_id=job_ids[number - 20]) for number in range(20, 26)]
    answered = [row(batch, number, trailer_id="youtube:00000000001") for number in range(1, 10)]
    store.batches.write([*answered, *(row(batch, number) for number in range(10, 20)), *rows])
    whole = replace(batch, n_rows=25)
    everything = results(runtime, batch)
    for stage in ("done", "failed", "downloading", "queued"):
        found: list[ResultRow] = []
        after: int | None = 0
        while after is not None:
            page, after = read_stage(runtime, whole, stage, after=after, limit=3, among=6)
            assert len(page) <= 3
            found += page
        assert found == [result for result in everything if result.status == stage]


def test_causes_are_those_of_jobs_and_of_rows_the_most_frequent_first(
    runtime: Runtime, store: Store, batch: Batch
) -> None:
    errors = [
        *[JobError("private", "permanent", f"video {number}") for number in range(2)],
        *[JobError("bot_check", "operator", "no")] * 3,
        JobError("bad_source", "permanent", "from a job"),
    ]
    for number, error in enumerate(errors):
        _, held = add_job(store, batch, number)
        store.claims.fail(held, error, wait_s=0)
    _, waits = add_job(store, batch, 50)
    store.claims.fail(waits, JobError("network_timeout", "retry", "it will be tried again"), wait_s=60)
    add_job(store, store.batches.begin(NewBatch("other", "/", "1" * 64, "missing", 1, "f", "now"), number=1), 60)
    wrong = [JobError("bad_source", "permanent", "no link")] * 4 + [JobError("file_not_found", "permanent", "gone")]
    store.batches.write([row(batch, n, trailer_id=None, error=error) for n, error in enumerate(wrong, start=1)])
    assert store.jobs.causes(JobFilter(batch_id=batch.batch_id)) == [
        Cause("bot_check", "operator", 3, 3),
        Cause("private", "permanent", 2, 0),
        Cause("bad_source", "permanent", 1, 0),
    ]
    assert [(cause.code, cause.error_class, cause.n) for cause in causes(runtime, batch)] == [
        ("bad_source", "permanent", 5),
        ("bot_check", "operator", 3),
        ("private", "permanent", 2),
        ("file_not_found", "permanent", 1),
    ]


def test_a_batch_without_failures_has_no_causes(runtime: Runtime, store: Store, batch: Batch) -> None:
    add_job(store, batch, 1)
    assert causes(runtime, batch) == []


def test_a_row_says_whose_trailer_it_is_in_csv_and_json(
    runtime: Runtime, batch: Batch, store: Store, tmp_path: Path
) -> None:
    add_trailer(store, "youtube:00000000001")
    judge(store, "youtube:00000000001", "now")
    known = Inputs(external_ids=("=WB-1",), title="Heat", year=1995, imdb_id="tt0113277", metadata={"Territory": "DE"})
    store.trailers.add_inputs("youtube:00000000001", known)
    store.batches.write([row(batch, 1), row(batch, 2, trailer_id="youtube:00000000001", external_id="WB-0")])
    deliver(runtime, batch, tmp_path / "out.csv", as_json=False)
    first, second = csv.DictReader((tmp_path / "out.csv").read_text(encoding="utf-8-sig").splitlines())
    assert (first["external_id"], second["external_id"], first["film_id"]) == ("'=WB-1", "WB-0", "tt0113277")
    assert (first["year"], first["imdb_id"], json.loads(first["metadata"])) == (
        "1995",
        "tt0113277",
        {"Territory": "DE"},
    )
    deliver(runtime, batch, tmp_path / "out.jsonl", as_json=False)
    document = json.loads((tmp_path / "out.jsonl").read_text().splitlines()[0])
    assert (document["title"], document["year"], document["metadata"]) == ("Heat", 1995, {"Territory": "DE"})
