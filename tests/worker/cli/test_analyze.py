"""Files that are analysed."""

import io
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from db.library_records import LibraryQuery
from db.store import Store, open_store
from extractor.networks.weights import given_weights
from tests.support.homes import Command
from tests.support.models import GENRES, make_model
from tests.support.videos import make_clip, run_ffmpeg
from tests.worker.cli.printed import lines

TRAILERS = str(Path(sys.executable).with_name("trailers"))
CONTRACT = {"source", "trailer_id", "features_id", "model_id", "n_frames", "genres", "evidence", "modalities"} | {
    "words",
    "alone",
    "contributions",
    "placement",
    "video",
    "warnings",
    "flags",
    "cached",
    "seconds",
}
IDENTITY = {
    *("title", "imdb_id", "external_id", "external_ids", "year", "film", "film_id", "franchise", "metadata"),
}


def test_analyze_prints_the_object_of_the_public_contract(run: Command, model_id: str, clip: Path) -> None:
    status, out, _ = run("analyze", "--json", "--force", str(clip))
    (answer,) = lines(out)
    assert status == 0
    assert set(answer) == CONTRACT | IDENTITY
    assert answer["source"] == str(clip)
    assert answer["model_id"] == model_id
    assert (answer["n_frames"], answer["cached"], answer["modalities"]) == (4, False, ["trailer"])
    assert list(answer["genres"][0]) == ["genre", "score", "threshold", "passed", "rank"]
    assert [genre["rank"] for genre in answer["genres"]] == [1, 2, 3, 4]
    assert answer["video"]["codec"] == "h264"
    assert list(answer["seconds"]) == ["download", "extract", "classify", "total"]


