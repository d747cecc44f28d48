"""Placing a model of posters on trailers, whose logits lie elsewhere than posters' do."""

from dataclasses import replace
from datetime import UTC, datetime
from functools import cache

import numpy as np
import pytest

from classifier.data.films import Films
from classifier.errors import BadTrainingData, FeaturesMismatch
from classifier.evaluation.metrics import macro_ap
from classifier.evaluation.placement import fit_placement, match
from classifier.genre_sets import GenreSets
from classifier.joins.late import Late
from classifier.model import GenreModel
from classifier.ragged import Ragged
from classifier.training.card import format_card
from classifier.training.placing import PlacingOptions, place
from classifier.training.placing_report import PlacingReport, report_placing
from classifier.verdict import log_odds
from classifier.view import View
from classifier.views import Part, Views
from extractor.plots import WORDS_ID, read_plot
from tests.support.models import DIM, GENRES, TELLING, make_joined_model, make_model

FEATURES = "inception_v3-imagenet-1a2b3c4d-r2"
OPTIONS = PlacingOptions(name="placed", description="drawn trailers", created_at=datetime(2026, 1, 2, tzinfo=UTC))
N = 90


def make_trailers(model: GenreModel, *, n: int = N, with_plots: bool = False) -> Films:
    """Return trailers, three of a film, whose frames tell the genres to the head, all from the same wrong place."""
    random = np.random.default_rng(3)
    Y = random.random((n, len(GENRES))) < np.array([0.5, 0.4, 0.3, 0.2])
    coef = model.join.members["poster"].arrays()["coef"].astype(np.float64)
    towards = np.linalg.pinv(coef)  # (DIM, genres): the features that raise one logit alone
    logits = 2.0 * Y + random.normal(0, 1, Y.shape) + np.array([-6.0, 3.0, 9.0, 0.0])
    frames = (towards @ logits.T).T[:, None, :] + random.normal(0, 0.01, (n, 4, DIM))
    parts = {"trailer": Part(Ragged.from_sequences(list(frames.astype(np.float32))), np.arange(n), FEATURES)}
    if with_plots:
        words = [" ".join(word for word, genre in TELLING.items() if row[GENRES.index(genre)]) + " a" for row in Y]
        plots = Ragged.from_sequences([read_plot(text).vectors for text in words])
        parts["plot"] = Part(plots, np.arange(n), WORDS_ID)
    groups = tuple(f"trailer of {row // 3}" for row in range(n))
    return Films(
        views=Views(parts),
        Y=Y,
        known=np.ones_like(Y),
        genres=GENRES,
        ids=tuple(f"file:{row}" for row in range(n)),
        groups=groups,
        digests=("",) * n,
    )


@cache
def placed_model() -> tuple[GenreModel, Films, GenreModel]:
    model = make_joined_model(FEATURES)
    films = make_trailers(model, with_plots=True)
    return model, films, place(model, films, OPTIONS)


@cache
def placing_report() -> PlacingReport:
    model, films, _ = placed_model()
    return report_placing(model, films, OPTIONS)


def test_trailers_that_all_pass_one_genre_are_told_apart_once_placed() -> None:
    model, films, placed = placed_model()
    alone = films.views.only(("trailer",))
    assert (model.scores(alone).argmax(axis=1) == GENRES.index("Drama")).all()  # the logits lie in the wrong place
    assert np.bincount(placed.scores(alone).argmax(axis=1)).max() < 0.7 * N


def test_placed_scores_are_at_the_shares_that_the_model_states_not_those_of_the_trailers() -> None:
    random = np.random.default_rng(0)
    labels = random.random((4000, 2)) < np.array([0.5, 0.3])
    logits = random.normal(0, 1, labels.shape) + 1.5 * labels + 7
    here = fit_placement(logits, labels, known=np.ones_like(labels), shares=labels.mean(axis=0))
    there = fit_placement(logits, labels, known=np.ones_like(labels), shares=np.array([0.1, 0.3]))
    scores = 1 / (1 + np.exp(-here.apply(logits)))
    assert scores.mean(axis=0) == pytest.approx(labels.mean(axis=0), abs=0.01)
    assert there.intercept - here.intercept == pytest.approx([np.log(0.1 / 0.9) - np.log(0.5 / 0.5), 0], abs=0.05)


def test_a_genre_of_few_labels_borrows_slope_and_intercept_of_the_others() -> None:
    random = np.random.default_rng(0)
    labels = random.random((200, 3)) < 0.4
    logits = random.normal(0, 1, labels.shape) + 2 * labels
    labels[:, 2] = np.arange(200) < 3
    found = fit_placement(logits, labels, known=np.ones_like(labels), shares=np.full(3, 0.4))
    unit = found.slope * logits.std(axis=0)
    assert unit == pytest.approx(np.full(3, unit[0]))
    at_mean = found.apply(logits.mean(axis=0))
    assert at_mean[2] == pytest.approx(at_mean[:2].mean())


