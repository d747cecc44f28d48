import numpy as np
import pytest

from classifier.evaluation.evaluation import evaluate
from web.expectations import CONSTANT, EVERYTHING, expected_metrics


def test_expected_figures_are_those_that_a_constant_answer_gets_on_many_films() -> None:
    labels = np.random.default_rng(0).random((60_000, 4)) < np.array([0.6, 0.3, 0.2, 0.05])  # synthetic
    labels = labels[labels.any(axis=1)]  # a film has a genre
    shares = tuple(labels.mean(axis=0))
    genres = ("Drama", "Comedy", "Action", "Western")
    constant = evaluate(labels, np.broadcast_to(np.array(shares), labels.shape), genres=genres).figures
    for name, figure in expected_metrics(shares)[CONSTANT].items():
        assert constant[name] == pytest.approx(figure, abs=0.01), name
    everything = evaluate(labels, np.ones(labels.shape), genres=genres).figures
    assert everything["macro_f1"] == pytest.approx(expected_metrics(shares)[EVERYTHING]["macro_f1"], abs=0.01)


def test_without_shares_nothing_is_expected_metrics() -> None:
    assert expected_metrics(()) == {}
