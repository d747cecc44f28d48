"""Backups: what was stored comes back whole, elsewhere too, and a half restored database is opened by nobody."""

import json
import os
import signal
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from db.access import SCHEMA_VERSION, Documents
from db.backup.manifest import COLLECTIONS, OF_THE_DAY
from db.queue.claims import Where
from db.store import Store
from tests.support.cheap_work import Plan
from tests.support.homes import Command, Home, open_home
from tests.support.service import ROOT, Service, stored
from worker.jobs.bells import bell_of
from worker.jobs.submission import JobRequest, submit
from worker.jobs.uploads import Upload, find_upload

IDS = [f"youtube:{number:011d}" for number in range(3)]
KILLED = """
import os, signal, sys
from pymongo.collection import Collection
left = int(sys.argv.pop(1))
def wrap(name):
    write = getattr(Collection, name)
    def counted(*given, **named):
        global left
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        left -= 1
        return write(*given, **named)
    setattr(Collection, name, counted)
for name in ("drop", "insert_many", "update_many", "update_one"):
    wrap(name)
from worker.cli import entry
entry()
"""

KILLED_BACKUP = KILLED.replace("from pymongo.collection import Collection", "from zipfile import ZipFile as Collection")
KILLED_BACKUP = KILLED_BACKUP.replace('"drop", "insert_many", "update_many", "update_one"', '"open",')


def contents(store: Store) -> dict[str, dict[Any, Any]]:
    """Return all documents of the collections that a backup has."""
    database = store._access.database
    return {name: {it["_id"]: it for it in database[name].find()} for name in COLLECTIONS if name != "jobs"}


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Home]:
    """An empty home with a database of its own."""
    with open_home(tmp_path / "other") as home:
        yield home


@pytest.fixture
def backup(run: Command, home: Home, tmp_path: Path) -> Path:
    """The backup of three trailers."""
    for trailer_id in IDS:
        home.add(trailer_id, title=f"Film {trailer_id[-1]}")
    path = tmp_path / "backup.zip"
    assert run("db", "backup", path)[0] == 0
    return path


def test_a_library_with_queued_jobs_and_uploads_is_restored_in_an_empty_home_and_finished_there(
    tmp_path: Path, clip: Path, long_clip: Path
) -> None:
    with Service(tmp_path / "one", Plan(folder=str(tmp_path), clip=str(clip))) as one:
        with one.up():
            one.submit(str(clip))
            one.wait(n_jobs=1)
        with Upload(one.settings, "My film.mp4") as upload:
            upload.write(long_clip.read_bytes())
            upload_id = upload.finish()
        waiting = JobRequest(find_upload(one.settings.home, upload_id))
        (job,) = submit(one.runtime, [waiting], bell_of(one.settings)).jobs
        one.submit("https://youtu.be/00000000007")
        assert one.runtime.store.claims.claim(Where("download", ""), token="t", owner="w", lease_s=600)  # is running
        told = json.loads(one.command("db", "backup", str(tmp_path / "b.zip"), "--json").stdout)
        assert (told["counts"]["jobs"], told["uploads"]) == (3, 1)
        before = contents(one.runtime.store)
    (tmp_path / "one" / "uploads" / upload_id / "My film.mp4").unlink()
    with Service(tmp_path / "two", Plan(folder=str(tmp_path), clip=str(clip))) as two:
        command = two.command("db", "restore", str(tmp_path / "b.zip"), "--replace", "--json")
        assert command.returncode == 0, command.stderr
        assert json.loads(command.stdout)["queued"] == 2
        after = contents(two.runtime.store)
        assert after == before
        assert json.loads(two.command("db", "check", "--json").stdout)["findings"] == []
        with two.up():
            jobs = two.wait(n_jobs=3)
        assert {each.stage for each in jobs.values()} == {"done"}
        assert jobs[job.trailer_id].source == str(two.home / "uploads" / upload_id / "My film.mp4")
        assert len(stored(two.runtime)) == 3