def test_the_model_file_of_a_placed_model_is_equal_bytes_when_it_is_written_again() -> None:
    model, _, placed = placed_model()
    again = GenreModel.from_bytes(placed.to_bytes())
    assert again.to_bytes() == placed.to_bytes()
    assert again.manifest.placed_on is not None
    assert again.manifest.placed_on.n_trailers == N
    assert b"placed_on" not in model.to_bytes()[:20_000]


@cache
def placed_with_sets() -> GenreModel:
    """The same, placed again by a model that knows which genres its training films had together."""
    model, films, _ = placed_model()
    sets = GenreSets(np.array([[1, 0, 0, 1], [0, 1, 1, 0], [0, 0, 1, 0]], dtype=np.bool_), np.array([5, 3, 9]))
    told = replace(model, manifest=replace(model.manifest, genre_sets=sets.to_hex()))
    return GenreModel.from_bytes(place(told, films, OPTIONS).to_bytes())


def test_genres_of_a_trailer_speak_for_each_other_and_the_parts_still_sum_to_the_score() -> None:
    _, films, plain = placed_model()
    placed = placed_with_sets()
    views = films.views.take(np.arange(5))
    assert not np.allclose(placed.scores(views), plain.scores(views))
    base = log_odds(np.array(placed.manifest.priors))
    for row in range(5):
        frames, plot = (views.parts[name].sequences[row] for name in ("trailer", "plot"))
        prediction = placed.predict({"trailer": View(frames, FEATURES), "plot": View(plot, WORDS_ID)})
        for score in prediction.genres:
            parts = prediction.contributions[score.genre]
            assert set(parts) == {"trailer", "plot", "other_genres"}
            total = base[GENRES.index(score.genre)] + sum(parts.values())
            assert 1 / (1 + np.exp(-total)) == pytest.approx(score.score, abs=1e-6)


def test_genres_that_speak_for_each_other_change_no_second_and_no_film_without_a_trailer() -> None:
    _, films, plain = placed_model()
    placed = placed_with_sets()
    frames = {"trailer": View(films.views.parts["trailer"].sequences[0], FEATURES)}
    assert placed.predict(frames).timeline == plain.predict(frames).timeline
    plots = films.views.only(("plot",))
    np.testing.assert_array_equal(placed.scores(plots), plain.scores(plots))
    of_plot = placed.predict({"plot": View(films.views.parts["plot"].sequences[0], WORDS_ID)})
    assert set(of_plot.contributions["Drama"]) == {"plot"}


def test_other_shares_move_genres_that_speak_for_each_other_as_far_as_all_others() -> None:
    placed, films = placed_with_sets(), placed_model()[1]
    shares = np.array([0.6, 0.1, 0.25, 0.4])
    moved = placed.moved(trailer=None, shares=shares, placement=None).log_odds(films.views)
    expected = placed.log_odds(films.views) + log_odds(shares) - log_odds(np.array(placed.manifest.priors))
    np.testing.assert_allclose(moved, expected, atol=1e-9)


def test_films_without_their_trailer_are_predicted_as_before() -> None:
    model, films, placed = placed_model()
    plots = films.views.only(("plot",))
    np.testing.assert_allclose(placed.scores(plots), model.scores(plots), atol=1e-6)
    assert placed.manifest.decisions["poster+plot"] == model.manifest.decisions["poster+plot"]


def test_a_model_of_posters_alone_says_the_same_of_posters_once_it_is_placed() -> None:
    model = make_model(FEATURES, scale=0.0001)
    slopes = replace(model.manifest.whole, slopes=(2.0,) * 4, intercepts=(-1.0,) * 4)
    model = replace(model, manifest=replace(model.manifest, decisions={"poster": slopes}))
    placed = GenreModel.from_bytes(place(model, make_trailers(model), OPTIONS).to_bytes())
    poster = Views.of_one({"poster": np.ones((1, DIM), np.float32)})
    np.testing.assert_allclose(placed.scores(poster), model.scores(poster), atol=1e-6)


def test_a_placed_model_predicts_a_trailer_without_the_warning_and_its_seconds_average_to_it() -> None:
    _, films, placed = placed_model()
    minute = np.tile(films.views.parts["trailer"].X[0], (15, 1))
    view = View(minute.astype(np.float32), FEATURES)
    prediction = placed.predict({"trailer": view})
    assert prediction.modalities == ("trailer",)
    assert not any("treat its scores as a hint" in warning for warning in prediction.warnings)
    seconds = np.array(prediction.timeline["Action"])
    (action,) = (row.score for row in prediction.genres if row.genre == "Action")
    assert np.log(seconds / (1 - seconds)).mean() == pytest.approx(np.log(action / (1 - action)), abs=1e-4)


def test_what_a_plot_adds_counts_beside_a_placed_trailer() -> None:
    _, films, placed = placed_model()
    assert isinstance(placed.join, Late)
    weights = placed.join.weights(("trailer", "plot"))
    assert sum(weights.values()) == pytest.approx(1)
    alone = films.views.only(("trailer",))
    both, frames = (macro_ap(films.Y, placed.scores(views), known=films.known) for views in (films.views, alone))
    assert both > frames


