"""Metrics: the figures are scikit-learn's where it has them, and a slow literal reading of the paper where not."""

import math
from collections.abc import Callable
from itertools import pairwise, permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from sklearn import metrics as sk

from classifier.errors import BadTrainingData
from classifier.evaluation.metrics import (
    calibration_figures,
    decision_figures,
    gap_at_20,
    genre_calibration_errors,
    ranking_figures,
    row_figures,
    top_hits,
)
from classifier.evaluation.ranking import area_under_roc, average_precision, rank, trapezoid
from classifier.evaluation.scored_rows import ScoredRows

CUTS = (0.3, 0.5, 0.4, 0.7, 0.6)


def some(n: int = 300, *, n_genres: int = 5, seed: int = 11) -> ScoredRows:
    """Return labels and scores in tenths, so that many are equal; every row has a genre."""
    rng = np.random.default_rng(seed)
    labels = rng.random((n, n_genres)) < np.linspace(0.05, 0.5, n_genres)
    labels[~labels.any(axis=1), -1] = True
    scores: NDArray[np.float64] = np.round(0.4 * labels + 0.6 * rng.random(labels.shape), 1)
    return ScoredRows.from_scores(labels, scores, thresholds=np.resize(CUTS, n_genres))


def by_trapezoid(truth: NDArray[np.bool_], scores: NDArray[np.float64]) -> float:
    precision, recall, _ = sk.precision_recall_curve(truth, scores)
    return float(sk.auc(recall, precision))


@pytest.mark.parametrize("average", ["macro", "micro", "weighted"])
def test_ranking_figures_are_scikit_learns(average: str) -> None:
    scored = some()
    found = ranking_figures(scored)
    expected = sk.average_precision_score(scored.labels, scored.scores, average=average)
    assert found[f"{average}_ap"] == pytest.approx(expected)
    if average != "weighted":
        expected = sk.roc_auc_score(scored.labels, scored.scores, average=average)
        assert found[f"{average}_auc"] == pytest.approx(expected)


def test_the_trapezoid_is_the_area_under_scikit_learns_curve() -> None:
    scored = some()
    each = [by_trapezoid(*column) for column in zip(scored.labels.T, scored.scores.T, strict=True)]
    found = ranking_figures(scored)
    assert found["macro_ap_trapezoid"] == pytest.approx(np.mean(each))
    assert found["weighted_ap_trapezoid"] == pytest.approx(np.average(each, weights=scored.labels.sum(axis=0)))
    assert found["micro_ap_trapezoid"] == pytest.approx(by_trapezoid(scored.labels.ravel(), scored.scores.ravel()))
    rows = [by_trapezoid(*row) for row in zip(scored.labels, scored.scores, strict=True)]
    assert row_figures(scored)["samples_ap_trapezoid"] == pytest.approx(np.mean(rows))


@pytest.mark.parametrize("average", ["macro", "micro", "weighted", "samples"])
@pytest.mark.parametrize(
    ("name", "score"), [("precision", sk.precision_score), ("recall", sk.recall_score), ("f1", sk.f1_score)]
)
def test_decisions_are_scikit_learns(name: str, score: Callable[..., float], average: str) -> None:
    scored = some()
    expected = score(scored.labels, scored.scores >= np.array(CUTS), average=average, zero_division=0)
    assert decision_figures(scored)[f"{average}_{name}"] == pytest.approx(expected)


def test_figures_of_whole_rows_are_scikit_learns() -> None:
    scored = some()
    answers = scored.scores >= np.array(CUTS)
    found = decision_figures(scored) | row_figures(scored)
    jaccard = sk.jaccard_score(scored.labels, answers, average="samples", zero_division=0)
    assert found["jaccard"] == pytest.approx(jaccard)
    assert found["exact_match"] == pytest.approx(sk.accuracy_score(scored.labels, answers))
    assert found["hamming_loss"] == pytest.approx(sk.hamming_loss(scored.labels, answers))
    assert found["lrap"] == pytest.approx(sk.label_ranking_average_precision_score(scored.labels, scored.scores))
    assert found["samples_ap"] == pytest.approx(
        sk.average_precision_score(scored.labels, scored.scores, average="samples")
    )


@settings(max_examples=150)
@given(st.data())
def test_any_weights_and_ties_rank_as_in_scikit_learn(data: st.DataObject) -> None:
    n = data.draw(st.integers(2, 25))
    truth = data.draw(arrays(np.bool_, n))
    scores = data.draw(arrays(np.int64, n, elements=st.integers(0, 6))) / 6
    weights = data.draw(arrays(np.int64, n, elements=st.integers(0, 3))).astype(np.float64)
    counted = weights > 0
    ranked = rank(truth, scores)
    if len(set(truth[counted])) < 2:
        assert math.isnan(area_under_roc(ranked, weights))
        return
    kept = (truth[counted], scores[counted])
    precision, recall, _ = sk.precision_recall_curve(*kept, sample_weight=weights[counted])
    expected = sk.average_precision_score(truth, scores, sample_weight=weights)
    assert float(average_precision(ranked, weights)) == pytest.approx(expected)
    assert float(trapezoid(ranked, weights)) == pytest.approx(sk.auc(recall, precision))
    expected = sk.roc_auc_score(truth, scores, sample_weight=weights)
    assert float(area_under_roc(ranked, weights)) == pytest.approx(expected)


