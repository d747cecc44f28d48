"""Marked seconds of a trailer: stored, told, shown, and left out of predictions, means, data sets and evidence."""

from pathlib import Path

import numpy as np
import pytest

from db.records import TrailerLabels
from extractor.features import FrameFeatures, Provenance
from extractor.networks.backbone import nothing
from tests.extractor.video.drawn_frames import BLACK, card, make_film, scene, scenes
from tests.support.cheap_work import CheapBackbone
from tests.support.homes import Command, Home
from tests.support.models import make_model, put_to_use
from worker.learning.datasets import dataset_from_store
from worker.predicting.flags import is_black
from worker.runtime import Runtime

PROVENANCE = Provenance("b", "", "r2", "float32")
MARKS = {"logo": [0, 1], "titles": [18, 19], "credits": [27, 28]}


@pytest.fixture
def trailers(run: Command, home: Home, monkeypatch: pytest.MonkeyPatch) -> Command:
    """The command, with a network that costs nothing and a model of its features."""
    monkeypatch.setattr(Runtime, "network", property(lambda runtime: CheapBackbone(runtime.weights, nothing)))
    put_to_use(home.store, make_model(home.features_id))
    return run


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    title, logo, end = card("THIS SUMMER"), card("LIONSGATE"), card("COMING SOON")
    frames = [logo, logo, *scenes(0, 16), title, title, *scenes(16, 7), end, end]
    return make_film(tmp_path_factory.mktemp("marked") / "film.mp4", frames)


def test_marked_seconds_are_stored_and_do_not_count(trailers: Command, home: Home, film: Path) -> None:
    _, answer = trailers.json("analyze", film)
    (document,) = home.documents("features").values()
    assert (document["marks"], answer["n_frames"], answer["flags"]) == (MARKS, 29, [])
    features = home.store.features.load(answer["trailer_id"], answer["features_id"])
    assert features is not None
    assert features.usable.tolist() == [*range(2, 18), *range(20, 27)]
    np.testing.assert_allclose(features.pooled, features.vectors[features.usable].mean(axis=0), rtol=1e-5)
    dataset = dataset_from_store(home.store, home.features_id, layer=None)
    assert [len(dataset.X[0])] == [23]


def test_evidence_lies_in_no_marked_second_and_each_second_has_a_score(
    trailers: Command, home: Home, film: Path
) -> None:
    _, answer = trailers.json("analyze", film)
    marked = {second for seconds in MARKS.values() for second in seconds}
    assert answer["evidence"]
    for stretch in answer["evidence"]:
        seconds = range(int(stretch["start_s"]), int(stretch["end_s"]))
        assert len(seconds) == 5
        assert not marked & set(seconds)
    (prediction,) = home.documents("predictions").values()
    assert {len(scores) for scores in prediction["timeline"].values()} == {29}
    assert all(scores[19] == scores[17] for scores in prediction["timeline"].values())


def test_marked_seconds_are_shown_and_exported(trailers: Command, film: Path, tmp_path: Path) -> None:
    trailers("analyze", film)
    assert "Left out: logo 0:00-0:02, titles 0:18-0:20, credits 0:27-0:29" in trailers("show", film)[1]
    assert trailers.json("show", film)[1]["marks"] == MARKS
    trailers("export", "timelines", tmp_path / "t.csv")
    rows = [line.split(",") for line in (tmp_path / "t.csv").read_text("utf-8-sig").splitlines()]
    assert rows[0][1:] == ["second", "genre", "score", "mark"]
    assert [(row[1], row[4]) for row in rows[18:21]] == [("17", ""), ("18", "titles"), ("19", "titles")]


def test_a_black_video_passes_no_genre_and_says_so(trailers: Command, home: Home, tmp_path: Path) -> None:
    black = make_film(tmp_path / "black.mp4", [card("", ground=BLACK)] * 12)
    _, answer = trailers.json("analyze", black)
    priors = make_model(home.features_id).predict({})
    assert [it["score"] for it in answer["genres"]] == [it.score for it in priors.genres]
    assert not any(it["passed"] for it in answer["genres"])
    assert (answer["flags"], answer["evidence"], answer["modalities"]) == (["black"], [], ["trailer"])
    assert any("black throughout, for 12 seconds" in warning for warning in answer["warnings"])
    again = trailers.json("analyze", black)[1]
    assert (again["genres"], again["warnings"]) == (answer["genres"], answer["warnings"])
    assert len(home.documents("predictions")) == 1