def test_a_restore_deletes_nothing_unless_it_may(run: Command, home: Home, backup: Path) -> None:
    home.add("youtube:00000000009")
    status, _, err = run("db", "restore", backup)
    assert (status, "4 trailers" in err, "--replace" in err) == (2, True, True)
    assert len(home.documents("trailers")) == 4
    assert run("db", "restore", backup, "--replace")[0] == 0
    assert sorted(home.documents("trailers")) == IDS


def test_a_restore_waits_until_the_workers_are_stopped(run: Command, home: Home, backup: Path) -> None:
    home.store.workers.seen("w", host="h", lanes=["extract"], scratch="s")
    status, _, err = run("db", "restore", backup, "--replace")
    assert (status, "stop trailers up" in err) == (2, True)


def test_a_backup_replaces_no_other_and_leaves_no_half(run: Command, backup: Path, tmp_path: Path) -> None:
    before = backup.read_bytes()
    assert run("db", "backup", backup)[0] == 2
    assert run("db", "backup", tmp_path / "none" / "b.zip")[0] == 2
    assert (backup.read_bytes(), list(tmp_path.glob(".*.part"))) == (before, [])


def test_a_backup_that_has_no_place_says_so_and_writes_nothing(
    run: Command, home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.iterdir())
    status, _, err = run("db", "backup", "-")
    assert (status, "name one in place of -" in err) == (2, True), err
    (tmp_path / "file").touch()
    status, _, err = run("db", "backup", tmp_path / "file" / "b.zip")
    assert (status, "name another file" in err, "disk_full" in err) == (2, True, False), err
    assert sorted(tmp_path.iterdir()) == sorted([*before, tmp_path / "file"])