def test_an_identity_that_is_given_later_is_stored_without_decoding(
    run: Command, model_id: str, clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = lines(run("analyze", "--json", str(clip))[1])[0]
    assert (first["title"], first["external_id"], first["film_id"]) == ("clip", None, None)
    monkeypatch.setattr("worker.predicting.stages.extract_features", None)
    given = ("--id", "WB-1", "--title", "Heat", "--year", "1995", "--metadata", "territory=DE")
    answer = lines(run("analyze", "--json", str(clip), *given)[1])[0]
    assert (answer["title"], answer["external_id"], answer["film_id"], answer["year"]) == ("Heat", "WB-1", "WB-1", 1995)
    status, out, _ = run("show", "WB-1", "--json")
    assert (status, json.loads(out)["metadata"]) == (0, {"territory": "DE"})


def test_the_second_time_nothing_is_decoded(
    run: Command, model_id: str, clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = lines(run("analyze", "--json", str(clip))[1])[0]
    monkeypatch.setattr("worker.predicting.stages.extract_features", None)
    copy = shutil.copy(clip, clip.with_name("copy of it.mp4"))
    status, out, _ = run("analyze", "--json", str(copy))
    second = lines(out)[0]
    assert (status, second["cached"]) == (0, True)
    assert second["genres"] == first["genres"]
    assert second["trailer_id"] == first["trailer_id"]


def test_a_new_model_judges_again_without_decoding(
    run: Command, model_id: str, clip: Path, weights_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = lines(run("analyze", "--json", str(clip))[1])[0]
    other = make_model(given_weights(weights_file).features_id, name="other", seed=1)
    other.save(tmp_path / "other.zip")
    run("models", "import", str(tmp_path / "other.zip"), "--use")
    monkeypatch.setattr("worker.predicting.stages.extract_features", None)
    second = lines(run("analyze", "--json", str(clip))[1])[0]
    assert (second["model_id"], second["cached"]) == (other.model_id, True)
    assert second["genres"] != first["genres"]
    assert run("models", "use", model_id[:10])[0] == 0
    again = lines(run("analyze", "--json", str(clip))[1])[0]
    assert [genre["genre"] for genre in again["genres"]] == [genre["genre"] for genre in first["genres"]]
    scores = [genre["score"] for genre in again["genres"]]  # of features as they are stored, in half precision
    assert scores == pytest.approx([genre["score"] for genre in first["genres"]], abs=1e-3)


def test_people_get_a_table_with_the_strongest_seconds_and_where_it_is_stored(
    run: Command, model_id: str, clip: Path
) -> None:
    status, out, err = run("analyze", str(clip), "--top", "2")
    assert (status, err) == (0, "")
    assert sum(genre in out for genre in GENRES) == 2
    assert "strongest seconds" in out
    assert "0:00-0:04" in out
    assert "trained on posters" in out
    assert "Stored in" in out


def test_lines_on_stdin_give_one_json_line_each_in_order(
    run: Command, model_id: str, clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{clip}\n\nmissing.mp4\n"))
    status, out, _ = run("analyze", "-", "--json")
    good, bad = lines(out)
    assert status == 3
    assert good["source"] == str(clip)
    assert bad["source"] == "missing.mp4"
    assert (bad["error"]["code"], bad["error"]["class"]) == ("file_not_found", "permanent")


def test_wrong_input_is_one_line_with_code_and_way_out(run: Command, store: Store, tmp_path: Path) -> None:
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "text.mp4").write_text("once upon a time " * 99)
    run_ffmpeg(["-f", "lavfi", "-i", "sine=duration=1", str(tmp_path / "sound.mp4")])
    before = {trailer.trailer_id for trailer in store.library.find(LibraryQuery(), limit=50).trailers}
    for source, code in {
        "missing.mp4": "file_not_found",
        "~nobody-here/missing.mp4": "file_not_found",
        "empty.mp4": "empty_file",
        "text.mp4": "not_media",
        "sound.mp4": "no_video_stream",
        ".": "bad_source",
        "": "bad_source",
        "https://vimeo.com/1084537": "host_not_allowed",
    }.items():
        status, out, err = run("analyze", source)
        assert (status, out) == (1, "")
        assert err.startswith(f"trailers: {code}: ")
        assert err.count("\n") == 1
    assert {trailer.trailer_id for trailer in store.library.find(LibraryQuery(), limit=50).trailers} == before


def test_a_file_name_that_is_no_text_works_on_every_way(
    environment: dict[str, str], model_id: str, clip: Path, tmp_path: Path
) -> None:
    name = os.fsencode(tmp_path) + b"/caf\xe9 \xff.mp4"
    os.link(clip, name)
    given = {"input": name + b"\n", "capture_output": True, "check": True, "env": {**environment, "LC_ALL": "C.UTF-8"}}
    answer = subprocess.run([TRAILERS, "analyze", "-", "--json"], **given)  # type: ignore[call-overload]
    table = subprocess.run([TRAILERS, "analyze", name], **given)  # type: ignore[call-overload]
    assert os.fsencode(json.loads(answer.stdout)["source"]) == name
    assert b"strongest seconds" in table.stdout


def test_missing_weights_are_named_with_the_way_out(run: Command, clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRAILERS_WEIGHTS", "/nowhere/weights.h5")
    status, _, err = run("analyze", str(clip))
    assert status == 1
    assert err.startswith("trailers: no_weights: there is no weights file '/nowhere/weights.h5'")


@pytest.mark.slow
def test_without_a_model_the_features_are_kept_and_the_message_says_how_to_get_one(
    run: Command, clip: Path, weights_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRAILERS_HOME", str(tmp_path / "fresh"))
    monkeypatch.setenv("TRAILERS_BACKBONE", "inception_v3")
    monkeypatch.setattr("worker.runtime.shipped_models", lambda features_id: {})
    status, _, err = run("analyze", str(clip))
    assert status == 1
    assert err.startswith("trailers: no_model: ")
    assert "trailers train" in err
    with open_store(uri=None, home=tmp_path / "fresh") as store:
        (trailer,) = store.library.find(LibraryQuery(), limit=50).trailers
        assert store.features.n_frames(trailer.trailer_id, given_weights(weights_file).features_id) == 4


@pytest.mark.slow
def test_a_full_disk_is_told_and_nothing_is_written(
    run: Command, model_id: str, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("db.access.SPARE_BYTES", 10**18)
    other = make_clip(tmp_path / "other.mp4", seconds=1, size="160x120")
    before = {trailer.trailer_id for trailer in store.library.find(LibraryQuery(), limit=50).trailers}
    status, _, err = run("analyze", str(other))
    assert status == 1
    assert err.startswith("trailers: disk_full: ")
    assert {trailer.trailer_id for trailer in store.library.find(LibraryQuery(), limit=50).trailers} == before


@pytest.mark.slow
def test_a_database_that_does_not_answer_is_exit_code_5(
    run: Command, clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MONGODB_URI", "mongodb://someone:secret@127.0.0.1:9/?serverSelectionTimeoutMS=300")
    status, _, err = run("analyze", str(clip))
    assert status == 5
    assert err.startswith("trailers: store_unavailable: ")
    assert "secret" not in err


def test_an_empty_source_is_not_called_a_folder(run: Command) -> None:
    assert "the source is empty" in run("analyze", "")[2]
