"""Models made of prompts; the vectors of captions and pictures are made up."""

import datetime
from pathlib import Path

import numpy as np
import pytest

from classifier.data.dataset import Dataset
from classifier.data.films import Films
from classifier.model import GenreModel
from classifier.ragged import Ragged
from classifier.training.card import format_card
from classifier.training.placing import PlacingOptions, place
from classifier.training.zero_shot import Prompts, ZeroShotOptions, make_zero_shot
from classifier.view import View
from classifier.warnings import ZERO_SHOT

DIM, SCALE, CREATED = 8, 20.0, datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
PROMPTS = Prompts({"Comedy": ("a joke", "a clown"), "Horror": ("a ghost",), "Western": ("a horse",)})
FEATURES = "clip_vit_b32-openai-00000000-r2"
CLIP = np.eye(DIM, dtype=np.float32)


@pytest.fixture
def model() -> GenreModel:
    options = ZeroShotOptions(name="zero", features_id=FEATURES, shares=np.array([0.4, 0.1, 0.02]), created_at=CREATED)
    return make_zero_shot(PROMPTS, CLIP[:4], scale=SCALE, options=options)


def test_a_genre_s_log_odds_are_those_of_its_share_and_how_much_nearer_its_captions_are(model: GenreModel) -> None:
    picture = (CLIP[2] + CLIP[5])[None] / np.sqrt(2)  # as near to a ghost as to what no caption says
    scores = {each.genre: each.score for each in model.predict({"poster": View(picture, FEATURES)}).genres}
    near = SCALE / np.sqrt(2)
    for genre, share, product in (("Comedy", 0.4, 0.0), ("Horror", 0.1, near), ("Western", 0.02, 0.0)):
        log_odds = np.log(share / (1 - share)) + product - near / 3
        assert scores[genre] == pytest.approx(1 / (1 + np.exp(-log_odds)), abs=1e-5)


def test_several_captions_of_a_genre_count_as_one_of_length_1(model: GenreModel) -> None:
    joke, clown, both = (
        model.predict({"poster": View(each[None], FEATURES)}).alone["poster"]["Comedy"]
        for each in (CLIP[0], CLIP[1], (CLIP[0] + CLIP[1]) / np.float32(np.sqrt(2)))
    )
    assert joke == pytest.approx(clown)
    assert both > joke


def test_the_file_of_such_a_model_predicts_the_same_and_it_says_that_it_has_seen_no_film(
    model: GenreModel, tmp_path: Path
) -> None:
    model.save(tmp_path / "zero.zip")
    trailer = {"trailer": View(CLIP[2:5], FEATURES, seconds=(0, 1, 2))}
    found = GenreModel.load(tmp_path / "zero.zip").predict(trailer)
    assert found.genres == model.predict(trailer).genres
    assert found.genres[0].genre == "Horror"
    assert ZERO_SHOT in found.warnings
    assert len(found.timeline["Horror"]) == 3
    assert not any("trained on posters" in each for each in found.warnings)


def test_with_nothing_to_predict_from_no_word_is_said_of_prompts(model: GenreModel) -> None:
    assert ZERO_SHOT not in model.predict({}).warnings


def test_the_card_names_each_prompt_and_no_calibration(model: GenreModel) -> None:
    card = format_card(model, PROMPTS)
    assert ZERO_SHOT in card
    assert "Comedy: a clown\n" in card
    assert "thresholds of even odds" in card
    assert "are calibrated on" not in card


def test_placed_on_labelled_trailers_it_no_longer_warns_of_trailers(model: GenreModel) -> None:
    random = np.random.default_rng(0)
    labels = random.random((60, 3)) < 0.4
    trailers = Dataset(
        X=Ragged.from_sequences(list(random.normal(size=(60, 2, DIM)).astype(np.float32))),
        Y=labels,
        known=np.ones_like(labels),
        genres=model.genres,
        ids=tuple(map(str, range(60))),
        groups=tuple(f"film {number // 2}" for number in range(60)),
        digests=("",) * 60,
        features_id=FEATURES,
    )
    options = PlacingOptions(name="placed", description="60 rows", created_at=CREATED)
    placed = place(model, Films.from_dataset(trailers), options)
    trailer, poster = ({name: View(CLIP[2:3], FEATURES)} for name in ("trailer", "poster"))
    assert ZERO_SHOT not in placed.predict(trailer).warnings
    assert ZERO_SHOT in placed.predict(poster).warnings
