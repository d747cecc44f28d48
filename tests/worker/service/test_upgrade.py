"""Upgrades: what the first version stored is listed, shown, searched and predicted from by this one."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path

import bson
import pytest

from classifier.model import GenreModel
from classifier.view import View
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


def test_what_the_first_version_extracted_is_predicted_from_again_with_its_model(old_home: Path) -> None:
    with open_store(uri=None, home=old_home) as store:
        (record,) = store.models.list()
        (features_id,) = store.features.ids(TRAILER)
        stored = store.predictions.latest(TRAILER)
        features = store.features.load(TRAILER, features_id)
        assert features is not None
        assert stored is not None
        model = GenreModel.from_bytes(store.models.artefact(record.model_id), sha256=record.model_id)
        again = model.predict({"trailer": View(features.vectors, record.features_id)})
        assert [score.genre for score in again.top(3)] == [score.genre for score in stored.top(3)]
        assert again.genres[0].score == pytest.approx(stored.genres[0].score, abs=2e-3)
        store.predictions.save(TRAILER, again)
        trailer = store.library.get(TRAILER)
    assert trailer is not None
    assert trailer.verdict is not None
    assert trailer.verdict.passed[0] == "Comedy"


def test_data_of_the_first_version_is_backed_up_and_restored(old_home: Path, command: Command, tmp_path: Path) -> None:
    assert command("db", "backup", tmp_path / "b.zip")[0] == 0
    assert command("db", "restore", tmp_path / "b.zip", "--replace")[0] == 0
    assert command.json("show", TRAILER)[1]["genres"][0]["genre"] == "Comedy"
