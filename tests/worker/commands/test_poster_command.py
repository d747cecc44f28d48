"""`trailers poster` as a user runs it: real pictures, the real network, a database of its own."""

import io
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from extractor.networks.weights import given_weights
from tests.support.homes import Command, Home
from tests.support.models import GENRES, make_model, put_to_use
from worker.predicting.posters import BATCH

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(
    home: Home, weights_file: Path, nowhere: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Run:
    """The command in a home where a model of posters and one of trailers are in use."""
    monkeypatch.setenv("TRAILERS_HOME", str(home.folder))
    monkeypatch.setenv("TRAILERS_WEIGHTS", str(weights_file))
    features_id = given_weights(weights_file).features_id
    put_to_use(home.store, make_model(features_id, name="posters"))
    put_to_use(home.store, make_model(features_id, name="trailers", modality="trailer", seed=1))

    command = Command(capsys)
    return lambda *arguments: command("poster", *arguments)


def make_posters(folder: Path, n: int) -> list[Path]:
    random = np.random.default_rng(0)
    paths = [folder / f"{place}.png" for place in range(n)]
    for path in paths:
        Image.fromarray(random.integers(0, 256, (40, 30, 3), dtype=np.uint8)).resize((300, 400)).save(path)
    return paths


@pytest.mark.slow
def test_each_poster_gets_its_top_three_with_scores_from_the_model_of_posters(
    run: Run, weights_file: Path, tmp_path: Path
) -> None:
    (poster,) = make_posters(tmp_path, 1)
    status, out, _ = run(poster)
    assert status == 0
    assert sum(line.startswith(("1 ", "2 ", "3 ", "4 ")) for line in out.splitlines()) == 3
    assert "strongest seconds" not in out
    assert "not trailers" not in out
    document = json.loads(run(poster, "--json")[1])
    assert document["model_id"] == make_model(given_weights(weights_file).features_id, name="posters").model_id
    assert document["modalities"] == ["poster"]
    assert {genre["genre"] for genre in document["genres"]} == set(GENRES)


@pytest.mark.slow
def test_a_posters_company_does_not_change_its_scores_and_bad_files_stop_no_other(run: Run, tmp_path: Path) -> None:
    posters = make_posters(tmp_path, BATCH + 2)
    (tmp_path / "bad.jpg").write_bytes(b"junk")
    status, out, _ = run("--json", posters[0], tmp_path / "bad.jpg", tmp_path / "none.png", *posters[1:])
    lines = [json.loads(line) for line in out.splitlines()]
    assert status == 3
    assert [line.get("error", {}).get("code") for line in lines[:4]] == [None, "bad_poster", "file_not_found", None]
    assert [line["source"] for line in lines[3:]] == [str(path) for path in posters[1:]]
    alone = json.loads(run("--json", posters[-1])[1])
    for genre, again in zip(alone["genres"], lines[-1]["genres"], strict=True):
        assert genre["score"] == pytest.approx(again["score"], abs=1e-4)


@pytest.mark.slow
def test_posters_are_read_from_stdin_and_none_is_a_wrong_use(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (poster,) = make_posters(tmp_path, 1)
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{poster}\n\n"))
    assert len(run("-", "--json")[1].splitlines()) == 1
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    status, out, err = run("-")
    assert (status, out) == (2, "")
    assert "stdin had no lines" in err


@pytest.mark.parametrize("name", ["nowhere.jpg", "a\0b.jpg", "x" * 5000])
def test_a_name_that_is_no_file_is_said_so(run: Run, name: str) -> None:
    status, out, err = run(name)
    assert (status, out) == (1, "")
    assert "file_not_found" in err


def test_a_folder_of_posters_is_named_as_one(run: Run, tmp_path: Path) -> None:
    assert "is a folder; name the pictures in it" in run(tmp_path)[2]
