"""What is said in a trailer: heard once, stored, and a plot where there is none; who hears it is made up."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from extractor.networks.backbone import nothing
from extractor.speech import Speech
from tests.extractor.video.test_sound import make_sounding
from tests.support.cheap_work import CheapBackbone
from tests.support.homes import Command, Home
from tests.support.models import make_joined_model, make_model, put_to_use
from worker.runtime import Runtime

SAID = "Somewhere in this house there is a ghost."


@dataclass
class Listener:
    """One who hears SAID in any sound."""

    made_by: str = "whisper-made-up-00000000"
    n_samples: list[int] = field(default_factory=list)

    def check(self) -> None:
        """It is there."""

    def read(self, sound: NDArray[np.float32], **options: Any) -> Speech:
        self.n_samples.append(len(sound))
        return Speech(SAID if len(sound) else "", "en", self.made_by)


@pytest.fixture
def listener(home: Home, monkeypatch: pytest.MonkeyPatch) -> Listener:
    """Somebody who listens, with a network that costs nothing and a model of its features and of plots."""
    listener = Listener()
    monkeypatch.setattr(Runtime, "network", property(lambda runtime: CheapBackbone(runtime.weights, nothing)))
    monkeypatch.setattr(Runtime, "speech_reader", property(lambda runtime: runtime.settings.speech and listener))
    monkeypatch.setenv("TRAILERS_SPEECH", "small")
    put_to_use(home.store, make_model(home.features_id))
    put_to_use(home.store, make_joined_model(home.features_id))
    return listener


@pytest.fixture
def video(tmp_path: Path) -> Path:
    return make_sounding(tmp_path / "a.mp4")


def test_what_is_said_drives_a_verdict_and_is_named_as_what_it_is(
    run: Command, home: Home, listener: Listener, video: Path
) -> None:
    status, answer = run.json("analyze", video)
    assert (status, answer["modalities"]) == (0, ["trailer", "speech"])
    assert listener.n_samples == [pytest.approx(32_000, abs=2000)]
    assert answer["words"][0]["word"] == "ghost"
    assert set(answer["contributions"]["Horror"]) == {"trailer", "speech"}
    (document,) = home.documents("trailers").values()
    assert document["speech"]["text"] == SAID
    assert (document["speech"]["language"], document["speech"]["made_by"]) == ("en", listener.made_by)
    assert f"said (en): {SAID}" in run("show", answer["trailer_id"])[1]
    alone = run.json("analyze", video, "--frames-only")[1]
    assert alone["modalities"] == ["trailer"]
    assert answer["evidence"] and alone["evidence"]


@pytest.mark.slow
def test_evidence_is_that_of_the_frames_whatever_is_said(
    run: Command, home: Home, listener: Listener, video: Path
) -> None:
    _, answer = run.json("analyze", video)
    (first, *_) = [each for each in home.documents("predictions").values() if "speech" in each["modalities"]]
    _, alone = run.json("analyze", video, "--frames-only")
    second = next(each for each in home.documents("predictions").values() if each["modalities"] == ["trailer"])
    assert answer["genres"] != alone["genres"]
    assert set(first["timeline"]) == set(second["timeline"])
    assert {len(scores) for scores in first["timeline"].values()} == {answer["n_frames"]}


def test_nothing_is_heard_twice_by_the_same_model(run: Command, home: Home, listener: Listener, video: Path) -> None:
    for _ in range(2):
        assert run("analyze", "--force", video)[0] == 0
    assert len(listener.n_samples) == 1
    listener.made_by = "whisper-another-00000000"
    assert run("analyze", "--force", video)[0] == 0
    assert len(listener.n_samples) == 2
    (document,) = home.documents("trailers").values()
    assert document["speech"]["made_by"] == "whisper-another-00000000"


def test_where_nobody_listens_no_sound_is_decoded_and_no_stored_speech_is_read(
    run: Command, home: Home, listener: Listener, video: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run.json("analyze", video)[1]["modalities"] == ["trailer", "speech"]
    monkeypatch.setenv("TRAILERS_SPEECH", "off")
    monkeypatch.setattr("worker.predicting.stages.read_sound", None)
    assert run.json("analyze", "--force", video)[1]["modalities"] == ["trailer"]


def test_a_link_that_nobody_could_hear_is_not_downloaded(
    run: Command, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRAILERS_SPEECH", "small")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    monkeypatch.setattr("worker.predicting.stages.fetch", None)
    status, _, err = run("analyze", "https://youtu.be/dQw4w9WgXcQ")
    assert (status, err.startswith("trailers: no_weights: hearing speech needs faster-whisper")) == (1, True)
