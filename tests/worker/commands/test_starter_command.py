"""A fresh home without weights and without a model of anybody's: what the starter answers."""

import json
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from numpy.typing import NDArray
from PIL import Image

from extractor.networks.inception import Network
from extractor.networks.starter import starter_weights
from extractor.networks.weights import given_weights
from tests.support.homes import Command
from tests.support.models import make_model, put_to_use
from tests.support.videos import make_clip
from tests.support.working import wait_until
from worker.runtime import Runtime
from worker.service.supervisor import Supervisor
from worker.settings import read_settings

SPOKEN = "Warning: the starter, the small network that ships with Trailers, is used"


@pytest.fixture
def run(nowhere: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    monkeypatch.setenv("TRAILERS_HOME", str(nowhere / "home"))
    return Command(capsys)


def test_a_fresh_install_answers_with_a_warning_that_says_how_to_switch(nowhere: Path, clip: Path) -> None:
    environment = {**os.environ, "TRAILERS_HOME": str(nowhere / "home")}
    command = [str(Path(sys.executable).with_name("trailers")), "analyze", "--json", str(clip)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    answer, err = json.loads(done.stdout), done.stderr
    assert done.returncode == 0
    assert [row["rank"] for row in answer["genres"][:3]] == [1, 2, 3]
    assert all(0 <= row["score"] <= 1 for row in answer["genres"])
    assert answer["features_id"] == starter_weights().features_id
    assert not any("starter" in warning for warning in answer["warnings"]), "that is the operator's business"
    assert any("52 labelled trailers" in warning for warning in answer["warnings"])
    assert err.count(SPOKEN) == 1
    assert "TRAILERS_BACKBONE=inception_v3" in err


def test_the_second_time_it_is_read_from_the_database_and_still_warns(
    run: Command, clip: Path, caplog: pytest.LogCaptureFixture
) -> None:
    run("analyze", clip)
    caplog.clear()
    status, out, _ = run("analyze", clip, "--plot", "Two detectives hunt a killer through the city.")
    assert status == 0
    assert "from the database" in out
    assert "starter" not in out
    assert caplog.text.count(SPOKEN) == 1


def test_who_asks_for_the_starter_is_not_warned_of_it(
    run: Command, clip: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("TRAILERS_BACKBONE", "starter")
    status, _, _ = run("analyze", "--json", clip)
    assert status == 0
    assert SPOKEN not in caplog.text


@pytest.fixture
def strict(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the network refuse to infer nothing, as TensorFlow does on some processors."""
    infer = Network.__call__

    def refuse(self: Network, frames: NDArray[np.uint8], **rest: Any) -> NDArray[np.float32]:
        assert len(frames), "a batch of no frames"
        return infer(self, frames, **rest)

    monkeypatch.setattr(Network, "__call__", refuse)


@pytest.mark.usefixtures("strict")
@pytest.mark.slow
def test_videos_of_any_number_of_seconds_are_judged(run: Command, tmp_path: Path) -> None:
    lengths = (1, 15, 16, 17, 32)
    clips = [make_clip(tmp_path / f"{seconds}.mp4", seconds=seconds, size="64x64") for seconds in lengths]
    status, out, _ = run("analyze", "--json", *clips)
    assert status == 0
    assert tuple(json.loads(line)["n_frames"] for line in out.splitlines()) == lengths


def test_what_nobody_foresaw_is_one_sentence_in_the_answer_and_whole_in_the_log(
    run: Command, clip: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("depth 3 vs 32\n\t [[{{node conv2d}}]]\n  File '/srv/trailers/network.py', line 7")

    monkeypatch.setattr(Network, "__call__", fail)
    status, out, _ = run("analyze", "--json", clip)
    assert status == 1
    error = json.loads(out)["error"]
    assert error["code"] == "internal"
    assert error["message"].startswith("an unexpected error (RuntimeError): the log has the details under reference ")
    assert not [word for word in ("depth", "node", "/srv", "File") if word in error["message"]]
    assert all(word in caplog.text for word in ("Traceback", "[[{{node conv2d}}]]", "/srv/trailers/network.py"))


def test_a_poster_is_judged_by_the_starter_too(run: Command, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    poster = tmp_path / "poster.png"
    pixels = np.random.default_rng(0).integers(0, 256, (300, 200, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(poster)
    status, out, _ = run("poster", "--json", poster)
    assert status == 0
    answer = json.loads(out)
    assert len(answer["genres"]) > 3
    assert SPOKEN in caplog.text


def test_the_starter_has_no_other_weights_and_is_not_fine_tuned(run: Command, tmp_path: Path) -> None:
    status, _, err = run("poster", "--backbone", "starter", "--backbone-weights", "own.h5", "poster.png")
    assert status == 1
    assert "has weights of its own" in err
    status, _, err = run("poster", "--backbone", "starter", "--picture-size", "160", "poster.png")
    assert (status, "takes pictures of 147 pixels alone" in err) == (1, True)
    table = tmp_path / "films.csv"
    table.write_text("file,genres\na.png,Drama\n")
    status, _, err = run(
        *("train", "--posters", tmp_path, "--labels", table, "--genres-column", "genres", "--backbone", "starter"),
        *("--fine-tune", "1"),
    )
    assert status == 1
    assert "can't be fine-tuned" in err


def test_doctor_says_why_the_starter_is_used_and_which_model_judges(run: Command) -> None:
    _, out, _ = run("doctor", "--json")
    findings = {row["name"]: row for row in map(json.loads, out.splitlines())}
    assert findings["weights"]["state"] == "warning"
    assert "are not here" in findings["weights"]["message"]
    assert "TRAILERS_BACKBONE=inception_v3" in findings["weights"]["advice"]
    assert findings["model"]["state"] == "ok"


def test_the_processes_of_a_worker_keep_their_backbone_whatever_is_put_to_use_meanwhile(tmp_path: Path) -> None:
    weights = tmp_path / "own.h5"
    weights.write_bytes(b"no network")
    settings = read_settings({"TRAILERS_HOME": str(tmp_path / "home"), "TRAILERS_WEIGHTS": str(weights)})
    with Runtime(settings) as runtime, Supervisor(runtime, ("extract",), local=True, at_most=1) as supervisor:
        put_to_use(runtime.store, make_model(given_weights(weights).features_id))
        child = workers()[0]
        child.kill()
        wait_until(lambda: child.status() == psutil.STATUS_ZOMBIE)

        def both_run() -> bool:
            supervisor.tick()
            return len(workers()) == 2

        wait_until(both_run)
        assert {child.environ()["TRAILERS_BACKBONE"] for child in workers()} == {"starter"}
    with Runtime(settings) as later, Supervisor(later, ("extract",), local=True, at_most=1):
        assert {child.environ()["TRAILERS_BACKBONE"] for child in workers()} == {"inception_v3"}


def workers() -> list[psutil.Process]:
    found = []
    for child in psutil.Process().children():
        with suppress(psutil.Error):
            if child.status() != psutil.STATUS_ZOMBIE and "worker." in " ".join(child.cmdline()):
                found.append(child)
    return found
