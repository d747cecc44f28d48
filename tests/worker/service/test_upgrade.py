"""Upgrades: what the first version stored is listed, shown, searched and predicted from by this one."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path

import bson
import pytest

from db.access import SCHEMA_VERSION
from db.store import open_store
from tests.support.homes import Command

FIRST = Path(__file__).with_name("first_version")
TRAILER = "file:415489716490c234"


@pytest.fixture
def old_home(tmp_path: Path, nowhere: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home as the first version left it, which our commands use."""
    folder = tmp_path / "home"
    written = bson.decode(gzip.decompress((FIRST / "documents.bson.gz").read_bytes()))
    with open_store(uri=None, home=folder, as_it_is=True) as store:
        for name, documents in written.items():
            store._access.collection(name).insert_many(documents)
        monkeypatch.setenv("TRAILERS_HOME", str(folder))
        yield folder


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Command:
    return Command(capsys)


def test_data_of_the_first_version_is_brought_to_this_one_and_is_whole(old_home: Path, command: Command) -> None:
    status, told = command.json("db", "init")
    assert (status, told["schema_version"], told["was"]) == (0, SCHEMA_VERSION, 1)
    assert command.json("db", "init")[1]["was"] == SCHEMA_VERSION
    status, told = command.json("db", "check")
    assert (status, told["findings"], told["counts"]["trailers"]) == (0, [], 1)


def test_trailers_of_the_first_version_are_listed_found_and_shown_as_they_were(
    old_home: Path, command: Command
) -> None:
    (line,) = map(json.loads, command("list", "--json")[1].splitlines())
    assert (line["trailer_id"], line["passed"][0]) == (TRAILER, "Comedy")
    assert TRAILER in command("list", "--search", "clip")[1]
    status, shown = command.json("show", TRAILER)
    assert (status, shown["genres"][0]["genre"]) == (0, "Comedy")
    assert shown["genres"][0]["score"] == pytest.approx(0.8607330063)
    assert len(shown["timeline"]["Comedy"]) == 2


@pytest.mark.slow
def test_a_video_of_the_first_version_is_predicted_again_beside_what_was_predicted_then(
    old_home: Path, command: Command, shared_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    weights = shared_data / "weights" / "inception_v3_2015_reconstructed.weights.h5"
    monkeypatch.setenv("TRAILERS_WEIGHTS", str(weights))
    status, told = command.json("analyze", FIRST / "clip.mp4")
    assert (status, told["trailer_id"], told["n_frames"]) == (0, TRAILER, 2)
    assert told["features_id"].endswith("-r2"), "frames are taken by another rule today, so they are extracted again"
    assert command.json("show", TRAILER)[1]["model_id"] == told["model_id"]
    with open_store(uri=None, home=old_home) as store:
        assert len(store.features.ids(TRAILER)) == 2
        assert store._access.collection("predictions").count_documents({}) == 2


def test_data_of_the_first_version_is_backed_up_and_restored(old_home: Path, command: Command, tmp_path: Path) -> None:
    assert command("db", "backup", tmp_path / "b.zip")[0] == 0
    assert command("db", "restore", tmp_path / "b.zip", "--replace")[0] == 0
    assert command.json("show", TRAILER)[1]["genres"][0]["genre"] == "Comedy"
