"""Evaluation: the figures are scikit-learn's, the baselines are what theory says, the report shows both."""

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, f1_score, roc_auc_score

from classifier.errors import BadTrainingData
from classifier.evaluation import baselines, evaluate, format_report

GENRES = ("Action", "Comedy", "Drama", "Horror", "War")


def synthetic(n: int = 800) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    rng = np.random.default_rng(11)
    labels = rng.random((n, len(GENRES))) < np.array([0.3, 0.4, 0.5, 0.1, 0.05])
    return labels, np.clip(0.4 * labels + rng.random(labels.shape) * 0.6, 0, 1)


def test_ranking_figures_equal_scikit_learns() -> None:
    labels, scores = synthetic()
    found = evaluate(labels, scores, genres=GENRES)
    assert found.macro_ap == pytest.approx(average_precision_score(labels, scores, average="macro"))
    assert found.micro_ap == pytest.approx(average_precision_score(labels, scores, average="micro"))
    assert found.macro_auc == pytest.approx(roc_auc_score(labels, scores, average="macro"))
    assert found.micro_auc == pytest.approx(roc_auc_score(labels, scores, average="micro"))


def test_f1_equals_scikit_learns_at_the_thresholds_given() -> None:
    labels, scores = synthetic()
    thresholds = (0.3, 0.5, 0.4, 0.7, 0.6)
    found = evaluate(labels, scores, genres=GENRES, thresholds=thresholds)
    answers = scores >= np.array(thresholds)
    assert found.macro_f1 == pytest.approx(f1_score(labels, answers, average="macro"))
    assert found.micro_f1 == pytest.approx(f1_score(labels, answers, average="micro"))


def test_hits_count_a_true_genre_among_the_first_and_skip_rows_without_genres() -> None:
    labels = np.array([[1, 0, 0, 0], [0, 0, 0, 1], [0, 1, 1, 0], [0, 0, 0, 0]], dtype=bool)
    scores = np.array([[0.9, 0.1, 0.2, 0.3], [0.9, 0.8, 0.7, 0.1], [0.9, 0.2, 0.8, 0.1], [0.9, 0, 0, 0]])
    found = evaluate(labels, scores, genres=("a", "b", "c", "d"))
    assert found.hit_at_1 == pytest.approx(1 / 3)
    assert found.hit_at_3 == pytest.approx(2 / 3)


def test_genres_that_all_rows_or_no_row_has_are_left_out_and_named() -> None:
    labels, scores = synthetic()
    labels[:, 1], labels[:, 4] = True, False
    found = evaluate(labels, scores, genres=GENRES)
    assert found.left_out == ("Comedy", "War")
    assert found.n_genres == 3
    assert found.macro_auc == pytest.approx(roc_auc_score(labels[:, [0, 2, 3]], scores[:, [0, 2, 3]]))


def test_the_prior_ranks_like_chance_and_hits_like_the_three_commonest_genres() -> None:
    train, _ = synthetic()
    test = train[:400]
    prior = baselines(train, test, genres=GENRES)["prior"]
    top_three = (test[:, :3].sum(axis=1) > 0).sum() / (test.sum(axis=1) > 0).sum()
    assert prior.macro_ap == pytest.approx(test.mean(axis=0).mean())
    assert prior.macro_auc == pytest.approx(0.5)
    assert prior.hit_at_3 == pytest.approx(top_three)


def test_random_scores_have_an_auc_near_a_half_and_the_same_seed_repeats_them() -> None:
    labels, _ = synthetic(4000)
    first, again = (baselines(labels, labels, genres=GENRES, seed=5)["random"] for _ in range(2))
    assert first == again
    assert first.macro_auc == pytest.approx(0.5, abs=0.03)


def test_answering_nothing_scores_nothing() -> None:
    labels, _ = synthetic()
    nothing = baselines(labels, labels, genres=GENRES)["nothing"]
    assert (nothing.macro_f1, nothing.micro_f1, nothing.hit_at_1, nothing.hit_at_3) == (0, 0, 0, 0)
    assert nothing.macro_auc == pytest.approx(0.5)


def test_the_report_shows_the_model_beside_every_baseline_and_each_genre_with_its_support() -> None:
    labels, scores = synthetic()
    found = evaluate(labels, scores, genres=GENRES)
    report = format_report(found, baselines(labels, labels, genres=GENRES))
    first_words = [line.split()[0] for line in report.splitlines() if line.strip()]
    assert first_words[1:5] == ["model", "prior", "random", "nothing"]
    assert f"{found.macro_ap:.3f}" in report
    assert set(first_words[-5:]) == set(GENRES)
    assert "accuracy" not in report.lower()


@pytest.mark.parametrize("case", ["shape", "nan", "constant", "thresholds"])
def test_what_can_not_be_measured_is_bad_training_data(case: str) -> None:
    labels, scores = synthetic(20)
    thresholds = (0.5,) if case == "thresholds" else None
    scores = scores[:10] if case == "shape" else scores
    if case == "nan":
        scores[0, 0] = np.nan
    labels = np.zeros_like(labels) if case == "constant" else labels
    with pytest.raises(BadTrainingData):
        evaluate(labels, scores, genres=GENRES, thresholds=thresholds)
