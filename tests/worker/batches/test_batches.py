"""Batches as they are prepared: which rows become jobs, in which mode, and what a crash on the way costs."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from classifier.prediction import GenrePrediction, GenreScore
from db.library_records import LibraryTrailer
from db.queue.batch_records import Batch, BatchRow, Mode
from db.queue.batches import Batches
from db.queue.claims import Where
from db.queue.job_records import Claim, Job, JobError, Result
from db.queue.jobs import JobFilter
from db.records import Source, Trailer, VideoRecord
from extractor.networks.weights import file_digest
from tests.support.cheap_work import Plan
from tests.support.faketube import FakeYouTube
from tests.support.service import Service, link, video_id
from web.reviews import save_review
from worker.batches import preparing as batches
from worker.batches import requests as batch_requests
from worker.batches.preparing import BatchRequest, Prepared, is_finished, prepare
from worker.download.waiting_videos import scratch_id
from worker.jobs.bells import Bell
from worker.jobs.submission import identify, resolve
from worker.lists.rows import MetadataColumns
from worker.tmdb import TMDB


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("batches")
    with Service(folder / "home", Plan(folder=str(folder))) as service:
        yield service


@pytest.fixture
def service(home: Service) -> Service:
    """A service whose queue and answers are those of one test."""
    database = home.runtime.store._access.database
    for name in ("jobs", "batches", "batch_rows", "predictions", "trailers", "features"):
        database[name].delete_many({})
    return home


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "CHUNK", 3)


def write_list(tmp_path: Path, *numbers: int) -> Path:
    path = tmp_path / "list.txt"
    path.write_text("".join(f"{link(number)}\n" for number in numbers))
    return path


def ordered(service: Service, path: Path, mode: Mode = "missing") -> Prepared:
    return prepare(service.runtime, BatchRequest(path, mode), Bell())


def rows_of(service: Service, batch: Batch) -> list[BatchRow]:
    return service.runtime.store.batches.rows(batch.batch_id, after=0, limit=10_000)


def jobs_of(service: Service, batch: Batch) -> list[Job]:
    return service.runtime.store.jobs.list(JobFilter(batch_id=batch.batch_id), limit=10_000)


def run_all(service: Service, *, judged: bool = True) -> None:
    """Have all waiting jobs done, as workers would, with a verdict unless told otherwise."""
    store, identity = service.runtime.store, identify(service.runtime)
    where = Where("download", scratch_id(service.settings.scratch))
    token = 0
    while job := store.claims.claim(where, token=f"token{token}", owner="test", lease_s=60):
        if judged:
            store.predictions.save(job.trailer_id, verdict(identity.model_id or "", identity.features_id))
        store.claims.finish(Claim(job.job_id, f"token{token}"), Result(identity.model_id or "", 2, False), seconds={})
        token += 1


def verdict(model_id: str, features_id: str) -> GenrePrediction:
    return GenrePrediction(model_id, features_id, (GenreScore("Drama", 0.75, 0.5, True, 1),), (), {"Drama": (0.75,)})


def youtube(number: int) -> str:
    return f"youtube:{video_id(number)}"


def test_every_row_is_kept_in_order_with_a_job_or_an_error(service: Service, tmp_path: Path) -> None:
    path = tmp_path / "list.txt"
    path.write_text(f"{link(1)}\nhttps://evil.example/x\n{link(2)}\nmissing.mp4\nhttps://youtu.be/{video_id(1)}?t=3\n")
    rows = rows_of(service, batch := ordered(service, path).batch)
    assert [(row.row, row.source) for row in rows] == list(enumerate(path.read_text().split(), start=1))
    assert [row.error.code if row.error else None for row in rows] == [
        None,
        "host_not_allowed",
        None,
        "file_not_found",
        None,
    ]
    assert rows[0].job_id == rows[4].job_id
    assert {job.job_id for job in jobs_of(service, batch)} == {rows[0].job_id, rows[2].job_id}
    assert (batch.n_rows, batch.prepared_at is None) == (5, False)


@pytest.mark.parametrize("mode", ["missing", "all"])
def test_a_crash_while_preparing_doubles_nothing_and_loses_nothing(
    service: Service, tmp_path: Path, small_chunks: None, monkeypatch: pytest.MonkeyPatch, mode: Mode
) -> None:
    path = write_list(tmp_path, *range(10))
    with monkeypatch.context() as patch:
        patch.setattr(Batches, "write", crash_at(2, Batches.write))
        with pytest.raises(SystemExit):
            ordered(service, path, mode)
    seen: list[str] = []
    monkeypatch.setattr(batch_requests, "resolve", note_into(seen, resolve))
    prepared = ordered(service, path, mode)
    assert prepared.resumed
    assert seen == [link(number) for number in range(3, 10)], "three rows were written before the crash"
    assert [row.row for row in rows_of(service, prepared.batch)] == list(range(1, 11))
    assert service.runtime.store.jobs.count(JobFilter()) == {"queued": 10}


def crash_at(nth: int, write: Callable[..., None]) -> Callable[..., None]:
    calls = iter(range(1, 100))

    def crashing(*args: object) -> None:
        if next(calls) == nth:
            raise SystemExit
        write(*args)

    return crashing


def note_into(seen: list[str], function: Callable[..., object]) -> Callable[..., object]:
    def noting(runtime: object, text: str) -> object:
        seen.append(text)
        return function(runtime, text)

    return noting


def test_rows_half_written_are_completed(service: Service, tmp_path: Path) -> None:
    batch = ordered(service, write_list(tmp_path, *range(10))).batch
    before = rows_of(service, batch)
    database = service.runtime.store._access.database
    database["batch_rows"].delete_many({"row": {"$gt": 4}})
    database["batches"].update_one({}, {"$set": {"prepared_at": None}})
    again = ordered(service, write_list(tmp_path, *range(10)))
    assert again.batch.batch_id == batch.batch_id
    assert rows_of(service, batch) == before


def test_an_unfinished_batch_goes_on_and_a_finished_one_is_followed_by_a_cheap_one(
    service: Service, tmp_path: Path
) -> None:
    path = write_list(tmp_path, 1, 2)
    first = ordered(service, path)
    assert ordered(service, path) == Prepared(first.batch, resumed=True, heard=True)
    run_all(service)
    second = ordered(service, path)
    assert not second.resumed
    assert is_finished(service.runtime, second.batch)
    assert [row.job_id for row in rows_of(service, second.batch)] == [None, None]


def test_mode_all_goes_on_until_it_is_finished_and_then_starts_anew(service: Service, tmp_path: Path) -> None:
    path = write_list(tmp_path, 1, 2)
    first, again = ordered(service, path, "all").batch, ordered(service, path, "all").batch
    assert first.batch_id == again.batch_id
    run_all(service)
    second = ordered(service, path, "all").batch
    assert all(job.force for job in jobs_of(service, second))
    assert {job.stage for job in jobs_of(service, first)} == {"done"}
    assert {job.stage for job in jobs_of(service, second)} == {"queued"}


@pytest.mark.parametrize(("mode", "run"), [("missing", {3}), ("stale", {2, 3}), ("all", {1, 2, 3})])
def test_the_mode_says_which_rows_are_run(service: Service, tmp_path: Path, mode: Mode, run: set[int]) -> None:
    identity, predictions = identify(service.runtime), service.runtime.store.predictions
    predictions.save(youtube(1), verdict(identity.model_id or "", identity.features_id))
    predictions.save(youtube(2), verdict("another model", identity.features_id))
    batch = ordered(service, write_list(tmp_path, 1, 2, 3), mode).batch
    assert {row.row for row in rows_of(service, batch) if row.job_id} == run
    assert len(jobs_of(service, batch)) == len(run)


def test_a_done_job_whose_answer_is_gone_is_queued_again(service: Service, tmp_path: Path) -> None:
    path = write_list(tmp_path, 1)
    ordered(service, path)
    run_all(service, judged=False)
    batch = ordered(service, path).batch
    (row,) = rows_of(service, batch)
    job = service.runtime.store.jobs.get(row.job_id or "")
    assert job is not None
    assert (job.stage, job.force) == ("queued", False), "what else is stored is used"
    assert ordered(service, path).batch == batch


def test_a_permanent_failure_stays_and_a_cancelled_job_is_queued_again(service: Service, tmp_path: Path) -> None:
    path = write_list(tmp_path, 1, 2)
    ordered(service, path)
    store = service.runtime.store
    job = store.claims.claim(Where("download", "-"), token="t", owner="test", lease_s=60)
    assert job is not None
    store.claims.fail(Claim(job.job_id, "t"), JobError("private", "permanent", "it is private"), wait_s=0)
    store.jobs.cancel(JobFilter())
    stages = {job.trailer_id: job.stage for job in jobs_of(service, ordered(service, path).batch)}
    assert stages == {youtube(1): "failed", youtube(2): "queued"}


def test_columns_are_given_to_the_job_and_what_cant_be_used_is_noted(service: Service, tmp_path: Path) -> None:
    Image.new("RGB", (40, 60), "red").save(tmp_path / "good.png")
    (tmp_path / "bad.png").write_bytes(b"no picture")
    lines = [
        {"url": link(1), "id": "tt0012345", "title": "$x", "genres": ["Drama", "$where"], "plot": "$set a\nb"},
        {"url": link(2), "id": "mine", "poster": "good.png"},
        {"url": link(3), "poster": "bad.png", "plot": "x" * 20_001},
        {"url": link(4), "poster": "https://images.example/a.jpg"},
    ]
    (tmp_path / "films.jsonl").write_text("\n".join(map(json.dumps, lines)))
    rows = rows_of(service, batch := ordered(service, tmp_path / "films.jsonl").batch)
    given = {job.trailer_id: job.given for job in jobs_of(service, batch)}
    first, second = given[youtube(1)], given[youtube(2)]
    assert (first.title, first.genres, first.label_source, first.label_list) == (
        "$x",
        ("Drama", "$where"),
        "house",
        "films.jsonl",
    )
    assert (first.imdb_id, first.plot, second.imdb_id) == ("tt0012345", "$set a\nb", None)
    assert second.poster == str(tmp_path / "good.png")
    assert second.poster_sha256 is not None
    assert given[youtube(3)] == replace(given[youtube(4)])
    assert "plot not used (bad_plot): the plot has 20,001" in (rows[2].note or "")
    assert "poster not used (bad_poster): the poster is not a JPEG" in (rows[2].note or "")
    assert "is a link" in (rows[3].note or "")


def test_tmdbs_posters_are_fetched_where_that_is_asked_for_and_told_where_not(
    service: Service, tmp_path: Path, tube: FakeYouTube, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in tube.environment.items():
        monkeypatch.setenv(name, value)
    Image.new("RGB", (40, 60), "red").save(tmp_path / "good.png")
    tube.pictures["/t/p/w500/abc123.png"] = (tmp_path / "good.png").read_bytes()
    tube.pictures["/t/p/w500/page1.jpg"] = b"<html>Not found"
    (tmp_path / "tmdb.csv").write_text(
        f"url,poster_path\n{link(1)},/abc123.png\n{link(2)},https://image.tmdb.org/t/p/w92/abc123.png\n"
        f"{link(3)},/none1.jpg\n{link(4)},/page1.jpg\n"
    )
    told = ordered(service, tmp_path / "tmdb.csv").batch
    assert all("--poster-base tmdb" in (row.note or "") for row in rows_of(service, told))
    assert {job.given.poster_sha256 for job in jobs_of(service, told)} == {None}
    assert tube.requests == []
    fetched = prepare(service.runtime, BatchRequest(tmp_path / "tmdb.csv", poster_base=TMDB), Bell()).batch
    one, two, none, page = rows_of(service, fetched)
    assert (one.note, two.note) == (None, None)
    given = {job.trailer_id: job.given.poster_sha256 for job in jobs_of(service, fetched)}
    assert given[youtube(1)] == given[youtube(2)] == file_digest(tmp_path / "good.png", "sha256")
    assert "poster not used (unavailable): https://image.tmdb.org/t/p/w500/none1.jpg can't be fetched" in str(none.note)
    assert "poster not used (bad_poster): the poster is a web page" in str(page.note)


def test_labels_reach_trailers_that_are_answered_from_the_database(service: Service, tmp_path: Path) -> None:
    database = service.runtime.store._access.database
    database["trailers"].insert_one({"_id": youtube(1)})
    service.runtime.store.predictions.save(youtube(1), verdict("any", "any"))
    (tmp_path / "films.csv").write_text(f"url,genres\n{link(1)},Drama|War\n")
    ordered(service, tmp_path / "films.csv")
    trailer = database["trailers"].find_one({"_id": youtube(1)})
    assert trailer is not None
    assert trailer["labels"] == {"genres": ["Drama", "War"], "source": "house"}
    assert trailer["layers"][0]["list"] == "films.csv"


def test_the_same_list_elsewhere_is_another_batch(service: Service, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    ids = {ordered(service, write_list(tmp_path / name, 1)).batch.batch_id for name in "ab"}
    assert len(ids) == 2


def test_two_who_prepare_the_same_list_at_once_prepare_one_batch(
    service: Service, tmp_path: Path, small_chunks: None
) -> None:
    path = write_list(tmp_path, *range(20))
    with ThreadPoolExecutor(4) as pool:
        prepared = list(pool.map(lambda _: ordered(service, path, "all"), range(4)))
    assert len({one.batch.batch_id for one in prepared}) == 1
    assert [row.row for row in rows_of(service, prepared[0].batch)] == list(range(1, 21))
    assert service.runtime.store.jobs.count(JobFilter()) == {"queued": 20}


@pytest.mark.parametrize("mode", ["missing", "stale"])
def test_a_list_that_comes_again_replaces_no_review(service: Service, tmp_path: Path, mode: Mode) -> None:
    store, identity = service.runtime.store, identify(service.runtime)
    source, video = Source(link(1), "youtube", video_id(1)), VideoRecord(2.0, 64, 48, 24.0, "h264", 1000, "0" * 64)
    store.trailers.save(Trailer(youtube(1), source, video))
    store.predictions.save(youtube(1), verdict(identity.model_id or "", identity.features_id))
    path = tmp_path / "list.csv"

    def told(genre: str) -> LibraryTrailer:
        path.write_text(f"url,genres,id\n{link(1)},{genre},tt0000001\n")
        ordered(service, path, mode)
        trailer = store.library.get(youtube(1))
        assert trailer is not None
        return trailer

    first = told("Comedy")
    assert (first.labels.genres, first.labels.source) == (("Comedy",), "house")
    save_review(store, first, {"Comedy": "reject", "War": "add"}, reviewer="anna", note=None)
    for genre, waits in (("Comedy", False), ("Horror", True)):
        after = told(genre)
        assert (after.labels.genres, after.labels.source, after.labels.imdb_id) == (("War",), "review", "tt0000001")
        assert (after.reviewed_at is None) == waits, genre


def test_a_batch_tells_of_reviews_that_say_otherwise_than_its_list(service: Service, tmp_path: Path) -> None:
    store = service.runtime.store
    for number in (1, 2):
        source = Source(link(number), "youtube", video_id(number), "Its page's title")
        store.trailers.save(Trailer(youtube(number), source, VideoRecord(2.0, 64, 64, 24.0, "h264", 9, "0" * 64)))
        store.predictions.save(youtube(number), verdict("any", "any"))
        trailer = store.library.get(youtube(number))
        assert trailer is not None
        save_review(store, trailer, {"Drama": "add"}, reviewer="ann", note=None)
    path = tmp_path / "tags.csv"
    path.write_text(f"url,genres\n{link(1)},War\n{link(2)},Drama\n")
    (note,) = ordered(service, path).batch.notes
    assert note == "1 trailer has a review that says otherwise, and counts; 1 of them wait to be reviewed again"
    reviewed = store.library.get(youtube(1))
    assert reviewed is not None
    assert "Drama" in reviewed.labels.genres


def test_a_list_gives_trailers_that_are_stored_already_their_identity(service: Service, tmp_path: Path) -> None:
    store = service.runtime.store
    ordered(service, write_list(tmp_path, 1))
    run_all(service)
    for number in (1, 2):
        source = Source(link(number), "youtube", video_id(number), "Its page's title")
        store.trailers.save(Trailer(youtube(number), source, VideoRecord(2.0, 64, 64, 24.0, "h264", 9, "0" * 64)))
    rows = [
        {"url": link(1), "house_id": "WB-1", "title": "Heat\t", "year": 1995, "metadata": {"seen": True}},
        {"url": link(1), "house_id": "WB-2", "film_id": "F-1", "Territory": "DE"},
        {"url": link(2), "id": "WB-3"},
    ]
    (tmp_path / "films.jsonl").write_text("\n".join(map(json.dumps, rows)))
    kept = MetadataColumns(("Territory",))
    batch = prepare(service.runtime, BatchRequest(tmp_path / "films.jsonl", kept=kept), Bell()).batch
    (job,) = jobs_of(service, batch)
    assert (job.trailer_id, job.given.external_ids) == (youtube(2), ("WB-3",))
    assert (heat := store.library.get(youtube(1))) is not None
    assert (heat.external_id, heat.external_ids, heat.title, heat.year) == ("WB-2", ("WB-1", "WB-2"), "Heat", 1995)
    assert (heat.film_id, heat.metadata) == ("F-1", {"seen": True, "Territory": "DE"})
    assert [each.external_id for each in rows_of(service, batch)] == ["WB-1", "WB-2", "WB-3"]


def test_a_list_whose_columns_are_kept_otherwise_is_another_batch(service: Service, tmp_path: Path) -> None:
    (tmp_path / "films.csv").write_text(f"url,Territory\n{link(1)},DE\n")
    plain = ordered(service, tmp_path / "films.csv").batch
    request = BatchRequest(tmp_path / "films.csv", kept=MetadataColumns(rest=True))
    rest = prepare(service.runtime, request, Bell()).batch
    assert (plain.batch_id != rest.batch_id, rest.notes) == (True, ())
    assert jobs_of(service, rest)[0].given.metadata == {"Territory": "DE"}
