"""Folds: groups stay whole, genres are spread evenly, and the same seed deals the same."""

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from classifier.data.splits import grouped_stratified_parts
from classifier.errors import BadTrainingData


def synthetic(n: int, *, n_groups: int, n_genres: int = 25) -> tuple[NDArray[np.bool_], list[str]]:
    rng = np.random.default_rng(3)
    shares = np.geomspace(0.5, 0.01, n_genres)
    return rng.random((n, n_genres)) < shares, [f"g{n}" for n in rng.integers(0, n_groups, n)]


def test_no_group_stands_in_two_folds() -> None:
    labels, groups = synthetic(3000, n_groups=700)
    folds = grouped_stratified_parts(labels, groups, shares=(1 / 5,) * 5, seed=0)
    seen: dict[str, set[int]] = {}
    for group, fold in zip(groups, folds.tolist(), strict=True):
        seen.setdefault(group, set()).add(fold)
    assert all(len(found) == 1 for found in seen.values())
    assert set(folds.tolist()) == {0, 1, 2, 3, 4}


def test_each_fold_gets_its_share_of_rows_and_of_every_genre() -> None:
    labels, groups = synthetic(5000, n_groups=4500)
    folds = grouped_stratified_parts(labels, groups, shares=(1 / 5,) * 5, seed=0)
    counts = np.array([labels[folds == fold].sum(axis=0) for fold in range(5)])
    due = labels.sum(axis=0) / 5
    assert np.abs(np.bincount(folds) - 1000).max() <= 20
    assert (np.abs(counts - due) <= np.maximum(2, 0.03 * due)).all()


def test_rare_genres_are_spread_better_than_by_chance() -> None:
    labels, groups = synthetic(1000, n_groups=900)
    rare = labels.sum(axis=0).argmin()
    folds = grouped_stratified_parts(labels, groups, shares=(1 / 5,) * 5, seed=0)
    counts = np.bincount(folds[labels[:, rare]], minlength=5)
    assert counts.max() - counts.min() <= 1


def test_the_same_seed_deals_the_same_and_another_seed_another_way() -> None:
    labels, groups = synthetic(500, n_groups=400)
    first, again, other = (
        grouped_stratified_parts(labels, groups, shares=(1 / 4,) * 4, seed=seed) for seed in (7, 7, 8)
    )
    assert (first == again).all()
    assert (first != other).any()


def test_four_times_the_films_take_about_four_times_as_long_to_split() -> None:
    assert split_s(10_000) < 8 * split_s(2500), "16 times where each film is compared with each"


def split_s(n: int) -> float:
    """Return the processor seconds of a split of n films, at best."""
    labels, groups = synthetic(n, n_groups=9 * n // 10)
    seconds = []
    for _ in range(5):
        begun = time.process_time()
        grouped_stratified_parts(labels, groups, shares=(1 / 5,) * 5, seed=0)
        seconds.append(time.process_time() - begun)
    return min(seconds)


def test_fewer_groups_than_folds_is_bad_training_data() -> None:
    with pytest.raises(BadTrainingData, match="of 2 films or franchises"):
        grouped_stratified_parts(np.ones((4, 2), bool), ["a", "b", "a", "b"], shares=(1 / 3,) * 3, seed=0)
    with pytest.raises(BadTrainingData, match="a group for every row"):
        grouped_stratified_parts(np.ones((4, 2), bool), ["a", "b", "c"], shares=(1 / 3,) * 3, seed=0)


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 7)), min_size=12, max_size=60), st.integers(0, 5))
def test_any_labels_and_groups_are_dealt_whole(rows: list[tuple[int, int]], seed: int) -> None:
    labels = np.array([[bool(bits >> bit & 1) for bit in range(3)] for _, bits in rows])
    groups = [str(group) for group, _ in rows] + ["x", "y"]
    labels = np.vstack([labels, np.zeros((2, 3), bool)])
    folds = grouped_stratified_parts(labels, groups, shares=(1 / 2,) * 2, seed=seed)
    assert len(set(zip(groups, folds.tolist(), strict=True))) == len(set(groups))
    assert set(folds.tolist()) <= {0, 1}
