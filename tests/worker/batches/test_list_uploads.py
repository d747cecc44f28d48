"""Lists from strangers: links only, bounded, without a trace of where they lie, and resumed when they come again."""

import io
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from db.queue.batch_records import Batch, BatchRow
from db.queue.batches import Batches
from db.queue.job_records import Job
from db.queue.jobs import JobFilter
from tests.support.cheap_work import Plan
from tests.support.posters import make_poster
from tests.support.service import Service, link, video_id
from tests.worker.batches.test_batches import crash_at
from worker.batches import preparing as batches
from worker.batches.preparing import Prepared, prepare
from worker.batches.uploads import MAX_BYTES, OLD_S, kept_list, sweep_lists
from worker.errors import WorkerError
from worker.jobs.bells import Bell
from worker.predicting.inputs import keep_poster

SECRET = "secret-of-the-server"
WHAT_NOW = (
    "a path can't be given over HTTP; give a link or a YouTube id, or send the file to POST /v1/uploads and name it "
    "upload:ID; the operator may open folders with TRAILERS_ROOTS"
)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("lists")
    with Service(folder / "home", Plan(folder=str(folder))) as service:
        yield service


@pytest.fixture
def service(home: Service) -> Service:
    """A service whose queue and answers are those of one test."""
    database = home.runtime.store._access.database
    for name in ("jobs", "batches", "batch_rows", "predictions", "trailers", "features", "posters"):
        database[name].delete_many({})
    return home


def sent(service: Service, text: str | bytes, name: str = "films.csv", content_type: str | None = None) -> Prepared:
    data = text.encode() if isinstance(text, str) else text
    with kept_list(service.settings, data, name, content_type=content_type) as order:
        return prepare(service.runtime, order, Bell())


def rows_of(service: Service, batch: Batch) -> list[BatchRow]:
    return service.runtime.store.batches.rows(batch.batch_id, after=0, limit=10_000)


def jobs_of(service: Service, batch: Batch) -> dict[str, Job]:
    jobs = service.runtime.store.jobs.list(JobFilter(batch_id=batch.batch_id), limit=10_000)
    return {job.trailer_id: job for job in jobs}


def files(service: Service) -> list[str]:
    return sorted(path.name for path in (service.home / "lists").iterdir())


def test_a_list_becomes_a_batch_under_its_name_and_shows_no_folder(service: Service) -> None:
    prepared = sent(service, f"url,genres\n{link(1)},Drama\n{video_id(2)},War\n", "../My films.csv")
    batch = prepared.batch
    assert (batch.name, batch.folder, batch.n_rows, batch.prepared_at is None) == ("My films.csv", "", 2, False)
    jobs = jobs_of(service, batch)
    assert set(jobs) == {f"youtube:{video_id(1)}", f"youtube:{video_id(2)}"}
    assert {(job.given.label_source, job.given.label_list) for job in jobs.values()} == {("house", "My films.csv")}
    assert str(service.home) not in repr(prepared)
    assert files(service) == ["lock"]


@pytest.mark.parametrize(
    ("name", "content_type", "suffix"),
    [
        ("a.csv", None, ".csv"),
        ("A.TSV", "text/plain", ".tsv"),
        ("a.ndjson", None, ".jsonl"),
        ("a.txt", "text/csv; charset=utf-8", ".csv"),
        ("films", "application/x-ndjson", ".jsonl"),
        ("a.csv", "application/vnd.ms-excel", ".csv"),
        ("films", "text/plain", ""),
        ("a.exe", None, ""),
    ],
)
def test_the_kind_is_that_of_the_type_or_the_name_or_else_of_the_first_line(
    service: Service, name: str, content_type: str | None, suffix: str
) -> None:
    with kept_list(service.settings, b"x", name, content_type=content_type) as order:
        assert order.path.suffix == suffix
        assert order.path.read_bytes() == b"x"
        assert order.path.parent == service.home / "lists"


