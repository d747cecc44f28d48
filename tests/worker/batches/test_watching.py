"""Watched folders in this process: which files become jobs, when, and what lists beside them give."""

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from db.queue.jobs import JobFilter
from tests.support.models import make_model, put_to_use
from tests.support.working import work_off
from worker.batches import sidecars, watching
from worker.batches.folders import Settling, Version, find_files
from worker.batches.rows import ResultRow
from worker.batches.watching import WatchedFolder
from worker.errors import WorkerError, describe
from worker.jobs import steps
from worker.jobs.bells import Bell
from worker.predicting.prediction import predict
from worker.runtime import Runtime


class Watch:
    """A watch of a folder, restarted at will; `said` is all that it says."""

    def __init__(self, runtime: Runtime, folder: Path) -> None:
        self.runtime, self.folder, self.said = runtime, folder, list[str]()
        self.watched = self._open()

    def _open(self, **options: Path) -> WatchedFolder:
        return WatchedFolder(self.runtime, self.folder, Bell(), settle_s=0, say=self.said.append, **options)

    def restart(self, **options: Path) -> None:
        self.watched.close()
        self.watched = self._open(**options)

    def look(self) -> dict[str, ResultRow]:
        """Look, do all the work, and return what is told, by the files' names."""
        self.watched.look()
        work_off(self.runtime)
        told = self.watched.ended()
        self.watched.told(told)
        return {Path(result.source).name: result for result in told}

    def jobs(self) -> list[tuple[str, str, float]]:
        """Return what each job was, to compare."""
        found = self.runtime.store.jobs.list(JobFilter())
        return sorted((job.job_id, job.stage, job.updated_at.timestamp()) for job in found)


@pytest.fixture
def inbox(tmp_path: Path, clip: Path) -> Path:
    folder = tmp_path / "inbox"
    folder.mkdir()
    shutil.copy(clip, folder / "WB-0001.mp4")
    return folder


@pytest.fixture
def watch(runtime: Runtime, inbox: Path) -> Iterator[Watch]:
    put_to_use(runtime.store, make_model(runtime.weights.features_id))
    watch = Watch(runtime, inbox)
    with closing(watch.watched):
        yield watch
        watch.watched.close()


def document(watch: Watch, result: ResultRow) -> dict[str, object]:
    found = watch.runtime.store._access.database["trailers"].find_one({"_id": result.trailer_id})
    assert found is not None
    return dict(found)


def test_a_list_that_comes_after_its_file_or_changes_is_applied_and_a_restart_repeats_nothing(watch: Watch) -> None:
    told = watch.look()["WB-0001.mp4"]
    assert (told.status, told.external_id) == ("done", None)
    films = watch.folder / "films.csv"
    films.write_text("file,house_id,title,year,genres\nWB-0001.mp4,H-1,Heat,1995,Crime|Drama\nlater.mp4,H-2,,,\n")
    assert watch.look() == {}, "it was told already"
    stored = document(watch, told)
    assert (stored["external_id"], stored["title"], stored["year"]) == ("H-1", "Heat", 1995)
    assert stored["labels"] == {"genres": ["Crime", "Drama"], "source": "house"}
    assert any("films.csv: 1 of the files that it names are not there yet" in text for text in watch.said)

    watch.runtime.store.trailers._collection.update_one({"_id": told.trailer_id}, {"$set": {"title": "Edited"}})
    before = watch.jobs()
    watch.restart()
    assert (watch.look(), watch.jobs()) == ({}, before)
    assert document(watch, told)["title"] == "Edited"

    films.write_text("file,house_id,title,year,genres\nWB-0001.mp4,H-1b,Heat,1995,Crime\n")
    watch.look()
    assert document(watch, told)["external_ids"] == ["H-1", "H-1b"]
    assert document(watch, told)["labels"] == {"genres": ["Crime"], "source": "house"}


