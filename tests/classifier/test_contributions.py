"""What each modality adds to a verdict: to the letter for late joins, by leaving it out for others."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.contributions import contribute
from classifier.evaluation.calibration import Calibration
from classifier.joins.kinds import describe_join
from classifier.joins.late import ARRAYS, Late
from classifier.joins.stacked import Stacked
from classifier.model import GenreModel
from classifier.prediction import GenrePrediction
from classifier.verdict import log_odds
from classifier.view import View, join_names, subsets
from extractor.plots import WORDS_ID, read_plot
from extractor.titles import TITLE_ID, read_title
from tests.support.models import GENRES, PLOTS_AND_TITLES, make_joined_model

FEATURES = "made-up"
RANDOM = np.random.default_rng(3)
VIEWS = {
    "trailer": View(RANDOM.gamma(0.5, 0.8, (7, 2048)).astype(np.float32), FEATURES),
    "poster": View(RANDOM.gamma(0.5, 0.8, (1, 2048)).astype(np.float32), FEATURES),
    "plot": View(read_plot("a ghost and a joke").vectors, WORDS_ID),
    "title": View(read_title("The Fight", year=1995).vectors, TITLE_ID),
}


def random_numbers(model: GenreModel, *, seed: int, joined: type[Late | Stacked] = Late) -> GenreModel:
    """Return the model with made-up weights, slopes, calibrations and shares."""
    random = np.random.default_rng(seed)
    arrays = {}
    for name, shape in joined.shapes(model.join.modalities, len(GENRES)).items():
        arrays[name] = random.uniform(0.1, 1, shape).astype(np.float32)
    if joined is Late:
        of = np.array([[each in one for each in model.join.modalities] for one in subsets(model.join.modalities)])
        arrays[ARRAYS[0]] = (arrays[ARRAYS[0]] * of).astype(np.float32)
        arrays[ARRAYS[0]] /= arrays[ARRAYS[0]].sum(axis=1, keepdims=True)
    join = joined(model.join.members, arrays)
    whole = model.manifest.whole
    decisions = {
        join_names(one): replace(
            whole, slopes=tuple(random.uniform(0.3, 2, 4)), intercepts=tuple(random.normal(0, 1, 4))
        )
        for one in subsets(join.modalities)
    }
    priors = tuple(random.uniform(0.05, 0.6, 4))
    manifest = replace(model.manifest, head=describe_join(join)[0], decisions=decisions, priors=priors)
    return GenreModel(manifest, join, model.seen)


@pytest.fixture(scope="module")
def joined() -> GenreModel:
    return make_joined_model(FEATURES, scale=0.02, texts=PLOTS_AND_TITLES)


def score(prediction: GenrePrediction, genre: str) -> float:
    return next(each.score for each in prediction.genres if each.genre == genre)


@given(names=st.sets(st.sampled_from(sorted(VIEWS)), min_size=1), seed=st.integers(0, 2**32))
def test_the_parts_of_a_late_join_and_the_genres_share_add_up_to_the_score(names: set[str], seed: int) -> None:
    model = random_numbers(make_joined_model(FEATURES, scale=0.02, texts=PLOTS_AND_TITLES), seed=seed)
    prediction = model.predict({name: view for name, view in VIEWS.items() if name in names})
    assert set(prediction.alone) == set(prediction.modalities) == names
    for place, genre in enumerate(GENRES):
        base = float(log_odds(np.array(model.manifest.priors))[place])
        total = base + sum(prediction.contributions[genre].values())
        assert 1 / (1 + np.exp(-total)) == pytest.approx(score(prediction, genre), abs=1e-6)


def test_each_modalitys_own_scores_are_those_it_would_have_alone(joined: GenreModel) -> None:
    prediction = joined.predict(VIEWS)
    for name, view in VIEWS.items():
        alone = joined.predict({name: view})
        assert prediction.alone[name] == {each.genre: each.score for each in alone.genres} == alone.alone[name]


def test_a_modality_that_says_what_the_shares_say_adds_nothing(joined: GenreModel) -> None:
    model = GenreModel(replace(joined.manifest, priors=(0.5,) * 4), joined.join, joined.seen)
    silent = View(read_title("Nothing").vectors, TITLE_ID)
    found = model.predict({"plot": VIEWS["plot"], "title": silent}).contributions
    assert {genre: parts["title"] for genre, parts in found.items()} == dict.fromkeys(GENRES, 0.0)
    assert found["Horror"]["plot"] > 0


def test_other_joins_tell_what_leaving_a_modality_out_takes_away(joined: GenreModel) -> None:
    model = random_numbers(joined, seed=5, joined=Stacked)
    whole = model.predict(VIEWS)
    without = model.predict({name: view for name, view in VIEWS.items() if name != "title"})
    for genre in GENRES:
        odds = [np.log(score(each, genre) / (1 - score(each, genre))) for each in (whole, without)]
        assert whole.contributions[genre]["title"] == pytest.approx(odds[0] - odds[1], abs=1e-6)


def test_with_nothing_to_look_at_nothing_is_said(joined: GenreModel) -> None:
    prediction = joined.predict({})
    assert (prediction.alone, prediction.contributions) == ({}, {})


def test_weights_that_cancel_out_divide_the_rest_alike(joined: GenreModel) -> None:
    arrays = {**joined.join.arrays(), "weights": np.zeros((7, 3), np.float32)}
    late = Late(joined.join.members, arrays)
    seen = {name: VIEWS[name].vectors for name in ("plot", "title")}
    parts = contribute(
        late,
        seen,
        branches={name: name for name in seen},
        calibration=Calibration(np.ones(4), np.ones(4)),
        base=np.zeros(4),
        log_odds=lambda some: np.zeros(4),
    )
    assert {name: part.tolist() for name, part in parts.items()} == dict.fromkeys(seen, [0.5] * 4)