def watched(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note every path with our secret that is looked at, opened or listed."""
    seen: list[str] = []

    def noting(function: Callable[..., Any]) -> Callable[..., Any]:
        def note(path: Any, *rest: Any, **named: Any) -> Any:
            if SECRET in str(path) or "passwd" in str(path):
                seen.append(str(path))
            return function(path, *rest, **named)

        return note

    for owner, names in ((os, ("stat", "lstat", "open", "scandir", "listdir", "readlink", "access")), (io, ("open",))):
        for name in names:
            monkeypatch.setattr(owner, name, noting(getattr(owner, name)))
    return seen


def test_paths_are_no_sources_whether_they_exist_or_not_and_are_not_looked_at(
    service: Service, clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = tmp_path / f"{SECRET}.mp4"
    os.link(clip, there)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    names = (there.name, f"{there.name}.none", f"./{there.name}", f"~/{there.name}")
    paths = [str(there), *names, "/etc/passwd", "/etc/no/passwd", "~", "..", "."]
    links = [f"file://{there}", "file:///etc/passwd", "FILE://localhost/etc/passwd"]
    seen = watched(monkeypatch)
    batch = sent(service, "\n".join([*paths, *links, link(1)]), "list.txt").batch
    assert seen == []
    *bad, good = rows_of(service, batch)
    assert [row.error.code if row.error else None for row in bad] == ["bad_source"] * len(paths + links)
    told = {row.error.message for row in bad[: len(paths)] if row.error}
    assert told == {WHAT_NOW}, "the same for those that are there and those that aren't"
    assert good.job_id is not None
    assert there.stat() and f"{SECRET}.mp4" in seen[-1], "the watch does see"


def test_a_poster_is_the_sha256_of_one_that_is_kept_and_no_path(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = make_poster(tmp_path / f"{SECRET}.jpg")
    kept = keep_poster(service.runtime.store, str(make_poster(tmp_path / "kept.jpg", seed=1)))
    seen = watched(monkeypatch)
    posters = [kept, str(there), "ab" * 32, kept.upper(), f"file://{there}"]
    text = "url,poster\n" + "".join(f"{link(n)},{poster}\n" for n, poster in enumerate(posters))
    batch = sent(service, text).batch
    assert seen == []
    first, *others = rows_of(service, batch)
    given = [jobs_of(service, batch)[row.trailer_id or ""].given for row in (first, *others)]
    assert (first.note, given[0].poster_sha256, given[0].poster) == (None, kept, None)
    assert all((row.note or "").startswith("poster not used (bad_poster): ") for row in others)
    assert {row.note for row in others} == {others[0].note}
    assert {(it.poster_sha256, it.poster) for it in given[1:]} == {(None, None)}


def test_a_list_that_is_too_long_writes_nothing(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "MAX_LINKS", 3)
    assert sent(service, "\n".join(link(n) for n in range(3)), "a.txt").batch.n_rows == 3
    with pytest.raises(WorkerError, match=r"'b\.txt' has more than 3 rows") as caught:
        sent(service, "\n".join(link(n) for n in range(10, 14)), "b.txt")
    assert caught.value.code == "too_large"
    assert [batch.name for batch in service.runtime.store.batches.list()] == ["a.txt"]
    assert service.runtime.store.jobs.count(JobFilter()) == {"queued": 3}
    assert files(service) == ["lock"]


def test_ten_thousand_rows_are_taken_and_one_more_is_not() -> None:
    assert batches.MAX_LINKS == 10_000


def test_a_list_that_has_too_many_bytes_is_not_even_kept(service: Service) -> None:
    with pytest.raises(WorkerError, match="8,388,608 are taken") as caught:
        sent(service, b"x" * (MAX_BYTES + 1))
    assert caught.value.code == "too_large"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty_file"),
        (b"\n\n", "empty_file"),
        (b"PK\x03\x04", "bad_source"),
        (b"title,year\nHeat,1995\n", "bad_source"),
        (bytes(range(32)) * 9, "bad_source"),
    ],
)
def test_what_is_no_list_is_told_by_its_name_without_the_servers_folder(
    service: Service, data: bytes, code: str
) -> None:
    with pytest.raises(WorkerError, match=r"'films\.csv'") as caught:
        sent(service, data)
    assert caught.value.code == code
    assert "home" not in str(caught.value)
    assert files(service) == ["lock"]


def test_json_in_one_document_is_answered_with_a_command_that_names_the_users_file(service: Service) -> None:
    with pytest.raises(WorkerError, match=r"jq -c '.\[\]' films.jsonl > list.jsonl"):
        sent(service, '[{"url": "x"}]', "films.jsonl")


def test_after_a_crash_the_list_goes_on_when_it_is_sent_again_by_whatever_name(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "CHUNK", 3)
    text = "\n".join(link(n) for n in range(10))
    with monkeypatch.context() as patch:
        patch.setattr(Batches, "write", crash_at(2, Batches.write))
        with pytest.raises(SystemExit):
            sent(service, text, "a.txt")
    again = sent(service, text, "b.txt")
    assert (again.resumed, again.batch.name) == (True, "a.txt")
    assert [row.row for row in rows_of(service, again.batch)] == list(range(1, 11))
    assert service.runtime.store.jobs.count(JobFilter()) == {"queued": 10}


def test_the_same_list_sent_by_many_at_once_is_one_batch_and_nobody_misses_the_file(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "CHUNK", 3)
    text = "\n".join(link(n) for n in range(30))
    with ThreadPoolExecutor(6) as pool:
        prepared = list(pool.map(lambda _: sent(service, text, "a.txt"), range(12)))
    assert len({one.batch.batch_id for one in prepared}) == 1
    sweep_lists(service.home)
    assert len(rows_of(service, prepared[0].batch)) == 30


def test_a_list_here_and_the_same_list_from_a_stranger_are_two_batches(service: Service, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(link(1))
    ours = prepare(service.runtime, batches.BatchRequest(tmp_path / "a.txt"), Bell())
    theirs = sent(service, link(1), "a.txt")
    assert ours.batch.batch_id != theirs.batch.batch_id
    with kept_list(service.settings, link(1).encode(), "a.txt") as order:
        mode_all = prepare(service.runtime, replace(order, mode="all"), Bell())
    assert mode_all.batch.batch_id != theirs.batch.batch_id


def test_what_killed_processes_left_is_swept_when_it_is_old(service: Service) -> None:
    sent(service, link(1), "a.txt")
    old, new = service.home / "lists" / "old.csv", service.home / "lists" / ".new.part"
    for path in (old, new):
        path.write_text("left")
    os.utime(old, times=(0, old.stat().st_mtime - OLD_S - 60))
    sweep_lists(service.home)
    assert files(service) == [".new.part", "lock"]
    new.unlink()
