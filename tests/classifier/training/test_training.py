"""Training on synthetic features: what can be learnt is learnt, what can't is not claimed, nothing leaks."""

import dataclasses
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from classifier.data.dataset import Dataset
from classifier.data.films import Films
from classifier.data.split import Split, make_split
from classifier.errors import BadTrainingData, LeakingSplit
from classifier.heads.base import Monitor
from classifier.heads.projection import fit_projection
from classifier.joins.kinds import describe_join
from classifier.ragged import Ragged
from classifier.training.card import format_card
from classifier.training.options import TrainingListener, TrainingOptions
from classifier.training.training import TrainedModel, train
from classifier.verdict import sigmoid
from classifier.views import Part, Views

GENRES = ("Action", "Comedy", "Drama", "Horror")
DIM = 64
OPTIONS = TrainingOptions(
    name="synthetic",
    description="synthetic features",
    created_at=datetime(2026, 11, 20, tzinfo=UTC),
    heads=("logistic_mean",),
)


@cache
def synthetic(*, strength: float, n: int = 900, seed: int = 4) -> Dataset:
    """Return rows whose genres hang on ten hidden directions of the features, as much as `strength`."""
    rng = np.random.default_rng(seed)
    hidden = rng.normal(size=(n, 10))
    features = (5 + hidden @ rng.normal(size=(10, DIM)) + 0.5 * rng.normal(size=(n, DIM))).astype(np.float32)
    logits = strength * hidden[:, : len(GENRES)] + np.array([-1.5, -0.5, 0.0, -2.0])
    labels = rng.random(logits.shape) < sigmoid(logits)
    return Dataset(
        X=Ragged.singles(features),
        Y=labels,
        known=np.ones_like(labels),
        genres=GENRES,
        ids=tuple(f"row {n}" for n in range(n)),
        groups=tuple(f"film {n // 2}" for n in range(n)),
        digests=("",) * n,
        features_id="inception_v3-synthetic-00000000-r2",
    )


@cache
def trained(*, strength: float) -> TrainedModel:
    data = synthetic(strength=strength)
    return train(data, make_split(data, seed=0), OPTIONS)


def changed(**changes: Any) -> Dataset:
    return dataclasses.replace(synthetic(strength=3.0), **changes)


def views_of(data: Dataset) -> Views:
    return Views({data.modality: Part(data.X, np.arange(len(data)), data.features_id)})


def test_what_can_be_learnt_is_found_far_above_the_prior() -> None:
    report = trained(strength=3.0).report
    assert report.evaluation.macro_ap > report.baselines["prior"].macro_ap + 0.35
    assert report.evaluation.figures["macro_auc"] > 0.85
    assert report.evaluation.figures["macro_f1"] > report.baselines["prior top-3"].figures["macro_f1"] + 0.1


def test_labels_without_meaning_stay_near_the_prior() -> None:
    report = trained(strength=0.0).report
    assert report.evaluation.macro_ap < report.baselines["prior"].macro_ap + 0.12
    assert abs(report.evaluation.figures["macro_auc"] - 0.5) < 0.15


@pytest.mark.parametrize("strength", [0.0, 3.0])
def test_the_scores_are_probabilities_their_mean_is_the_share_of_each_genre(strength: float) -> None:
    data = synthetic(strength=strength)
    scores = trained(strength=strength).model.scores(views_of(data))
    assert np.abs(scores.mean(axis=0) - data.Y.mean(axis=0)).max() < 0.08


def test_equal_data_and_options_give_equal_bytes_and_another_time_another_id() -> None:
    data = synthetic(strength=3.0)
    split = make_split(data, seed=0)
    again = train(data, split, OPTIONS).model
    later = train(data, split, dataclasses.replace(OPTIONS, created_at=datetime(2027, 1, 1, tzinfo=UTC))).model
    assert again.to_bytes() == trained(strength=3.0).model.to_bytes()
    assert later.model_id != again.model_id


def test_films_of_one_modality_train_the_model_that_a_data_set_of_it_does() -> None:
    data = synthetic(strength=3.0)
    ours, theirs = train(Films.from_dataset(data), make_split(data, seed=0), OPTIONS).model, trained(strength=3.0).model
    assert describe_join(ours.join)[1]["coef"].tobytes() == describe_join(theirs.join)[1]["coef"].tobytes()
    assert (ours.manifest.decisions, ours.manifest.metrics) == (theirs.manifest.decisions, theirs.manifest.metrics)


