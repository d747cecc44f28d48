"""Training on synthetic features: what can be learnt is learnt, what can't is not claimed."""

import dataclasses
from datetime import UTC, datetime
from functools import cache
from typing import Any

import numpy as np
import pytest

from classifier.calibration import fit_platt
from classifier.errors import BadTrainingData
from classifier.linear import DIM
from classifier.projection import fit_projection
from classifier.splits import grouped_stratified_folds
from classifier.thresholds import choose_thresholds
from classifier.training import Trained, TrainingOptions, train_pooled
from classifier.training_set import TrainingSet
from classifier.verdict import sigmoid

GENRES = ("Action", "Comedy", "Drama", "Horror")
OPTIONS = TrainingOptions(
    name="synthetic",
    description="synthetic features",
    modality="trailer",
    features_id="inception_v3-synthetic-00000000-r1",
    created_at=datetime(2026, 11, 20, tzinfo=UTC),
    penalties=(0.01, 0.1),
    components=(20,),
)


@cache
def synthetic(*, strength: float, n: int = 600, seed: int = 4) -> TrainingSet:
    """Return rows whose genres hang on ten hidden directions of the features, as much as `strength`."""
    rng = np.random.default_rng(seed)
    hidden = rng.normal(size=(n, 10))
    spread = rng.normal(size=(10, DIM))
    features = (5 + hidden @ spread + 0.5 * rng.normal(size=(n, DIM))).astype(np.float32)
    logits = strength * hidden[:, : len(GENRES)] + np.array([-1.5, -0.5, 0.0, -2.0])
    labels = rng.random(logits.shape) < sigmoid(logits)
    return TrainingSet(features, labels, GENRES, tuple(f"film {n // 2}" for n in range(n)))


@cache
def trained(*, strength: float) -> Trained:
    return train_pooled(synthetic(strength=strength), OPTIONS)


def changed(**changes: Any) -> TrainingSet:
    return dataclasses.replace(synthetic(strength=3.0), **changes)


def test_what_can_be_learnt_is_found_far_above_the_prior() -> None:
    report = trained(strength=3.0).report
    assert report.evaluation.macro_ap > report.baselines["prior"].macro_ap + 0.35
    assert report.evaluation.macro_auc > 0.85
    assert report.evaluation.macro_f1 > report.baselines["prior"].macro_f1 + 0.1


def test_labels_without_meaning_stay_near_the_prior() -> None:
    report = trained(strength=0.0).report
    assert report.evaluation.macro_ap < report.baselines["prior"].macro_ap + 0.12
    assert abs(report.evaluation.macro_auc - 0.5) < 0.15


@pytest.mark.parametrize("strength", [0.0, 3.0])
def test_the_scores_are_probabilities_their_mean_is_the_share_of_each_genre(strength: float) -> None:
    model, data = trained(strength=strength).model, synthetic(strength=strength, seed=4)
    scores = sigmoid(model.head.logits(data.X.astype(np.float64)))
    assert np.abs(scores.mean(axis=0) - data.Y.mean(axis=0)).max() < 0.06


def test_scores_of_meaningless_labels_hardly_leave_the_share() -> None:
    model, data = trained(strength=0.0).model, synthetic(strength=0.0)
    assert sigmoid(model.head.logits(data.X.astype(np.float64))).std(axis=0).max() < 0.1


def test_equal_data_and_options_give_equal_bytes_another_time_another_id_and_each_fold_a_line() -> None:
    data = synthetic(strength=3.0)
    again = train_pooled(data, OPTIONS).model
    later = train_pooled(data, dataclasses.replace(OPTIONS, created_at=datetime(2027, 1, 1, tzinfo=UTC))).model
    assert again.to_bytes() == trained(strength=3.0).model.to_bytes()
    assert later.model_id != again.model_id
    assert later.head.to_npz() == again.head.to_npz()


def test_the_manifest_names_the_data_and_the_figures_of_the_test_part() -> None:
    result = trained(strength=3.0)
    manifest = result.model.manifest
    assert manifest.metrics == result.report.evaluation.metrics()
    assert manifest.trained_on.data_sha256 == synthetic(strength=3.0).sha256
    assert manifest.trained_on.n_train + manifest.trained_on.n_test == 600
    assert manifest.trained_on.n_test == pytest.approx(120, abs=5)
    assert manifest.trained_on.data_sha256 != changed(groups=("one",) * 600).sha256


