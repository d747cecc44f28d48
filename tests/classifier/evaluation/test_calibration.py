"""Calibration: known distortions are undone, few rows get no numbers of their own, the order never changes."""

import numpy as np
import pytest
from numpy.typing import NDArray

from classifier.errors import BadTrainingData
from classifier.evaluation.calibration import Calibration, fit_calibration, fit_platt, fit_temperature
from classifier.verdict import sigmoid

Arrays = tuple[NDArray[np.float64], NDArray[np.bool_]]


def honest(n: int = 4000, *, n_genres: int = 3, seed: int = 0) -> Arrays:
    """Return logits that are the truth, (n, genres), and labels drawn by them."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(loc=-1, scale=1.5, size=(n, n_genres))
    return logits, rng.random(logits.shape) < sigmoid(logits)


def cross_entropy(logits: NDArray[np.float64], labels: NDArray[np.bool_]) -> float:
    return float((np.logaddexp(0, logits) - labels * logits).mean())


def test_a_known_temperature_is_recovered() -> None:
    logits, labels = honest(20_000)
    assert 1 / fit_temperature(2.5 * logits, labels) == pytest.approx(2.5, rel=0.05)
    assert 1 / fit_temperature(0.4 * logits, labels) == pytest.approx(0.4, rel=0.05)


def test_the_temperature_is_the_least_of_the_cross_entropy() -> None:
    logits, labels = honest(500)
    slope = fit_temperature(3 * logits, labels)
    least = cross_entropy(3 * logits * slope, labels)
    assert all(least <= cross_entropy(3 * logits * slope * factor, labels) for factor in (0.9, 0.99, 1.01, 1.1))


def test_logits_that_only_want_cooling_get_one_slope_for_all() -> None:
    logits, labels = honest(600)
    found = fit_calibration(3 * logits, labels, seed=0)
    assert found.slope == pytest.approx(np.full(3, 1 / 3), rel=0.25)
    assert (found.intercept == 0).sum() >= 2  # five folds may see a genre's luck as a shift


def test_a_shifted_genre_gets_its_own_two_numbers_and_the_others_do_not_suffer() -> None:
    logits, labels = honest()
    bent = logits + np.array([0.0, 0.0, 3.0])
    found = fit_calibration(bent, labels)
    assert found.intercept[2] == pytest.approx(-3.0, abs=0.4)
    fresh, truth = honest(seed=9)
    gap = np.abs(sigmoid(found.apply(fresh + np.array([0.0, 0.0, 3.0]))).mean(axis=0) - truth.mean(axis=0))
    assert gap.max() < 0.04


def test_a_genre_of_few_rows_keeps_the_temperature() -> None:
    logits, labels = honest(1000)
    labels[:, 2] = False
    labels[:19, 2] = True
    bent = logits + np.array([3.0, 3.0, 3.0])
    found = fit_calibration(bent, labels)
    assert (found.intercept != 0).tolist() == [True, True, False]
    assert found.slope[2] == pytest.approx(fit_temperature(bent, labels))


def test_unknown_labels_change_nothing() -> None:
    logits, labels = honest()
    known = np.random.default_rng(1).random(labels.shape) < 0.7
    bent = 2 * logits + np.array([0.0, 0.0, 1.0])
    found = fit_calibration(bent, labels, known=known)
    other = fit_calibration(np.where(known, bent, 50.0), labels ^ ~known, known=known)
    assert (found.slope == other.slope).all()
    assert (found.intercept == other.intercept).all()
    assert (found.intercept == 0).any()  # a temperature, which is fitted to all genres


@pytest.mark.slow
def test_copies_of_one_film_do_not_pass_for_proof() -> None:
    """Twelve films, each thirty times, labels by luck: apart, Platt learns the luck; whole groups show that it is."""
    rng = np.random.default_rng(4)
    pays = {"rows": 0, "films": 0}
    for _ in range(30):
        logits, labels = rng.normal(size=(12, 1)).repeat(30, axis=0), rng.random((12, 1)).repeat(30, axis=0) < 0.5
        if not 0 < labels.sum() < len(labels):
            continue
        pays["rows"] += bool(fit_calibration(logits, labels).intercept[0])
        films = np.arange(12).repeat(30).tolist()
        pays["films"] += bool(fit_calibration(logits, labels, groups=films).intercept[0])
    assert pays["films"] < 0.6 * pays["rows"]


@pytest.mark.parametrize("case", ["constant", "worse", "one row", "nothing known", "all true"])
def test_hopeless_logits_still_give_a_rising_calibration(case: str) -> None:
    logits, labels = honest(300)
    known = np.full(labels.shape, case != "nothing known")
    logits = {"constant": np.zeros_like(logits), "worse": -5 * logits}.get(case, logits)
    labels = np.ones_like(labels) if case == "all true" else labels
    if case == "one row":
        logits, labels, known = logits[:1], labels[:1], known[:1]
    found = fit_calibration(logits, labels, known=known)
    assert (found.slope > 0).all()
    assert (np.argsort(found.apply(logits), axis=0) == np.argsort(logits, axis=0)).all()


def test_a_calibration_that_turns_the_order_can_not_be_built() -> None:
    with pytest.raises(BadTrainingData, match="order"):
        Calibration(np.array([1.0, -1.0]), np.zeros(2))
    with pytest.raises(BadTrainingData, match="2 groups for 300 rows"):
        fit_calibration(*honest(300), groups=["a", "b"])


def test_platt_scaling_is_the_least_of_the_cross_entropy_to_its_smoothed_targets() -> None:
    logits, labels = honest(200, n_genres=1)
    slope, intercept = fit_platt(logits[:, 0], labels[:, 0])
    n_true = int(labels.sum())
    targets = np.where(labels[:, 0], (n_true + 1) / (n_true + 2), 1 / (200 - n_true + 2))

    def loss(a: float, b: float) -> float:
        return float((np.logaddexp(0, a * logits[:, 0] + b) - targets * (a * logits[:, 0] + b)).mean())

    steps = [(0.01, 0.0), (-0.01, 0.0), (0.0, 0.01), (0.0, -0.01)]
    assert all(loss(slope, intercept) < loss(slope + a, intercept + b) for a, b in steps)
