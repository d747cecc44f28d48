"""The command as a user runs it: real videos, real TensorFlow, a real embedded database in a home of the tests' own."""

import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pymongo
import pytest

from db.library_records import LibraryQuery
from db.store import Store, open_store
from extractor.networks.weights import given_weights
from tests.support.faketube import FakeYouTube
from tests.support.homes import Command
from tests.support.models import GENRES, make_model
from tests.support.videos import make_clip, make_dash, make_hls, run_ffmpeg
from tests.support.working import wait_until

TRAILERS = str(Path(sys.executable).with_name("trailers"))
CONTRACT = {"source", "trailer_id", "features_id", "model_id", "n_frames", "genres", "evidence", "modalities"} | {
    "words",
    "alone",
    "contributions",
    "video",
    "warnings",
    "cached",
    "seconds",
}
IDENTITY = {
    *("title", "imdb_id", "external_id", "external_ids", "year", "film", "film_id", "franchise", "metadata"),
}


@pytest.fixture(scope="module")
def own_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def store(own_home: Path) -> Iterator[Store]:
    """The database, held open so that the commands of these tests find it running."""
    with open_store(uri=None, home=own_home) as store:
        yield store


@pytest.fixture
def environment(
    own_home: Path, store: Store, nowhere: Path, weights_file: Path, monkeypatch: pytest.MonkeyPatch
) -> dict[str, str]:
    monkeypatch.setenv("TRAILERS_HOME", str(own_home))
    monkeypatch.setenv("TRAILERS_WEIGHTS", str(weights_file))
    return dict(os.environ)


@pytest.fixture
def run(environment: dict[str, str], capsys: pytest.CaptureFixture[str]) -> Command:
    return Command(capsys)


@pytest.fixture
def model_id(run: Command, weights_file: Path, tmp_path: Path) -> str:
    """A made-up model for the weights in use, imported as a user would and active."""
    model = make_model(given_weights(weights_file).features_id)
    model.save(tmp_path / "model.zip")
    assert run("models", "import", str(tmp_path / "model.zip"), "--use")[0] == 0
    return model.model_id


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clip(tmp_path_factory.mktemp("clips") / "clip.mp4", seconds=3.5)


def lines(out: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.splitlines()]


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
    assert lines(run("analyze", "--json", str(clip))[1])[0]["genres"] == first["genres"]


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