def test_a_list_that_is_gone_for_a_moment_does_not_undo_what_was_edited(watch: Watch) -> None:
    films = watch.folder / "films.csv"
    films.write_text("file,title\nWB-0001.mp4,Heat\n")
    told = watch.look()["WB-0001.mp4"]
    watch.runtime.store.trailers._collection.update_one({"_id": told.trailer_id}, {"$set": {"title": "Edited"}})
    films.rename(watch.folder / ".films.csv")
    watch.look()
    (watch.folder / ".films.csv").rename(films)
    watch.look()
    assert document(watch, told)["title"] == "Edited"


def test_a_list_that_comes_first_gives_its_id_to_the_result(watch: Watch) -> None:
    (watch.folder / "sub").mkdir()
    (watch.folder / "WB-0001.mp4").rename(watch.folder / "sub" / "Ame\u0301lie.mp4")  # as a Mac composes names
    (watch.folder / "list.jsonl").write_text('{"file": "sub/Am\u00e9lie.mp4", "id": "H-7", "title": "Am\u00e9lie"}\n')
    (told,) = watch.look().values()
    assert (told.id, told.title, told.external_id, told.status) == ("H-7", "Amélie", "H-7", "done")


def test_a_list_for_a_waiting_job_is_stored_when_it_ends(watch: Watch) -> None:
    watch.watched.look()
    (watch.folder / "films.csv").write_text("file,title\nWB-0001.mp4,Heat\n")
    assert watch.look()["WB-0001.mp4"].title == "Heat"


