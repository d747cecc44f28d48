"""The shipped model and the real videos, where they are."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

from classifier.model import GenreModel
from classifier.shipped import shipped_models
from db.store import open_store
from extractor.limits import Limits
from extractor.networks.weights import given_weights
from extractor.video.frames import FrameStream
from extractor.video.probe import probe
from tests.support.reference import keras_vectors, worst_cosine
from worker.cli import main

pytestmark = pytest.mark.shared_data
SINTEL = "video/sintel_trailer_480x204_h264_aac.mp4"


@pytest.mark.slow
def test_every_real_video_gives_a_frame_for_each_second_begun(shared_data: Path) -> None:
    videos = sorted((shared_data / "video").iterdir())
    assert len(videos) >= 10
    for video in videos:
        info = probe(video, limits=Limits())
        assert info.duration_s is not None
        with FrameStream(video, info) as frames:
            n_frames = sum(len(batch) for batch in frames)
        assert n_frames == math.ceil(info.duration_s), video.name


@pytest.mark.slow
def test_the_sintel_trailer_is_judged_by_the_shipped_model_and_stored_close_to_keras(
    shared_data: Path,
    weights_file: Path,
    nowhere: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("TRAILERS_HOME", str(nowhere / "home"))
    monkeypatch.setenv("TRAILERS_WEIGHTS", str(weights_file))
    video = shared_data / SINTEL
    assert main(["analyze", "--json", str(video)]) == 0
    answer = json.loads(capsys.readouterr().out)
    shipped = shipped_models(given_weights(weights_file).features_id)
    assert answer["model_id"] in {GenreModel.load(path).model_id for path in shipped.values()}
    assert len(answer["genres"]) == 22
    with open_store(uri=None, home=nowhere / "home") as store:
        stored = store.features.load(answer["trailer_id"], given_weights(weights_file).features_id)
    assert stored is not None
    with FrameStream(video, probe(video, limits=Limits())) as stream:
        frames = np.concatenate(list(stream))
    assert worst_cosine(stored.vectors, keras_vectors(frames, weights_file)) >= 0.9999