def test_a_link_goes_the_whole_way_and_leaves_no_scratch(
    run: Command, model_id: str, own_home: Path, clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with FakeYouTube(clip, tmp_path) as tube:
        for name, value in tube.environment.items():
            monkeypatch.setenv(name, value)
        first = lines(run("analyze", "--json", "https://youtu.be/dQw4w9WgXcQ?t=3")[1])[0]
    again = lines(run("analyze", "--json", "https://www.youtube.com/watch?v=dQw4w9WgXcQ&list=PL1")[1])[0]
    assert (first["trailer_id"], first["n_frames"], first["cached"]) == ("youtube:dQw4w9WgXcQ", 4, False)
    assert (again["trailer_id"], again["cached"]) == ("youtube:dQw4w9WgXcQ", True)
    assert list((own_home / "scratch").iterdir()) == []
    status, out, _ = run("show", "dQw4w9WgXcQ")
    assert status == 0
    assert 'Fake Trailer <b> & "q"' in out


@pytest.mark.parametrize("fault", ["a page in a segment's place", "a list without its end"])
@pytest.mark.slow
def test_a_video_shorter_than_its_page_says_is_no_whole_download(
    fault: str, run: Command, model_id: str, own_home: Path, clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    video = make_clip(tmp_path / "long.mp4", seconds=6, options=["-g", "24"])
    with FakeYouTube(clip, tmp_path) as tube:
        tube.seconds = 6
        if fault == "a list without its end":
            tube.segments = make_hls(tmp_path / "segments", video)
            listed = (tube.segments / "list.m3u8").read_text()
            (tube.segments / "list.m3u8").write_text(listed.partition("#EXTINF:1.000000,\npart3")[0] + "#EXT-X-ENDLIST")
        else:
            tube.segments = make_dash(tmp_path / "segments", video)
            (tube.segments / "part3").write_bytes(b"<html>502 Bad gateway</html>" * 40)
        for name, value in tube.environment.items():
            monkeypatch.setenv(name, value)
        status, out, err = run("analyze", "--json", "youtu.be/aaaaaaaaaaa")
    assert status == 1
    assert "download_truncated" in out + err
    assert "of the 6 s of https://www.youtube.com/watch?v=aaaaaaaaaaa came" in out + err
    assert run("show", "aaaaaaaaaaa")[0] == 4, "nothing of it is kept"


@pytest.mark.slow
def test_a_damaged_download_is_told_by_its_link_not_by_its_scratch_file(
    run: Command, model_id: str, own_home: Path, clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    video = make_clip(tmp_path / "long.mp4", seconds=6, options=["-g", "24"])
    with FakeYouTube(clip, tmp_path) as tube:
        tube.seconds = 6
        tube.segments = make_hls(tmp_path / "segments", video)
        (tube.segments / "part3").write_bytes(b"<html>502 Bad gateway</html>" * 40)
        for name, value in tube.environment.items():
            monkeypatch.setenv(name, value)
        _, out, err = run("analyze", "--json", "youtu.be/bbbbbbbbbbb")
    assert "'https://www.youtube.com/watch?v=bbbbbbbbbbb' is damaged in 1 of 6 seconds: " in out + err
    assert not [word for word in ("scratch", "video.mp4", "file:", str(own_home)) if word in out + err]


def test_show_and_list_tell_what_is_stored(run: Command, model_id: str, clip: Path) -> None:
    trailer_id = lines(run("analyze", "--json", str(clip))[1])[0]["trailer_id"]
    status, out, _ = run("show", trailer_id, "--json")
    shown = json.loads(out)
    assert status == 0
    assert [len(scores) for scores in shown["timeline"].values()] == [4] * len(GENRES)
    status, out, _ = run("list", "--json")
    assert status == 0
    assert trailer_id in {line["trailer_id"] for line in lines(out)}
    assert trailer_id in run("list")[1]


def test_what_is_not_stored_is_exit_code_4(run: Command) -> None:
    status, _, err = run("show", "file:0123456789abcdef")
    assert status == 4
    assert "trailers list" in err
    assert run("models", "show", "ffff")[0] == 4


@pytest.mark.parametrize("command", ["show", "similar"])
def test_what_is_neither_an_id_nor_a_file_is_exit_code_4_and_says_where_ids_are(run: Command, command: str) -> None:
    status, _, err = run(command, "neither-id-nor-file")
    assert (status, "`trailers list` shows the ids" in err) == (4, True)


def test_an_empty_source_is_not_called_a_folder(run: Command) -> None:
    assert "the source is empty" in run("analyze", "")[2]


def test_models_are_listed_shown_and_exported_to_the_same_bytes(run: Command, model_id: str, tmp_path: Path) -> None:
    assert model_id[:12] in run("models", "list")[1]
    assert "random numbers" in run("models", "show", model_id[:8])[1]
    status, out, _ = run("models", "export", model_id, str(tmp_path / "out.zip"))
    assert (status, model_id in out) == (0, True)
    assert (tmp_path / "out.zip").read_bytes() == (tmp_path / "model.zip").read_bytes()


def test_another_client_reads_the_features_as_documented(
    run: Command, model_id: str, clip: Path, weights_file: Path
) -> None:
    trailer_id = lines(run("analyze", "--json", str(clip))[1])[0]["trailer_id"]
    features_id = given_weights(weights_file).features_id
    uri = run("db", "uri")[1].strip()
    client: pymongo.MongoClient[dict[str, Any]]
    with pymongo.MongoClient(uri) as client:
        document = client.trailers.features.find_one({"_id": f"{trailer_id}/{features_id}"})
    assert document is not None
    vectors = np.frombuffer(document["vectors"], "<f2").reshape(-1, document["dim"])
    assert vectors.shape == (4, 2048)
    pooled = np.array(document["pooled"].as_vector().data)
    assert np.allclose(pooled, vectors.astype(np.float32).mean(axis=0), atol=2e-3)
    assert document["provenance"]["weights_sha256"].startswith(features_id.split("-")[2])


def test_doctor_finds_nothing_amiss_here(run: Command, model_id: str) -> None:
    status, out, _ = run("doctor", "--json")
    states = {finding["name"]: finding["state"] for finding in lines(out)}
    assert status == 0
    assert {"ffmpeg", "weights", "database", "model", "broker", "yt-dlp", "gpu", "disk", "javascript"} <= set(states)
    assert "failed" not in states.values()


def test_wrong_usage_is_exit_code_2(run: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    for arguments in (["analyze"], ["analyse", "x"], ["analyze", "x", "--top", "none"], []):
        with pytest.raises(SystemExit) as caught:
            run(*arguments)
        assert caught.value.code == 2
    monkeypatch.setenv("TRAILERS_MAX_DURATION_S", "long")
    assert run("list")[0] == 2


def test_an_unknown_argument_is_told_with_the_usage_of_its_command(
    run: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    for command in ("edit", "review add"):
        with pytest.raises(SystemExit) as caught:
            run(*command.split(), "WB-0001", "--external-id", "A1")
        err = capsys.readouterr().err
        assert caught.value.code == 2 and f"usage: trailers {command} " in err
        assert f"unrecognized arguments: --external-id A1; trailers {command} --help" in err


def test_help_teaches_by_example_and_loads_nothing_heavy() -> None:
    heavy = ("tensorflow", "keras", "pymongo", "numpy", "sklearn", "yt_dlp", "rich", "celery", "pydantic")
    code = (
        "import sys; from worker.cli import build_parser; build_parser().format_help();"
        f"print([name for name in {heavy} if name in sys.modules])"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == "[]"
    shown = subprocess.run([TRAILERS, "analyze", "--help"], capture_output=True, text=True, check=True)
    assert "trailers analyze clip.mp4" in shown.stdout


@pytest.mark.parametrize("after_s", [0, *(pytest.param(seconds, marks=pytest.mark.slow) for seconds in (3, 9))])
def test_ctrl_c_ends_it_in_the_middle_and_leaves_no_process(tmp_path: Path, weights_file: Path, after_s: float) -> None:
    home = tmp_path / "home"
    video = make_clip(tmp_path / "long.mp4", seconds=900, size="160x120", options=["-preset", "ultrafast", "-r", "2"])
    environment = {**os.environ, "TRAILERS_HOME": str(home), "TRAILERS_WEIGHTS": str(weights_file)}
    with subprocess.Popen([TRAILERS, "analyze", str(video)], env=environment, stderr=subprocess.PIPE) as process:
        wait_until(lambda: minds_sigterm(process.pid))
        time.sleep(after_s)
        family = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert b"Traceback" not in said
    _, alive = psutil.wait_procs(family, timeout=30)
    assert alive == []
    assert processes_of(home) == []


def minds_sigterm(pid: int) -> bool:
    """Tell whether a process has a handler for SIGTERM: ours, while Python alone has one for Ctrl-C only."""
    caught = re.search(r"^SigCgt:\s*(\w+)$", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    return caught is not None and bool(int(caught[1], 16) & 1 << signal.SIGTERM - 1)


def processes_of(home: Path) -> list[str]:
    """The command lines of processes that still work on this home, after a moment to end."""
    found: list[str] = []
    for _ in range(300):
        found = [
            " ".join(process.info["cmdline"])
            for process in psutil.process_iter(["cmdline"])
            if any(str(home) in part for part in process.info["cmdline"] or ())
        ]
        if not found:
            break
        time.sleep(0.1)
    return found


def test_the_four_packages_are_ours() -> None:
    import classifier
    import db
    import extractor
    import worker

    root = Path(__file__).resolve().parents[3]
    for package in (classifier, db, extractor, worker):
        assert Path(package.__path__[0]).parent == root
