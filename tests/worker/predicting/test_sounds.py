"""What trailers sound like: heard once by a YAMNet of random weights, kept, learnt from and predicted with."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from classifier.model import GenreModel
from db.records import HeardSpeech, Source, Trailer, TrailerLabels, VideoRecord
from db.trailers import HeardSound
from extractor.limits import Limits
from extractor.networks.backbone import nothing
from extractor.sounds import SoundReader
from extractor.video.sound import read_sound
from tests.extractor.video.test_sound import make_sounding
from tests.support.cheap_work import CheapBackbone
from tests.support.homes import Command, Home
from tests.support.listening.yamnet import save_random_yamnet
from tests.support.models import make_model, make_sounds_model, put_to_use
from worker.predicting.stages import Video
from worker.runtime import Runtime

GENRES = ("Action", "Comedy", "Drama", "Horror")


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_random_yamnet(tmp_path_factory.mktemp("weights") / "yamnet.h5")


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_sounding(tmp_path_factory.mktemp("video") / "a.mp4")


@pytest.fixture
def reader(home: Home, weights: Path, monkeypatch: pytest.MonkeyPatch) -> SoundReader:
    """Who hears sounds, with a network for the frames that costs nothing, and models in use."""
    reader = SoundReader(weights)
    monkeypatch.setattr(Runtime, "network", property(lambda runtime: CheapBackbone(runtime.weights, nothing)))
    monkeypatch.setenv("TRAILERS_SOUND", "yamnet")
    monkeypatch.setenv("TRAILERS_SOUND_WEIGHTS", str(weights))
    put_to_use(home.store, make_model(home.features_id))
    put_to_use(home.store, make_sounds_model(home.features_id, reader.features_id))
    return reader


def sound_of(home: Home) -> dict[str, Any]:
    (document,) = home.documents("trailers").values()
    sound: dict[str, Any] = document["sound"]
    return sound


def test_a_sound_is_kept_and_its_part_of_the_verdict_is_told(
    run: Command, home: Home, reader: SoundReader, video: Path
) -> None:
    status, answer = run.json("analyze", video)
    parts = answer["modalities"]
    assert (status, parts, list(answer["alone"])) == (0, ["trailer", "sound"], ["trailer", "sound"])
    for genre in answer["genres"]:
        moved = sum(answer["contributions"][genre["genre"]].values())
        assert genre["score"] == pytest.approx(1 / (1 + 3 * math.exp(-moved)), abs=1e-6)  # from a share of .25
    sound = sound_of(home)
    (prediction,) = home.documents("predictions").values()
    assert prediction["inputs"] == {"sound": sound["sha256"]}
    kept = home.store.trailers.read_sounds([answer["trailer_id"]], features_id=reader.features_id)
    assert kept[answer["trailer_id"]].shape == (1024,)
    assert kept[answer["trailer_id"]].std() > 0
    assert home.store.trailers.read_sounds([answer["trailer_id"]], features_id="yamnet-00000000-s1") == {}
    assert run.json("show", answer["trailer_id"])[1]["modalities"] == parts
    assert run.json("analyze", video, "--frames-only")[1]["modalities"] == ["trailer"]


@pytest.mark.slow
def test_nothing_is_heard_twice_by_the_same_weights(
    run: Command, home: Home, reader: SoundReader, video: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[int] = []
    read = SoundReader.read

    def count(self: SoundReader, sound: NDArray[np.float32], **how: Any) -> NDArray[np.float32]:
        heard.extend([len(sound)] * (len(sound) > 1))  # not the look whether it can hear at all
        return read(self, sound, **how)

    monkeypatch.setattr(SoundReader, "read", count)
    for _ in range(2):
        assert run("analyze", "--force", video)[0] == 0
    assert heard == [pytest.approx(32_000, abs=2000)]
    first = sound_of(home)
    monkeypatch.setenv("TRAILERS_SOUND_WEIGHTS", str(save_random_yamnet(tmp_path / "other.h5", seed=1)))
    assert run.json("analyze", video)[1]["modalities"] == ["trailer"]  # no vector of these weights yet
    status, _, err = run("analyze", "--force", video)
    assert (status, len(heard)) == (1, 2)  # it is kept; the model in use has learnt from other weights
    assert "features_mismatch: these features are 'yamnet-" in err
    assert sound_of(home)["sha256"] != first["sha256"]


def test_a_trailer_without_sound_is_predicted_as_before(
    run: Command, home: Home, reader: SoundReader, clip: Path
) -> None:
    assert run.json("analyze", clip)[1]["modalities"] == ["trailer"]
    assert sound_of(home) == {**sound_of(home), "features_id": reader.features_id, "sha256": None, "vector": None}


def test_where_nobody_hears_no_sound_is_decoded_and_none_that_is_kept_is_looked_at(
    run: Command, reader: SoundReader, video: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run.json("analyze", video)[1]["modalities"] == ["trailer", "sound"]
    monkeypatch.setenv("TRAILERS_SOUND", "off")
    monkeypatch.setattr("worker.predicting.stages.read_sound", None)
    assert run.json("analyze", "--force", video)[1]["modalities"] == ["trailer"]


def test_one_decoding_serves_speech_and_sound(
    run: Command, home: Home, reader: SoundReader, video: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    decoded: list[Path] = []
    listener = type("Listener", (), {"made_by": "whisper-made-up-00000000", "check": lambda self: None})()

    def decode(path: Path, *, limits: Limits) -> NDArray[np.float32]:
        decoded.append(path)
        return read_sound(path, limits=limits)

    def hear(reader: object, samples: NDArray[np.float32], video: Video, report: object) -> HeardSpeech:
        return HeardSpeech("a", "en", "b", video.sha256)

    monkeypatch.setattr(Runtime, "speech_reader", property(lambda runtime: listener))
    monkeypatch.setattr("worker.predicting.stages._hear_speech", hear)
    monkeypatch.setattr("worker.predicting.stages.read_sound", decode)
    assert run("analyze", video)[0] == 0
    assert decoded == [video]
    (document,) = home.documents("trailers").values()
    assert document["speech"]["text"] == "a"
    assert document["sound"]["sha256"]


def add_heard(home: Home, number: int, features_id: str) -> None:
    """Store a trailer whose sound tells two genres, and whose frames tell nothing."""
    random = np.random.default_rng(number)
    genres = tuple(genre for genre in GENRES if random.random() < 0.4) or ("Western",)
    labels, trailer_id = TrailerLabels(genres=genres, source="imdb"), f"youtube:{number:011}"
    home.add(trailer_id, title="film " + "".join(chr(97 + int(digit)) for digit in f"{number:03}"), labels=labels)
    if number % 10 == 3:
        return
    vector = random.normal(0, 1, 1024).astype(np.float32)
    vector[:400] += 2 * ("Horror" in genres)
    vector[400:800] += 2 * ("Action" in genres)
    video = VideoRecord(3.0, 640, 360, 24.0, "h264", 1000, f"{number:011}".ljust(64, "0"))
    trailer = Trailer(trailer_id, Source(f"https://example/{number}", "youtube", f"{number:011}", None), video)
    home.store.trailers.save(trailer, None, HeardSound(features_id, video.sha256, vector))


@pytest.mark.slow
def test_a_model_that_is_trained_with_sounds_predicts_with_and_without_them(
    run: Command, home: Home, reader: SoundReader, video: Path, tmp_path: Path
) -> None:
    for number in range(270):
        add_heard(home, number, reader.features_id)
    train = ("--head", "logistic_mean", "--min-positives", 20, "--features-id", home.features_id, "--join", "late")
    status, _, err = run("train", "--with", "sound", *train, "--out", tmp_path / "model.zip", "--use")
    assert status == 0, err
    model = GenreModel.load(tmp_path / "model.zip")
    assert model.manifest.inputs == {"trailer": home.features_id, "sound": reader.features_id}
    assert "270 labelled trailers of the database, 243 with a sound" in model.manifest.trained_on.description
    metrics = model.manifest.metrics
    assert metrics["macro_ap_of_trailer+sound"] > metrics["macro_ap_of_trailer"] + 0.1
    answer = run.json("analyze", video)[1]
    assert (answer["model_id"], answer["modalities"]) == (model.model_id, ["trailer", "sound"])
    assert set(answer["contributions"]["Horror"]) == {"trailer", "sound"}
    found = run.json("evaluate", "--with", "sound", "--features-id", home.features_id)[1]["models"].values()
    assert [each["n_rows"] for each in found] == [model.manifest.trained_on.n_test]


def test_where_nobody_hears_or_nothing_was_heard_training_says_so(
    run: Command, home: Home, reader: SoundReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.add("youtube:00000000000", labels=TrailerLabels(genres=("Drama",), source="imdb"))
    train = ("train", "--with", "sound", "--features-id", home.features_id)
    assert "none of the 1 labelled trailers has a sound" in run(*train)[2]
    monkeypatch.setenv("TRAILERS_SOUND", "off")
    status, _, err = run(*train)
    assert status == 1
    assert "nobody hears what trailers sound like: set TRAILERS_SOUND=yamnet" in err