def test_where_cards_are_all_there_is_they_count_and_nothing_is_left_out(
    trailers: Command, home: Home, tmp_path: Path
) -> None:
    film = make_film(tmp_path / "cards.mp4", [card(""), *[card("THE END")] * 3])
    _, answer = trailers.json("analyze", film)
    (document,) = home.documents("features").values()
    assert document["marks"] == {"black": [0], "credits": [1, 2, 3]}
    assert (answer["flags"], answer["evidence"][0]["end_s"]) == (["few_seconds", "short"], 4.0)
    assert "Left out" not in trailers("show", film)[1]
    assert trailers.json("show", film)[1]["marks"] == {}
    black = make_film(tmp_path / "black.mp4", [card("")] * 2)
    trailers("analyze", black)
    assert "Left out: black 0:00-0:02" in trailers("show", black)[1]


@pytest.mark.parametrize(
    ("n_scenes", "expected"), [(1, "1 usable second."), (3, "3 usable seconds."), (0, "nothing else.")]
)
def test_a_verdict_that_rests_on_few_seconds_says_so(
    trailers: Command, tmp_path: Path, n_scenes: int, expected: str
) -> None:
    cards = [card(text) for text in ("IN A WORLD", "OF CARDS", "THIS SUMMER")]
    _, answer = trailers.json("analyze", make_film(tmp_path / "film.mp4", [*cards, *scenes(0, n_scenes), *cards * 3]))
    assert "few_seconds" in answer["flags"]
    assert any(warning.endswith(f"rests on {expected}") for warning in answer["warnings"])


def test_a_still_and_a_short_video_are_flagged(trailers: Command, tmp_path: Path) -> None:
    still = make_film(tmp_path / "still.mp4", scenes(0, 1) * 30)
    assert trailers.json("analyze", still)[1]["flags"] == ["few_seconds", "still"]
    assert trailers.json("analyze", make_film(tmp_path / "short.mp4", scenes(0, 6)))[1]["flags"] == ["short"]


def test_a_long_video_without_a_cut_is_flagged_and_where_others_cut_is_kept(
    trailers: Command, home: Home, tmp_path: Path
) -> None:
    take = [np.roll(scene(0), 3 * second, axis=1) for second in range(20)]
    assert trailers.json("analyze", make_film(tmp_path / "take.mp4", take))[1]["flags"] == ["one_shot"]
    film = make_film(tmp_path / "film.mp4", [scene(number // 5) for number in range(20)])
    assert "one_shot" not in trailers.json("analyze", film)[1]["flags"]
    assert [document["cuts"] for document in home.documents("features").values()] == [[], [5, 10, 15]]


def test_pictures_of_a_file_are_kept_unless_they_are_switched_off(
    trailers: Command, home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    film = make_film(tmp_path / "film.mp4", scenes(0, 3))
    trailers("analyze", film)
    assert [document["n"] for document in home.documents("stills").values()] == [3]
    monkeypatch.setenv("TRAILERS_STILLS", "off")
    trailers("analyze", "--force", film)
    assert home.documents("stills") == {}


def test_a_video_of_one_second_is_spoken_of_as_one(trailers: Command, tmp_path: Path) -> None:
    warnings = trailers.json("analyze", make_film(tmp_path / "black.mp4", [card("")]))[1]["warnings"]
    assert "The picture is black throughout, for 1 second: its frames say nothing of the film." in warnings
    assert "The video lasts 1 second, less than any trailer." in warnings


def test_a_video_with_a_scene_beside_damaged_black_seconds_is_not_black() -> None:
    vectors, seconds = np.zeros((10, 4), np.float32), np.arange(10.0)
    features = FrameFeatures("id", vectors, seconds, PROVENANCE, damaged=(9,), marks={"black": (*range(8), 9)})
    assert (is_black(features), features.usable.tolist()) == (False, [8])


def test_of_features_stored_before_there_were_marks_every_second_counts(home: Home) -> None:
    kept = home.add("youtube:BBBBBBBBBBB", labels=TrailerLabels(("War",), "imdb"), n_frames=5)
    home.store._access.database["features"].update_many({}, {"$unset": {"marks": ""}})
    loaded = home.store.features.load("youtube:BBBBBBBBBBB", kept.features_id)
    assert loaded is not None
    assert (loaded.marks, loaded.usable.tolist()) == ({}, [0, 1, 2, 3, 4])
    assert home.store.features.marks(kept.features_id, ["youtube:BBBBBBBBBBB"]) == {"youtube:BBBBBBBBBBB": {}}
