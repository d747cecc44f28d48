"""Thresholds: the grid search does what it says for each objective, and the band holds what is not sure."""

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.metrics import f1_score

from classifier.errors import BadTrainingData
from classifier.evaluation.thresholds import FLOOR, GRID, Objective, choose_thresholds, unsure_bands

OBJECTIVES: tuple[Objective, ...] = ("f1", "accuracy", "precision", "recall")
Arrays = tuple[NDArray[np.float64], NDArray[np.bool_]]


def some(n: int = 20_000, *, n_genres: int = 3, seed: int = 0) -> Arrays:
    """Return calibrated scores, (n, genres), and labels drawn by them; the first genre is the commonest."""
    rng = np.random.default_rng(seed)
    scores = rng.beta(1, np.arange(n_genres) + 1.0, size=(n, n_genres))
    return scores, rng.random(scores.shape) < scores


def judge(scores: NDArray[np.float64], labels: NDArray[np.bool_]) -> dict[str, NDArray[np.float64]]:
    """Return each objective for one genre at every cut-off, the slow way."""
    answers = [scores >= cut for cut in GRID]
    hits = np.array([(each & labels).sum() for each in answers])
    precision = hits / np.maximum([each.sum() for each in answers], 1)
    return {
        "f1": np.array([f1_score(labels, each, zero_division=0) for each in answers]),
        "accuracy": np.array([(each == labels).mean() for each in answers]),
        "precision": precision,
        "recall": hits / labels.sum(),
    }


@pytest.mark.parametrize("column", [0, 2])
@pytest.mark.parametrize("objective", OBJECTIVES)
def test_one_genre_gets_the_best_cut_off_of_the_grid_for_each_objective(objective: Objective, column: int) -> None:
    scores, labels = some(2000)
    scores, labels = scores[:, [column]], labels[:, [column]]  # alone, its own cut-off is the common one
    (found,) = choose_thresholds(scores, labels, objective=objective)
    table = judge(scores[:, 0], labels[:, 0])
    kept = {"precision": table["recall"] >= FLOOR, "recall": table["precision"] >= FLOOR}
    allowed = kept.get(objective, np.ones(len(GRID), bool))
    at = int(np.abs(GRID - found).argmin())
    assert allowed[at]
    assert table[objective][at] == pytest.approx(table[objective][allowed].max())


def test_precision_asks_more_than_f1_and_recall_less() -> None:
    scores, labels = some()
    strict, middle, loose = (
        choose_thresholds(scores, labels, objective=each) for each in ("precision", "f1", "recall")
    )
    assert (strict[1:] > middle[1:]).all()
    assert (loose[:2] < middle[:2]).all()  # of the third, F1's cut-off leaves a precision below a half
    assert choose_thresholds(scores, labels, objective="accuracy") == pytest.approx(np.full(3, 0.5), abs=0.08)


def test_where_no_cut_off_keeps_the_floor_it_is_the_best_f1() -> None:
    rng = np.random.default_rng(1)
    scores = 0.02 + 0.3 * rng.random((5000, 1))  # calibrated, so precision stays below a third
    labels = rng.random((5000, 1)) < scores
    best = choose_thresholds(scores, labels, objective="f1")
    assert best > 0.05
    assert choose_thresholds(scores, labels, objective="recall") == pytest.approx(best)


def test_a_genre_of_few_rows_is_drawn_to_the_common_cut_off_by_n_over_n_plus_100() -> None:
    rng = np.random.default_rng(2)
    labels = rng.random((20_000, 2)) < np.array([0.5, 0.0])
    labels[:100, 1] = True
    scores = np.where(labels, 0.305, 0.105)  # 0.20 parts the first
    scores[:, 1] = np.where(labels[:, 1], 0.905, 0.705)  # 0.80 the second
    first, second = choose_thresholds(scores, labels)
    common = choose_thresholds(scores[:, :1], labels[:, :1])[0]
    assert common == pytest.approx(0.2, abs=0.011)
    assert first == pytest.approx(common, abs=0.011)
    assert second == pytest.approx(0.5 * 0.8 + 0.5 * common, abs=0.02)


def test_unknown_labels_change_no_threshold_and_no_band() -> None:
    scores, labels = some(1000)
    known = np.random.default_rng(3).random(labels.shape) < 0.7
    other = (np.where(known, scores, 0.99), labels ^ ~known)
    assert (choose_thresholds(scores, labels, known=known) == choose_thresholds(*other, known=known)).all()
    low, high = unsure_bands(scores, labels, known=known)
    other_low, other_high = unsure_bands(*other, known=known)
    assert ((low == other_low) & (high == other_high)).all()


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_every_band_holds_its_threshold_and_lies_between_0_and_1(objective: Objective) -> None:
    for seed in range(12):
        scores, labels = some(15, n_genres=12, seed=seed)
        labels[:, 11] = False
        low, high = unsure_bands(scores, labels, objective=objective)
        thresholds = choose_thresholds(scores, labels, objective=objective)
        assert ((low <= thresholds) & (thresholds <= high)).all()
        assert ((low > 0) & (high < 1)).all()


def test_more_rows_make_narrower_bands_and_copies_of_films_do_not() -> None:
    few, many = some(300), some(20_000)
    narrow, wide = (np.subtract(*unsure_bands(*each)[::-1]).mean() for each in (many, few))
    assert narrow < 0.6 * wide
    scores, labels = few[0].repeat(4, axis=0), few[1].repeat(4, axis=0)
    films = unsure_bands(scores, labels, groups=np.arange(300).repeat(4).tolist())
    rows = unsure_bands(scores, labels)
    assert np.subtract(*films[::-1]).mean() > 1.3 * np.subtract(*rows[::-1]).mean()


def test_the_same_seed_gives_the_same_band() -> None:
    first, again, other = (unsure_bands(*some(300), seed=seed)[0].tolist() for seed in (1, 1, 2))
    assert first == again != other


def test_what_can_not_be_chosen_is_refused() -> None:
    scores, labels = some(50)
    with pytest.raises(BadTrainingData, match="at least one genre"):
        choose_thresholds(scores, np.zeros_like(labels))
    with pytest.raises(BadTrainingData, match="alike"):
        choose_thresholds(scores[:10], labels)
    with pytest.raises(BadTrainingData, match="f1, accuracy"):
        choose_thresholds(scores, labels, objective="luck")  # type: ignore[arg-type]
