"""Measuring on rows whose figures are computed by hand."""

import numpy as np
import pytest

from classifier.errors import BadTrainingData
from classifier.evaluation.curves import MAX_POINTS, cut_evenly, precision_recall, reliability
from classifier.evaluation.measuring import FEWEST, ModelMeasurement, compare, measure
from classifier.evaluation.metrics import calibration_error
from classifier.evaluation.scored_rows import ScoredRows

SCORES = np.array([0.95, 0.85, 0.75, 0.65, 0.55, 0.45, 0.35, 0.25, 0.15, 0.05])
TRUTH = np.array([1, 1, 0, 1, 0, 1, 1, 0, 0, 0], dtype=bool)
BY_HAND = (1 / 1 + 2 / 2 + 3 / 4 + 4 / 6 + 5 / 7) / 5  # the mean of precision at each true row


def make_rows(truth: np.ndarray, scores: np.ndarray, **more: np.ndarray) -> ScoredRows:
    return ScoredRows.from_scores(np.array(truth, dtype=bool), np.array(scores, dtype=float), **more)


def measure_all(rows: ScoredRows, genres: tuple[str, ...], groups: list[str] | None = None) -> ModelMeasurement:
    named = groups or [f"film {row}" for row in range(len(rows.labels))]
    return measure(rows, genres=genres, groups=named, priors=np.full(len(genres), 0.3))


def test_a_genre_has_the_figures_that_a_hand_computes() -> None:
    found = measure_all(make_rows(TRUTH[:, None], SCORES[:, None]), ("Drama",))
    (drama,) = found.genres
    assert (drama.support, drama.n_known, drama.threshold) == (5, 10, 0.5)
    assert drama.curves is not None
    assert drama.curves.figures.average_precision == pytest.approx(BY_HAND)
    assert (drama.curves.figures.precision, drama.curves.figures.recall) == (3 / 5, 3 / 5)
    assert drama.curves.ap is not None
    assert drama.curves.ap.low < BY_HAND < drama.curves.ap.high
    assert found.figures["macro_ap"] == pytest.approx(BY_HAND)
    assert found.beside["prior"]["macro_ap"] == 0.5


def test_cuts_say_what_passes_at_each_hundredth() -> None:
    cuts = cut_evenly(TRUTH, SCORES)
    assert len(cuts) == 101
    assert [cuts[at].threshold for at in (0, 7, 50, 100)] == [0, 0.07, 0.5, 1]
    assert (cuts[50].n_passing, cuts[50].precision, cuts[50].recall) == (5, 3 / 5, 3 / 5)
    assert (cuts[0].n_passing, cuts[0].precision, cuts[0].recall) == (10, 0.5, 1)
    assert (cuts[100].n_passing, cuts[100].precision, cuts[100].recall) == (0, None, 0)
    assert cut_evenly(TRUTH, np.round(SCORES, 2))[95].n_passing == 1  # a score at the threshold passes


@pytest.mark.parametrize(("n", "points"), [(1, 1), (MAX_POINTS, MAX_POINTS), (MAX_POINTS + 1, MAX_POINTS)])
def test_a_curve_has_a_hundred_points_at_most_and_keeps_its_ends(n: int, points: int) -> None:
    scores = np.linspace(0.1, 0.9, n)
    curve = precision_recall(np.ones(n, dtype=bool), scores)
    assert len(curve) == points
    assert (curve[0].threshold, curve[-1].threshold) == (scores[-1], scores[0])
    assert curve[-1].recall == 1
    assert [cut.recall for cut in curve] == sorted(cut.recall for cut in curve)


def test_bins_add_up_to_the_calibration_error() -> None:
    bins = reliability(TRUTH, SCORES)
    gaps = sum(each.n * abs(each.score - each.share) for each in bins)
    assert sum(each.n for each in bins) == 10
    assert gaps / 10 == pytest.approx(calibration_error(TRUTH, SCORES))


@pytest.mark.parametrize("n_true", [0, 1, FEWEST - 1, FEWEST, 10 - FEWEST + 1, 10])
def test_a_genre_with_too_few_rows_has_no_curve(n_true: int) -> None:
    truth = np.arange(10) < n_true
    found = measure_all(make_rows(np.stack([truth, TRUTH], axis=1), np.stack([SCORES, SCORES], axis=1)), ("A", "B"))
    assert found.genres[0].support == n_true
    assert (found.genres[0].curves is not None) == (n_true == FEWEST)
    assert found.genres[1].curves is not None


def test_one_row_is_measured_without_any_figure() -> None:
    found = measure_all(make_rows(np.array([[True, False]]), np.array([[0.9, 0.2]])), ("A", "B"))
    assert (found.n_rows, found.n_films, found.figures, found.intervals, found.beside) == (1, 1, {}, {}, {})
    assert [each.curves for each in found.genres] == [None, None]
    assert [(row.genre, row.passed) for row in found.confusion] == [("A", (1, 0))]


def test_rows_of_one_film_have_figures_without_an_interval() -> None:
    found = measure_all(make_rows(TRUTH[:, None], SCORES[:, None]), ("Drama",), groups=["a film"] * 10)
    assert found.genres[0].curves is not None
    assert (found.n_films, found.genres[0].curves.ap, found.intervals) == (1, None, {})


def test_confusion_counts_only_what_is_known() -> None:
    truth = np.array([[1, 0], [1, 1], [1, 0], [0, 1]], dtype=bool)
    scores = np.array([[0.9, 0.8], [0.2, 0.9], [0.7, 0.9], [0.6, 0.9]])
    known = np.array([[1, 1], [1, 1], [1, 0], [1, 1]], dtype=bool)
    first, second = measure_all(make_rows(truth, scores, known=known), ("A", "B")).confusion
    assert (first.genre, first.known, first.passed) == ("A", (3, 2), (2, 2))
    assert (second.genre, second.known, second.passed) == ("B", (2, 2), (1, 2))


def test_a_difference_is_told_by_genre_with_the_verdicts_that_change() -> None:
    truth, groups = np.stack([TRUTH, np.arange(10) < 2], axis=1), [f"film {row}" for row in range(10)]
    ours = make_rows(truth, np.where(truth, 0.9, 0.1))
    theirs = make_rows(truth, np.stack([SCORES, np.where(truth[:, 1], 0.9, 0.1)], axis=1))
    found = compare(ours, theirs, genres=("A", "B"), groups=groups)
    assert found.n_changed == 4  # 0.75 and 0.55 wrongly pass, 0.45 and 0.35 wrongly don't
    assert found.genres[0].ap is not None
    assert found.genres[0].ap.difference == pytest.approx(1 - BY_HAND)
    assert found.genres[1].ap is None  # two films have it
    assert set(found.figures) == {"macro_ap", "precision_at_3"}


def test_a_difference_without_a_measurable_genre_is_refused() -> None:
    rows = make_rows(np.array([[True], [True]]), np.array([[0.9], [0.2]]))
    with pytest.raises(BadTrainingData):
        compare(rows, rows, genres=("A",), groups=["1", "2"])