def test_the_report_tells_before_and_after_on_trailers_that_the_placement_has_not_seen() -> None:
    _, _, placed = placed_model()
    report = placing_report()
    assert report.evaluation.figures["hit_at_1"] > report.as_posters.figures["hit_at_1"] + 0.1
    assert list(report.choices) == ["trailer", "trailer+plot"]
    assert report.metrics["macro_ap_low"] <= report.metrics["macro_ap"]
    card = format_card(placed, report)
    assert "- **placed on**: 90 trailers of 30 films: drawn trailers" in card
    assert "It has never seen a trailer" not in card


def test_a_placed_model_knows_the_films_it_was_placed_on_and_placed_again_is_the_same() -> None:
    _, films, placed = placed_model()
    assert films.groups[0] in placed.seen
    assert "film 1" in placed.seen
    assert place(placed, films, OPTIONS).to_bytes() == placed.to_bytes()


def test_a_verdict_from_frames_alone_says_how_often_the_first_genre_was_right() -> None:
    _, films, placed = placed_model()
    told = replace(placed, manifest=replace(placed.manifest, metrics={"hit_at_1": 0.625}))
    words = read_plot("a war")
    views = {
        "trailer": View(films.views.parts["trailer"].X[0], FEATURES),
        "plot": View(words.vectors, WORDS_ID, words=words.words),
    }
    (note, *_) = told.predict({"trailer": views["trailer"]}).warnings
    assert note == (
        "This model reads frames as 90 labelled trailers taught it: from frames alone a right genre came first for "
        "62% of those that it had not seen."
    )
    assert not any("from frames alone" in each for each in told.predict(views).warnings)


def test_what_few_seconds_say_is_drawn_to_the_shares_and_a_minute_is_believed() -> None:
    model, films, placed = placed_model()
    head, base = placed.join.members["trailer"], log_odds(np.array(model.manifest.priors))
    second = films.views.parts["trailer"].X[0][:1]
    whole = head.timeline(second)[0]
    for n, share in ((1, 7 / 66), (10, 7 / 12), (60, 1.0), (61, 1.0), (600, 1.0)):
        found = head.logits(Ragged.from_sequences([np.repeat(second, n, axis=0)]))[0]
        np.testing.assert_allclose(found, base + share * (whole - base), atol=1e-4)
    again = GenreModel.from_bytes(placed.to_bytes()).join.members["trailer"]
    np.testing.assert_array_equal(again.logits(Ragged.singles(second)), head.logits(Ragged.singles(second)))


def test_a_model_placed_by_a_version_that_did_not_keep_the_films_apart_loads_as_it_was() -> None:
    _, _, placed = placed_model()
    assert placed.manifest.placed_on is not None
    old = replace(placed, manifest=replace(placed.manifest, placed_on=replace(placed.manifest.placed_on, seen=None)))
    assert GenreModel.from_bytes(old.to_bytes()).to_bytes() == old.to_bytes()


def test_what_can_not_be_placed_is_refused_with_the_reason() -> None:
    model, films, _ = placed_model()
    trailers = make_model(FEATURES, modality="trailer")
    with pytest.raises(BadTrainingData, match="has learnt from trailers"):
        place(trailers, films, OPTIONS)
    with pytest.raises(BadTrainingData, match="15 labelled trailers of 5 films"):
        place(model, films.rows(np.arange(N) < 15), OPTIONS)
    others = replace(films, views=Views({"trailer": replace(films.views.parts["trailer"], features_id="other-r2")}))
    with pytest.raises(FeaturesMismatch, match="other-r2"):
        place(model, others, OPTIONS)
    narrow = replace(films.views.parts["trailer"], X=Ragged.from_sequences([np.ones((2, 7), np.float32)] * N))
    with pytest.raises(FeaturesMismatch, match=f"have 7 numbers a second, but model 'joined' reads {DIM}"):
        place(model, replace(films, views=Views({"trailer": narrow})), OPTIONS)


def test_the_fewest_trailers_that_can_be_placed_are_counted_as_given_not_as_left_by_a_fold() -> None:
    model = make_joined_model(FEATURES)
    films = make_trailers(model, n=30)
    films = replace(films, groups=tuple(f"trailer of {row // 2}" for row in range(30)))
    assert report_placing(model, films, OPTIONS).n_films == 15
    with pytest.raises(BadTrainingData, match="29 labelled trailers of 15 films"):
        report_placing(model, films.rows(np.arange(30) < 29), OPTIONS)
    with pytest.raises(BadTrainingData, match="30 labelled trailers of 1 film or franchise"):
        report_placing(model, replace(films, groups=("one",) * 30), OPTIONS)


def test_rows_that_are_all_alike_are_not_torn_apart_by_rounding() -> None:
    alike = np.full(2, 1e-17)
    found = match(np.full(2, 3.0), alike, to_means=np.full(2, -1.0), to_spreads=np.full(2, 0.5))
    assert found.apply(np.array([3.1, 3.0])) == pytest.approx([4.0, -1.0])