def test_gap_at_20_is_that_of_a_slow_reading_of_the_paper() -> None:
    scored = some(60, n_genres=26)
    scored = ScoredRows.from_scores(scored.labels, np.random.default_rng(2).random(scored.labels.shape))  # no ties
    pool = []
    for truth, scores in zip(scored.labels.tolist(), scored.scores.tolist(), strict=True):
        pool += sorted(zip(scores, truth, strict=True), reverse=True)[:20]
    pool.sort(reverse=True)
    n_true, hits, gap = int(scored.labels.sum()), 0, 0.0
    for place, (_, is_true) in enumerate(pool, start=1):
        hits += is_true
        gap += is_true * (hits / place) / n_true  # precision so far times the gain in recall
    assert gap_at_20(scored)["gap_at_20"] == pytest.approx(gap)
    assert gap < ranking_figures(scored)["micro_ap"]


def test_ece_and_brier_are_those_of_a_slow_reading_of_the_papers() -> None:
    rng = np.random.default_rng(6)
    edges = np.linspace(0, 1, 16).tolist()
    scores = rng.choice(np.linspace(0, 1, 31), size=(400, 3))  # every other one stands on an edge
    labels = rng.random(scores.shape) < scores**2
    cells = list(zip(scores.ravel().tolist(), labels.ravel().tolist(), strict=True))
    gap = 0.0
    for low, high in pairwise(edges):
        held = [cell for cell in cells if low < cell[0] <= high or cell[0] == low == 0]
        confidence, share = (sum(each) / len(held) for each in zip(*held, strict=True))
        gap += len(held) / len(cells) * abs(confidence - share)
    found = calibration_figures(ScoredRows.from_scores(labels, scores))
    assert found["ece"] == pytest.approx(gap)
    assert found["brier"] == pytest.approx(sum((score - truth) ** 2 for score, truth in cells) / len(cells))


def test_macro_ece_is_the_mean_over_genres_where_pooled_cells_make_up_for_each_other() -> None:
    labels = np.array([[1, 0], [1, 0], [1, 0], [0, 1], [0, 0]], dtype=bool)
    known = np.array([[1, 1], [1, 1], [1, 1], [1, 1], [1, 0]], dtype=bool)
    scored = ScoredRows.from_scores(labels, np.full((5, 2), 0.5), known=known)
    found = calibration_figures(scored)
    assert genre_calibration_errors(scored) == pytest.approx([0.1, 0.25])
    assert found["macro_ece"] == pytest.approx((0.1 + 0.25) / 2)
    assert found["ece"] == pytest.approx(0.5 / 9)


@settings(max_examples=80)
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 2)), min_size=1, max_size=6), st.integers(1, 3))
def test_first_places_among_equals_are_the_mean_over_all_their_orders(row: list[tuple[bool, int]], k: int) -> None:
    truth, scores = (np.array([each]) for each in zip(*row, strict=True))
    orders = [sorted(order, key=lambda each: -each[1])[:k] for order in permutations(row)]
    n_true = [sum(is_true for is_true, _ in order) for order in orders]
    hits, chance = top_hits(truth.astype(bool), scores.astype(np.float64), k=k)
    assert hits[0] == pytest.approx(np.mean(n_true))
    assert chance[0] == pytest.approx(np.mean([n > 0 for n in n_true]))


def test_hits_count_a_true_genre_among_the_first_and_skip_rows_without_genres() -> None:
    labels = np.array([[1, 0, 0, 0], [0, 0, 0, 1], [0, 1, 1, 0], [0, 0, 0, 0]], dtype=bool)
    scores = np.array([[0.9, 0.1, 0.2, 0.3], [0.9, 0.8, 0.7, 0.1], [0.9, 0.2, 0.8, 0.1], [0.9, 0, 0, 0]])
    found = row_figures(ScoredRows.from_scores(labels, scores))
    assert [found["hit_at_1"], found["hit_at_3"]] == pytest.approx([1 / 3, 2 / 3])
    assert found["precision_at_3"] == pytest.approx((1 + 0 + 2) / 9)
    assert found["recall_at_3"] == pytest.approx((1 + 0 + 1) / 3)


def test_rows_are_answered_at_thresholds_of_their_own() -> None:
    labels, scores = np.ones((2, 3), dtype=bool), np.full((2, 3), 0.5)
    scored = ScoredRows.from_scores(labels, scores, thresholds=np.array([[0.4, 0.6, 0.4], [0.6, 0.4, 0.4]]))
    assert scored.predicted.tolist() == [[True, False, True], [False, True, True]]
    assert scored.rows(np.array([False, True])).predicted.tolist() == [[False, True, True]]
    assert scored.genres(np.array([True, False, False])).predicted.tolist() == [[True], [False]]
    with pytest.raises(BadTrainingData, match="one for each genre"):
        ScoredRows.from_scores(labels, scores, thresholds=[0.5, 0.5])
