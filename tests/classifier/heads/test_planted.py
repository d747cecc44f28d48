"""Planted tasks: each head learns what it is made for, and none learns what isn't there."""

import functools
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from benchmarks import planted
from benchmarks.planted import Task
from classifier.heads.base import WINDOW_S, Examples, Head
from classifier.heads.forest import Forest
from classifier.heads.neural import Attention, Convolution, Gru, Mlp, NextVlad, Peaks, Transformer
from classifier.heads.options import NeuralOptions
from classifier.heads.pooling import pool_mean, pool_stats
from classifier.ragged import Ragged

NEURAL = (
    Mlp,
    Peaks,
    Convolution,
    *(pytest.param(kind, marks=pytest.mark.slow) for kind in (Attention, NextVlad, Gru, Transformer)),
)
Pool = Callable[[Ragged], NDArray[np.float32]]

# made once each, from seed 0
rare, order, adjacent, pace, null, mean = (
    functools.cache(task)
    for task in (
        planted.rare,
        planted.order,
        planted.adjacent,
        planted.pace,
        planted.null,
        planted.mean,
    )
)


@functools.cache
def _fit(kind: type[Head], make: Callable[[], Task], epochs: int) -> Head:
    task = make()
    if issubclass(kind, Forest):
        return kind(n_trees=50).fit(task.train.X, task.train.y)
    options = NeuralOptions(
        hidden=32,
        epochs=epochs,
        patience=max(6, epochs // 2),
        batch=32,
        learning_rate=3e-3,
        dropout=0.2,
        frame_dropout=0.0,
    )
    return kind(options).fit(task.train.X, task.train.y, validation=task.validation)  # type: ignore[call-arg]


def _auc(scores: NDArray[np.float64], y: NDArray[np.bool_]) -> float:
    """Return the mean over genres, which are independent."""
    return float(np.mean([roc_auc_score(y[:, genre], scores[:, genre]) for genre in range(y.shape[1])]))


def _judge(kind: type[Head], make: Callable[[], Task], *, epochs: int, test: Examples | None = None) -> float:
    examples = test or make().test
    return _auc(_fit(kind, make, epochs).logits(examples.X), examples.y)


def _logistic(pool: Pool, task: Task) -> float:
    seen, unseen = pool(task.train.X), pool(task.test.X)
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    scores = [model.fit(seen, labels).decision_function(unseen) for labels in task.train.y.T]
    return _auc(np.stack(scores, axis=1), task.test.y)


def test_three_telling_seconds_are_lost_in_the_mean() -> None:
    assert _logistic(pool_mean, rare()) <= 0.60


@pytest.mark.slow
def test_peaks_find_three_telling_seconds_and_name_them() -> None:
    assert _judge(Peaks, rare, epochs=40) >= 0.90
    head, task = _fit(Peaks, rare, 40), rare()
    hits = []
    for row in range(40):
        brought = head.timeline(task.test.X[row])
        for genre in np.flatnonzero(task.test.y[row]):
            apart = np.abs(task.telling[row, int(genre)] - brought[:, genre].argmax())
            hits.append(apart.min() <= WINDOW_S // 2)
    assert np.mean(hits) >= 0.80


@pytest.mark.parametrize("pool", [pool_mean, pool_stats])
def test_pooled_statistics_can_not_tell_an_order(pool: Pool) -> None:
    assert 0.40 <= _logistic(pool, order()) <= 0.60


@pytest.mark.parametrize("kind", [Forest, Mlp, Attention, Peaks, NextVlad])
@pytest.mark.slow
def test_heads_that_see_a_bag_can_not_tell_an_order(kind: type[Head]) -> None:
    assert 0.40 <= _judge(kind, order, epochs=6) <= 0.60


@pytest.mark.slow
def test_a_transformer_tells_an_order_until_it_is_shuffled() -> None:
    assert _judge(Transformer, order, epochs=12) >= 0.85
    assert 0.40 <= _judge(Transformer, order, epochs=12, test=planted.shuffled(order().test)) <= 0.60


@pytest.mark.slow
def test_convolution_tells_neighbours_from_the_same_seconds_apart() -> None:
    assert _judge(Convolution, adjacent, epochs=15) >= 0.95
    assert _logistic(pool_mean, adjacent()) <= 0.60


def test_the_pace_is_in_the_change_from_second_to_second_not_in_the_mean() -> None:
    assert _logistic(pool_stats, pace()) >= 0.95
    assert _logistic(pool_mean, pace()) <= 0.60


@pytest.mark.parametrize("kind", [*NEURAL, Forest])
def test_nothing_is_learnt_where_nothing_is(kind: type[Head]) -> None:
    assert abs(_judge(kind, null, epochs=3) - 0.5) <= 0.06


@pytest.mark.parametrize(
    ("kind", "epochs"), [(Mlp, 12), (Attention, 12), (Convolution, 6), (NextVlad, 6), (Gru, 6), (Transformer, 6)]
)
@pytest.mark.slow
def test_no_head_is_much_worse_than_logistic_regression_at_its_own_task(kind: type[Head], epochs: int) -> None:
    assert _judge(kind, mean, epochs=epochs) >= _logistic(pool_mean, mean()) - 0.05