def test_a_backup_has_every_collection_but_signs_of_life(
    run: Command, home: Home, other: Home, backup: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = {kind._name for kind in Documents.__subclasses__()}
    assert kept <= {*COLLECTIONS, *OF_THE_DAY, "meta"}
    other.use(monkeypatch)
    model_id = "0" * 12
    other.store.measurements.ask(model_id, by="anna")
    assert other.store.library_map.claim("token", for_s=60)
    assert run("db", "restore", backup)[0] == 2  # they are something to lose
    assert run("db", "restore", backup, "--replace")[0] == 0
    assert other.store.measurements.get(model_id) is None
    assert not other.store.library_map.is_being_drawn()


def test_an_empty_database_is_backed_up_and_restored(run: Command, home: Home, tmp_path: Path) -> None:
    assert run("db", "backup", tmp_path / "empty.zip")[0] == 0
    status, told = run.json("db", "restore", tmp_path / "empty.zip")
    assert (status, told["counts"], told["queued"]) == (0, {}, 0)


@pytest.mark.parametrize("n_writes", [1, 2, 23, *range(24, 31)])
def test_a_killed_restore_is_opened_by_nobody_and_is_whole_when_it_is_run_again(
    home: Home, run: Command, other: Home, backup: Path, monkeypatch: pytest.MonkeyPatch, n_writes: int
) -> None:
    before = contents(home.store)
    other.use(monkeypatch)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    arguments = [sys.executable, "-c", KILLED, str(n_writes), "db", "restore", str(backup)]
    killed = subprocess.run(arguments, env=environment, capture_output=True, text=True, timeout=120)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    status, _, err = run("list")
    assert (status, "restore of backup.zip was cut off" in err, "again" in err) == (5, True, True)
    assert run("db", "restore", backup)[0] == 0
    assert contents(other.store) == before
    assert run("db", "check")[0] == 0


@pytest.mark.parametrize("n_parts", [0, 1, 2])
def test_a_killed_backup_leaves_nothing_under_its_name(home: Home, run: Command, tmp_path: Path, n_parts: int) -> None:
    for trailer_id in IDS:
        home.add(trailer_id)
    path, environment = tmp_path / "b.zip", {**os.environ, "PYTHONPATH": str(ROOT)}
    arguments = [sys.executable, "-c", KILLED_BACKUP, str(n_parts), "db", "backup", str(path)]
    assert subprocess.run(arguments, env=environment, timeout=120).returncode == -signal.SIGKILL
    assert not path.exists()
    assert run("db", "backup", path)[0] == 0


def rewrite(source: Path, target: Path, changes: dict[str, bytes | None], **manifest: Any) -> Path:
    """Write a backup again with some parts changed or left out, and their digests right."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        told = {**json.loads(old.read("manifest.json")), **manifest}
        data = {name: old.read(name) for name in old.namelist() if name != "manifest.json"} | changes
        for name, content in data.items():
            if content is not None:
                new.writestr(name, content)
            for part in told["parts"] or ():
                if part["name"] == name and content is not None:
                    part |= {"sha256": sha256(content).hexdigest(), "bytes": len(content)}
        new.writestr("manifest.json", json.dumps(told))
    return target


PART = "documents/trailers/000000.bson"


@pytest.mark.parametrize(
    ("changes", "manifest"),
    [
        ({PART: None}, {}),
        ({PART: b"no BSON"}, {}),
        ({PART: b"\x05\x00\x00\x00\x00" * 3}, {}),  # documents without an id
        ({}, {"parts": [{"name": "../../etc/passwd", "sha256": "0", "bytes": 1, "documents": 0}]}),
        ({}, {"parts": [{"name": "documents/system.users/000000.bson", "sha256": "0", "bytes": 1}]}),
        ({}, {"parts": [{"name": PART, "sha256": "0", "bytes": 10**12, "documents": 0}]}),
        ({}, {"uploads": {"0123456789abcdef": "clip.mp4"}}),
        ({}, {"parts": None}),
        ({}, {"format": "new"}),
        ({}, {"schema_version": SCHEMA_VERSION + 1}),
        ({}, {"schema_version": 0, "parts": []}),
    ],
)
def test_a_hostile_or_newer_file_changes_nothing(
    run: Command, home: Home, backup: Path, tmp_path: Path, changes: dict[str, bytes | None], manifest: dict[str, Any]
) -> None:
    before = contents(home.store)
    bad = rewrite(backup, tmp_path / "bad.zip", changes, **manifest)
    status, _, err = run("db", "restore", bad, "--replace")
    assert (status, "bad_backup" in err) == (1, True), err
    assert contents(home.store) == before


@pytest.mark.parametrize("compression", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_file_that_is_compressed_as_no_backup_is_refused(
    run: Command, home: Home, tmp_path: Path, compression: int
) -> None:
    bad = tmp_path / "bad.zip"
    with zipfile.ZipFile(bad, "w", compression) as archive:
        archive.writestr("manifest.json", "{}" * 1000)
    content = bytearray(bad.read_bytes())
    content[50:60] = b"\xff" * 10
    bad.write_bytes(content)
    status, _, err = run("db", "restore", bad)
    assert (status, "bad_backup" in err) == (1, True), err


@pytest.mark.parametrize("where", [0, 100, 0.5, -30, -1])
def test_a_file_that_is_cut_or_changed_anywhere_is_refused(
    run: Command, backup: Path, tmp_path: Path, where: float
) -> None:
    data = backup.read_bytes()
    place = int(where * len(data)) if isinstance(where, float) else where % len(data)
    (tmp_path / "cut.zip").write_bytes(data[:place])
    assert "bad_backup" in run("db", "restore", tmp_path / "cut.zip", "--replace")[2]
    if where == 0.5:
        (tmp_path / "bad.zip").write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
        assert "bad_backup" in run("db", "restore", tmp_path / "bad.zip", "--replace")[2]


def test_a_check_says_what_is_wrong_and_what_to_do(run: Command, home: Home, backup: Path) -> None:
    assert run("db", "check")[0] == 0
    home.store._access.collection("trailers").delete_one({"_id": IDS[0]})
    home.store._access.collection("reviews").insert_one({"trailer_id": IDS[1], "schema_version": 99})
    home.store._access.collection("fs.chunks").insert_one({"files_id": "gone", "n": 0})
    status, told = run.json("db", "check")
    assert status == 1
    assert (told["findings"][0]["n"], told["findings"][0]["example"]) == (1, IDS[0])
    assert [each["what"].split()[0] for each in told["findings"]] == ["features", "reviews", "parts"]
    assert f"trailers forget {IDS[0]} --yes" in told["findings"][0]["advice"]


def test_init_says_which_version_the_data_has(run: Command) -> None:
    status, told = run.json("db", "init")
    assert (status, told["schema_version"]) == (0, SCHEMA_VERSION)