def test_the_manifest_names_data_split_and_the_figures_of_the_test_part() -> None:
    result, data = trained(strength=3.0), synthetic(strength=3.0)
    trained_on = result.model.manifest.trained_on
    assert result.model.manifest.metrics == {
        **result.report.evaluation.figures,
        "macro_ap_low": result.report.intervals["macro_ap"].low,
        "macro_ap_of_prior": result.report.baselines["prior"].macro_ap,
    }
    assert (trained_on.data_sha256, trained_on.split_sha256) == (data.sha256, make_split(data, seed=0).sha256)
    sizes = (trained_on.n_train, trained_on.n_validation, trained_on.n_test)
    assert sizes == pytest.approx((576, 144, 180), abs=20)
    assert data.sha256 != changed(groups=("one",) * 900).sha256


def test_a_model_knows_the_films_it_was_made_with_and_no_others() -> None:
    data, seen = synthetic(strength=3.0), trained(strength=3.0).model.seen
    parts = make_split(data, seed=0).parts
    assert all((group in seen) == (parts[row] != "test") for row, group in zip(data.ids, data.groups, strict=True))


def test_a_shuffled_test_part_does_not_change_what_was_learnt() -> None:
    """The test part is looked at last: other features there change the figures and nothing else."""
    data = synthetic(strength=3.0)
    split = make_split(data, seed=0)
    test = np.array([split.parts[row] == "test" for row in data.ids])
    features = data.X.values.copy()
    features[test] = features[test][::-1]
    other = train(dataclasses.replace(data, X=Ragged.singles(features)), split, OPTIONS)
    ours, theirs = (result.model.join.arrays()["coef"] for result in (trained(strength=3.0), other))
    assert np.array_equal(ours, theirs)
    assert other.model.manifest.whole.thresholds == trained(strength=3.0).model.manifest.whole.thresholds
    assert other.report.evaluation.macro_ap < trained(strength=3.0).report.evaluation.macro_ap


def test_rare_genres_are_left_out_and_named_with_their_rows() -> None:
    data = synthetic(strength=3.0)
    labels = np.column_stack([data.Y, np.arange(900) < 12])
    wide = dataclasses.replace(data, Y=labels, known=np.ones_like(labels), genres=(*GENRES, "Western"))
    result = train(wide, make_split(wide, seed=0), OPTIONS)
    assert result.report.rare == {"Western": 12}
    assert result.model.genres == GENRES
    assert "Western (12)" in str(result.report)


def test_a_genre_that_no_row_is_known_to_lack_is_left_out() -> None:
    data = synthetic(strength=3.0)
    has_it = (np.arange(900) % 2 == 0)[:, None]
    wide = dataclasses.replace(
        data, Y=np.hstack([data.Y, has_it]), known=np.hstack([data.known, has_it]), genres=(*GENRES, "Sport")
    )
    assert wide.with_common_genres(20)[1] == {"Sport": 0}
    assert wide.with_common_genres(20)[0].genres == GENRES


def test_labels_that_are_unknown_change_nothing() -> None:
    data = synthetic(strength=3.0)
    known = np.ones_like(data.Y)
    known[::3, 1] = False
    hidden = dataclasses.replace(data, Y=data.Y & known, known=known)
    split = make_split(hidden, seed=0)
    result = train(hidden, split, OPTIONS)
    shown = hidden.Y[known[:, 1], 1].mean()
    assert result.model.scores(views_of(data))[:, 1].mean() == pytest.approx(shown, abs=0.06)
    assert result.report.evaluation.n_unknown > 0


def test_a_prior_is_the_share_of_the_rows_where_the_genre_is_known() -> None:
    data = synthetic(strength=0.0)
    labels, known = np.zeros_like(data.Y), np.ones_like(data.Y)
    labels[:40, 0], known[50:, 0] = True, False
    labels[:450, 1] = True
    assert dataclasses.replace(data, Y=labels, known=known).priors.tolist() == [0.8, 0.5, 0.0, 0.0]


@pytest.mark.slow
def test_several_heads_are_tried_and_an_average_is_taken_only_when_it_is_surely_better() -> None:
    said: list[str] = []
    data = synthetic(strength=1.0)
    options = dataclasses.replace(OPTIONS, heads=("logistic_mean", "forest"))
    result = train(data, make_split(data, seed=0), options, listener=TrainingListener(say=said.append))
    assert [each.name for each in result.report.candidates] == ["logistic_mean", "forest"]
    compared = [line for line in said if " against " in line]
    won = "ensemble" in result.model.manifest.head.label
    assert won == any(line.rpartition("(")[2].startswith("+0") for line in compared)


