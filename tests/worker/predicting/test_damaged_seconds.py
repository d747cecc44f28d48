"""Damaged seconds of a trailer: stored, told, and left out of predictions, means and data sets."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from classifier.view import View
from db.records import TrailerLabels
from extractor.networks.backbone import nothing
from tests.extractor.video.test_damaged import spoil
from tests.support.cheap_work import CheapBackbone
from tests.support.homes import Command, Home
from tests.support.models import make_model, put_to_use
from tests.support.videos import make_numbered_video
from worker.learning.datasets import dataset_from_store
from worker.runtime import Runtime

DAMAGED = 4


@pytest.fixture
def trailers(run: Command, home: Home, monkeypatch: pytest.MonkeyPatch) -> Command:
    """The command, with a network that costs nothing and a model of its features."""
    monkeypatch.setattr(Runtime, "network", property(lambda runtime: CheapBackbone(runtime.weights, nothing)))
    put_to_use(home.store, make_model(home.features_id, modality="trailer"))
    return run


@pytest.fixture(scope="module")
def damaged_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("damaged") / "film.mp4"
    options = ["-bf", "0", "-g", "10"]
    return spoil(make_numbered_video(path, rate=Fraction(10), n_frames=120, options=options), 10 * DAMAGED)


def test_a_damaged_second_is_stored_told_and_left_out_of_the_prediction(
    trailers: Command, home: Home, damaged_clip: Path
) -> None:
    _, answer = trailers.json("analyze", damaged_clip)
    (document,) = home.documents("features").values()
    assert (document["damaged"], document["n_frames"], answer["n_frames"]) == ([DAMAGED], 12, 12)
    assert any("damaged or missing in 1 of 12 seconds" in warning for warning in answer["warnings"])
    assert answer["warnings"] == trailers.json("show", damaged_clip)[1]["warnings"]
    features = home.store.features.load(answer["trailer_id"], answer["features_id"])
    assert features is not None
    assert DAMAGED not in features.usable
    usable = features.vectors[features.usable]
    model = make_model(home.features_id, modality="trailer")
    expected = model.predict({"trailer": View(usable, home.features_id)})
    assert [it["score"] for it in answer["genres"]] == pytest.approx([it.score for it in expected.genres], abs=1e-4)
    np.testing.assert_allclose(features.pooled, usable.mean(axis=0), rtol=1e-5)
    (prediction,) = home.documents("predictions").values()
    (timeline,) = {len(scores) for scores in prediction["timeline"].values()}
    assert timeline == 12
    assert all(scores[DAMAGED] == scores[DAMAGED - 1] for scores in prediction["timeline"].values())


def test_a_data_set_leaves_out_damaged_seconds(trailers: Command, home: Home, damaged_clip: Path) -> None:
    _, answer = trailers.json("analyze", damaged_clip)
    home.add("file:0000000000000001", labels=TrailerLabels(("Drama",), "imdb"), n_frames=3)
    home.add("youtube:BBBBBBBBBBB", labels=TrailerLabels(("War",), "imdb"), n_frames=5)
    dataset = dataset_from_store(home.store, home.features_id, layer=None)
    lengths = dict(zip(dataset.ids, (len(dataset.X[place]) for place in range(len(dataset.ids))), strict=True))
    assert lengths == {answer["trailer_id"]: 6, "file:0000000000000001": 3, "youtube:BBBBBBBBBBB": 5}
    for place, trailer_id in enumerate(dataset.ids):
        kept = home.store.features.load(trailer_id, home.features_id)
        assert kept is not None
        np.testing.assert_array_equal(dataset.X[place], kept.vectors[kept.usable].astype(np.float16))
