"""Forest: our walk through the trees against scikit-learn's, and files that lie."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.ensemble import RandomForestClassifier

from classifier.errors import BadTrainingData, FeaturesMismatch, UnsafeModel
from classifier.heads.forest import Forest
from classifier.heads.pooling import pool_mean
from classifier.ragged import Ragged

Arrays = dict[str, NDArray[np.float32]]


def _data(n: int = 200) -> tuple[Ragged, NDArray[np.bool_]]:
    random = np.random.default_rng(0)
    X = Ragged.from_sequences([random.normal(size=(int(k), 6)).astype(np.float32) for k in random.integers(1, 5, n)])
    return X, pool_mean(X)[:, :2] + random.normal(0, 0.3, (n, 2)) > 0


@pytest.fixture(scope="module")
def forest() -> Forest:
    """A small one of two genres."""
    return Forest(n_trees=10, min_samples_leaf=2, max_leaf_nodes=16).fit(*_data())


def test_shares_are_what_scikit_learn_calls_probabilities() -> None:
    X, y = _data()
    rows = y[:, 1]
    theirs = RandomForestClassifier(
        25, min_samples_leaf=3, max_leaf_nodes=128, random_state=np.random.RandomState([7, 0])
    ).fit(pool_mean(X), rows)
    ours = Forest(n_trees=25, seed=7).fit(X, rows[:, None])
    unseen = Ragged.singles(np.random.default_rng(1).normal(size=(500, 6)).astype(np.float32))
    np.testing.assert_allclose(ours.shares(unseen)[:, 0], theirs.predict_proba(unseen.values)[:, 1], atol=1e-6)


def test_a_row_exactly_on_a_threshold_goes_the_way_it_goes_in_scikit_learn() -> None:
    grid = np.random.default_rng(0).integers(0, 9, (300, 2)).astype(np.float32) / 10
    labels = grid[:, 0] > 0.35
    theirs = RandomForestClassifier(
        5, min_samples_leaf=3, max_leaf_nodes=128, random_state=np.random.RandomState([0, 0])
    )
    ours = Forest(n_trees=5).fit(Ragged.singles(grid), labels[:, None])
    thresholds = np.unique(ours.arrays()["threshold"])
    edges = np.stack([thresholds, thresholds], axis=1)
    expected = theirs.fit(grid, labels).predict_proba(edges)[:, 1]
    np.testing.assert_allclose(ours.shares(Ragged.singles(edges))[:, 0], expected, atol=1e-6)


def test_a_restored_forest_judges_to_the_bit(forest: Forest) -> None:
    X, _ = _data()
    restored = Forest().restore(forest.settings(), forest.arrays())
    assert np.array_equal(restored.logits(X), forest.logits(X))
    assert all(array.dtype == np.float32 and array.ndim == 1 for array in forest.arrays().values())


def test_logits_are_finite_where_all_trees_agree_and_the_same_in_any_company(forest: Forest) -> None:
    X, _ = _data()
    logits = forest.logits(X)
    assert np.isfinite(logits).all()
    assert np.array_equal(np.concatenate([forest.logits(Ragged.from_sequences([sequence])) for sequence in X]), logits)


def test_rows_where_a_genre_is_unknown_have_no_part_in_it() -> None:
    X, y = _data()
    known = np.random.default_rng(2).random(y.shape) < 0.7
    first, second = (Forest(n_trees=5).fit(X, labels, known=known) for labels in (y & known, y | ~known))
    assert np.array_equal(first.logits(X), second.logits(X))
    assert not np.array_equal(first.logits(X), Forest(n_trees=5).fit(X, y).logits(X))


def test_a_genre_that_no_known_row_lacks_is_refused() -> None:
    X, y = _data()
    with pytest.raises(BadTrainingData, match="column 1"):
        Forest(n_trees=5).fit(X, y, known=np.stack([np.ones(len(y), bool), y[:, 1]], axis=1))


def test_frames_of_another_size_are_refused(forest: Forest) -> None:
    with pytest.raises(FeaturesMismatch, match="6 numbers"):
        forest.logits(Ragged.singles(np.zeros((1, 5), np.float32)))


def _put(name: str, place: int, value: float) -> Callable[[Arrays], None]:
    return lambda arrays: arrays[name].__setitem__(place, value)


@pytest.mark.parametrize(
    "spoil",
    [
        _put("left", 0, 0.5),
        _put("left", 0, 1e7),
        _put("left", 1, 1),  # its own child: no walk would end
        _put("right", 0, -1),
        _put("left", 0, 0),  # one child only
        _put("feature", 0, 6),
        _put("feature", 0, -1),
        _put("threshold", 0, np.nan),
        _put("value", 0, 2.0),
        _put("starts", 0, 1),
        _put("starts", 1, 1e6),
        _put("starts", 2, 1),
        lambda arrays: arrays.pop("right"),
        lambda arrays: arrays.update(more=arrays["left"]),
        lambda arrays: arrays.update(left=arrays["left"][:-1]),
        lambda arrays: arrays.update(value=arrays["value"].astype(np.float64)),
        lambda arrays: arrays.update({name: array[:0] for name, array in arrays.items()}),
    ],
)
def test_arrays_that_no_forest_has_are_unsafe(forest: Forest, spoil: Callable[[Arrays], object]) -> None:
    arrays = {name: array.copy() for name, array in forest.arrays().items()}
    spoil(arrays)
    with pytest.raises(UnsafeModel):
        Forest().restore(forest.settings(), arrays)


@pytest.mark.parametrize(
    "change", [{"dim": 0}, {"n_trees": 11}, {"n_trees": True}, {"n_genres": 2.0}, {"seed": -1}, {"more": 1}]
)
def test_settings_that_no_forest_has_are_unsafe(forest: Forest, change: dict[str, int | float]) -> None:
    with pytest.raises(UnsafeModel):
        Forest().restore({**forest.settings(), **change}, forest.arrays())
    with pytest.raises(UnsafeModel):
        Forest().restore({}, forest.arrays())