@pytest.mark.slow
def test_a_training_that_was_cut_off_goes_on_with_the_heads_it_had(tmp_path: Path) -> None:
    data = synthetic(strength=3.0)
    split = make_split(data, seed=0)
    options = dataclasses.replace(OPTIONS, heads=("logistic_mean", "forest"))
    fitted: list[str] = []

    def monitor(head: str) -> Monitor:
        return _Cut(head, fitted, cut_at="forest")

    with pytest.raises(KeyboardInterrupt):
        train(data, split, options, folder=tmp_path, listener=TrainingListener(monitor=monitor))
    train(
        data,
        split,
        options,
        folder=tmp_path,
        listener=TrainingListener(monitor=lambda head: _Cut(head, fitted, cut_at="")),
    )
    assert fitted.count("logistic_mean") == fitted.index("forest")  # not one step of it was made again


class _Cut(Monitor):
    def __init__(self, head: str, fitted: list[str], *, cut_at: str) -> None:
        self._head, self._fitted, self._cut_at = head, fitted, cut_at

    def step(self, done: int, total: int, figures: Any) -> None:
        self._fitted.append(self._head)
        if self._head == self._cut_at:
            raise KeyboardInterrupt


def test_the_report_shows_the_model_beside_the_baselines_and_every_genre() -> None:
    text = str(trained(strength=3.0).report)
    assert all(name in text for name in ("model", "prior top-3", "random", "nothing", "everything", *GENRES))


@pytest.mark.parametrize(
    ("changes", "way_out"),
    [
        ({"X": Ragged.singles(np.full((900, DIM), np.nan, np.float32))}, "compute them again"),
        ({"X": Ragged.singles(np.zeros((899, DIM), np.float32))}, "a row of labels for every row"),
        ({"Y": np.zeros((900, 4), np.int64)}, "booleans"),
        ({"known": np.zeros((900, 4), np.bool_)}, "nothing is known"),
        ({"groups": ("a",) * 10}, "give one for each"),
        ({"ids": ("a",) * 900}, "named twice"),
        ({"genres": ("Action", "Action", "Drama", "Horror")}, "join them"),
    ],
)
def test_a_set_that_can_not_train_is_refused_with_the_way_out(changes: dict[str, Any], way_out: str) -> None:
    with pytest.raises(BadTrainingData, match=way_out):
        changed(**changes)


@pytest.mark.parametrize(
    ("changes", "way_out"),
    [
        ({"Y": np.zeros((900, 4), bool)}, "more labelled rows"),
        ({"Y": np.ones((900, 4), bool)}, "more labelled rows"),
        ({"groups": ("one",) * 900}, "at least one for each part"),
    ],
)
def test_labels_of_one_class_or_one_group_are_refused(changes: dict[str, Any], way_out: str) -> None:
    data = changed(**changes)
    with pytest.raises(BadTrainingData, match=way_out):
        train(data, make_split(data, seed=0), OPTIONS)


def test_a_split_that_tests_on_what_was_trained_on_is_refused_or_stamped() -> None:
    data = synthetic(strength=3.0)
    leaking = Split(0, data.sha256, {row: ("train", "validation", "test")[n % 3] for n, row in enumerate(data.ids)})
    with pytest.raises(LeakingSplit, match="450 groups"):
        train(data, leaking, OPTIONS)
    allowed = train(data, leaking, dataclasses.replace(OPTIONS, allow_leaks=True))
    leaks = "450 groups (films or franchises) in more than one part, 300 of 300 test rows"
    assert allowed.model.manifest.trained_on.description == f"synthetic features; leaks were allowed: {leaks}"
    for text in (str(allowed.report), format_card(allowed.model, allowed.report)):
        assert leaks in text
        assert "is in two of them" not in text


def test_a_feature_that_only_rounding_moves_counts_for_nothing() -> None:
    vectors = np.random.default_rng(0).normal(size=(200, 6)).astype(np.float32)
    vectors[:, 2] *= 1e-33
    basis = fit_projection(vectors, n_components=6, whitening=0.5, seed=0).basis
    assert basis.shape == (6, 5)
    assert np.abs(basis[2]).max() < 1e-6


def test_a_projection_folds_into_one_map_on_raw_features() -> None:
    vectors = synthetic(strength=3.0).X.values
    projection = fit_projection(vectors, n_components=8, whitening=1.0, seed=0)
    coef, intercept = np.arange(16.0).reshape(2, 8), np.array([1.0, -1.0])
    folded, shift = projection.fold(coef, intercept)
    assert vectors @ folded.T + shift == pytest.approx(projection.apply(vectors) @ coef.T + intercept)
    assert projection.apply(vectors).std(axis=0) == pytest.approx(np.ones(8))