def test_one_shuffled_test_fold_does_not_change_what_was_learnt() -> None:
    """The test part is looked at last: other labels there change the figures and nothing else."""
    data = synthetic(strength=3.0)
    result = trained(strength=3.0)
    test = grouped_stratified_folds(data.Y, data.groups, n_folds=5, seed=0) == 0
    features = data.X.copy()
    features[test] = features[test][::-1]
    other = train_pooled(dataclasses.replace(data, X=features), OPTIONS)
    assert other.model.head.to_npz() == result.model.head.to_npz()
    assert other.model.manifest.thresholds == result.model.manifest.thresholds
    assert other.report.evaluation.macro_ap < result.report.evaluation.macro_ap


def test_rare_genres_are_left_out_and_named_with_their_rows() -> None:
    data = synthetic(strength=3.0)
    labels = np.column_stack([data.Y, np.arange(600) < 12])
    wide = dataclasses.replace(data, Y=labels, genres=(*GENRES, "Western"))
    result = train_pooled(wide, OPTIONS)
    assert result.report.rare == {"Western": 12}
    assert result.model.genres == GENRES
    assert "Western (12)" in str(result.report)


def test_the_report_shows_the_model_beside_the_baselines_and_every_genre() -> None:
    text = str(trained(strength=3.0).report)
    assert all(name in text for name in ("model", "prior", "random", "nothing", *GENRES))


@pytest.mark.parametrize(
    ("changes", "way_out"),
    [
        ({"X": np.full((600, DIM), np.nan, np.float32)}, "compute them anew"),
        ({"X": np.zeros((600, 7), np.float32)}, "2048"),
        ({"X": np.zeros((599, DIM), np.float32)}, "a row of labels for every row"),
        ({"Y": np.zeros((600, 4), np.int64)}, "booleans"),
        ({"groups": ("a",) * 10}, "a group for each"),
        ({"genres": ("Action", "Action", "Drama", "Horror")}, "join its columns"),
    ],
)
def test_a_set_that_can_not_train_is_refused_with_the_way_out(changes: dict[str, Any], way_out: str) -> None:
    with pytest.raises(BadTrainingData, match=way_out):
        changed(**changes)


@pytest.mark.parametrize(
    ("changes", "way_out"),
    [
        ({"Y": np.zeros((600, 4), bool)}, "more labelled files"),
        ({"Y": np.ones((600, 4), bool)}, "every film or none"),
        ({"groups": ("one",) * 600}, "at least as many films"),
    ],
)
def test_labels_of_one_class_or_one_group_are_refused(changes: dict[str, Any], way_out: str) -> None:
    with pytest.raises(BadTrainingData, match=way_out):
        train_pooled(changed(**changes), OPTIONS)


def test_platt_scaling_recovers_the_probabilities_behind_stretched_logits() -> None:
    rng = np.random.default_rng(0)
    true_logits = rng.normal(loc=-1, size=20_000)
    labels = rng.random(20_000) < sigmoid(true_logits)
    slope, intercept = fit_platt(3 * true_logits + 5, labels)
    assert slope == pytest.approx(1 / 3, rel=0.1)
    assert intercept == pytest.approx(-5 / 3, rel=0.1)


def test_logits_worse_than_guessing_keep_their_order_and_give_the_share() -> None:
    labels = np.arange(1000) % 5 == 0
    logits = np.where(labels, -4.0, 4.0) + np.arange(1000) / 1000
    slope, intercept = fit_platt(logits, labels)
    scores = sigmoid(slope * logits + intercept)
    assert slope > 0
    assert scores == pytest.approx(np.full(1000, 0.2), abs=0.02)


def test_a_threshold_is_the_genres_own_where_it_has_rows_and_the_common_one_where_not() -> None:
    scores = np.full((10_000, 2), 0.105)
    scores[:5000, 0], scores[:4, 1] = 0.305, 0.905
    labels = scores > 0.2
    own, shrunk = choose_thresholds(scores, labels)
    assert 0.10 < own <= 0.31
    assert abs(shrunk - own) < 0.05


def test_a_projection_folds_into_one_map_on_raw_features() -> None:
    vectors = synthetic(strength=3.0).X
    projection = fit_projection(vectors, n_components=8, whitening=1.0, seed=0)
    coef, intercept = np.arange(16.0).reshape(2, 8), np.array([1.0, -1.0])
    folded, shift = projection.fold(coef, intercept)
    assert vectors @ folded.T + shift == pytest.approx(projection.apply(vectors) @ coef.T + intercept)
    assert projection.apply(vectors).std(axis=0) == pytest.approx(np.ones(8))