def test_a_list_that_comes_while_its_file_is_worked_on_counts(watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    def predict_late(*args: Any, **kwargs: Any) -> None:
        (watch.folder / "films.csv").write_text("file,title\nWB-0001.mp4,Heat\n")
        watch.watched.look()
        predict(*args, **kwargs)

    monkeypatch.setattr(steps, "predict", predict_late)
    assert document(watch, watch.look()["WB-0001.mp4"])["title"] == "Heat"


def test_a_list_that_may_be_read_later_is_read_then(watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    (watch.folder / "films.csv").write_text("file,house_id\nWB-0001.mp4,H-1\n")
    access = os.access

    def refuse(*_: object, **__: object) -> None:
        raise WorkerError("bad_source", "Permission denied")

    with monkeypatch.context() as locked:
        locked.setattr(os, "access", lambda path, mode: not str(path).endswith("films.csv") and access(path, mode))
        locked.setattr(sidecars, "read_list", refuse)
        told = watch.look()["WB-0001.mp4"]
        watch.look()
        assert (watch.said, watch.watched.n_waiting) == (["films.csv: bad_source: Permission denied"], 0)
    watch.look()
    assert document(watch, told)["external_id"] == "H-1"


def test_a_named_list_is_the_only_one(watch: Watch, tmp_path: Path) -> None:
    (watch.folder / "films.csv").write_text("file,title\nWB-0001.mp4,Wrong\n")
    named = tmp_path / "slate.csv"
    named.write_text("file,title\ninbox/WB-0001.mp4,Right\n")
    watch.restart(only_list=named)
    assert watch.look()["WB-0001.mp4"].title == "Right"


def test_what_lists_can_not_give_is_told_and_stops_nothing(watch: Watch) -> None:
    (watch.folder / "films.csv").write_bytes(
        b"file,title\nWB-0001.mp4,Heat\nposter.jpg,A picture\n,No source\n\xff\xd8\xff\xe0\0\x10JFIF\0,\xff\xd8\n"
        b"https://youtu.be/eRsGyueVLvQ,A link\n"
    )
    (watch.folder / "broken.xlsx").write_bytes(b"PK\x03\x04 not a workbook")
    assert watch.look()["WB-0001.mp4"].title == "Heat"
    assert {error.code for error in watch.watched.list_errors} == {"bad_source"}
    assert len(watch.watched.list_errors) == 4
    assert any("1 row names a link" in text for text in watch.said)
    assert len([text for text in watch.said if text.startswith("broken.xlsx")]) == 1


def test_a_file_that_moves_while_its_job_waits_is_found_at_its_new_place(watch: Watch) -> None:
    watch.watched.look()
    (watch.folder / "WB-0001.mp4").rename(watch.folder / "moved.mp4")
    work_off(watch.runtime)  # a worker is faster than the next look
    assert {result.code for result in watch.watched.ended()} == {"file_not_found"}
    told = watch.look()
    assert [(name, result.status) for name, result in told.items()] == [("moved.mp4", "done")]
    assert len(watch.jobs()) == 1


def test_a_failed_file_is_told_again_when_its_job_is_retried(watch: Watch) -> None:
    video = watch.folder / "WB-0001.mp4"
    good, state = video.read_bytes(), video.stat()
    watch.watched.look()
    video.write_bytes(good[::-1])
    work_off(watch.runtime)
    results = watch.watched.ended()
    assert [result.code for result in results] == ["not_media"]
    watch.watched.told(results)
    assert watch.watched.ended() == []
    video.write_bytes(good)
    os.utime(video, ns=(state.st_atime_ns, state.st_mtime_ns))
    watch.runtime.store.jobs.retry(JobFilter(), force=True)
    assert watch.look()["WB-0001.mp4"].status == "done"


def test_a_file_that_can_not_be_read_is_tried_again_until_it_can(watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    unread = describe(WorkerError("file_not_found", "'WB-0001.mp4' can't be read: Permission denied"))
    with monkeypatch.context() as locked:
        locked.setattr(watching, "resolve", lambda *_: unread)
        assert watch.look()["WB-0001.mp4"].code == "file_not_found"
        assert (watch.look(), watch.watched.n_waiting) == ({}, 0), "it is told once, and not waited for"
    assert watch.look()["WB-0001.mp4"].status == "done"


def test_of_very_many_files_a_look_takes_the_first(watch: Watch, clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(2):
        (watch.folder / f"{number}.mp4").write_bytes(clip.read_bytes() + bytes([number]))
    monkeypatch.setattr(watching, "AT_ONCE_BYTES", clip.stat().st_size + 2)
    looks = [(len(watch.look()), watch.watched.has_more) for _ in range(2)]
    assert looks == [(2, True), (1, False)]


def test_two_processes_do_not_watch_one_folder(watch: Watch) -> None:
    with pytest.raises(WorkerError, match="another process watches"):
        Watch(watch.runtime, watch.folder)


def test_a_file_has_settled_that_stays_as_it_is() -> None:
    settling = Settling(0.05)
    first, second = Version(1, 1), Version(2, 1)
    assert settling.settled({"a": first, "b": first}) == []
    time.sleep(0.06)
    assert settling.settled({"a": first, "b": second}) == ["a"]
    time.sleep(0.06)
    assert settling.settled({"b": second}) == ["b"]
    assert Settling(0).settled({"a": first}) == ["a"]


def test_files_in_progress_and_hidden_ones_are_passed_over(tmp_path: Path) -> None:
    names = (
        "a.mp4",
        "sub/b.MOV",
        ".c.mp4",
        "d.mp4.crdownload",
        "e.mp4",
        "e.mp4.part",
        "@eaDir/f.mp4",
        "g.txt",
        "h.csv",
    )
    for name in (*names, ".hidden/i.mp4"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    os.mkfifo(tmp_path / "pipe.mp4")
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / os.fsdecode(b"\xff.mp4")).touch()
    errors: list[OSError] = []
    found = {str(Path(path).relative_to(tmp_path)) for path in find_files(str(tmp_path), errors.append)}
    assert found == {"a.mp4", "sub/b.MOV", "h.csv"}
    assert [error.strerror for error in errors] == ["its name is not valid UTF-8; rename it"]
