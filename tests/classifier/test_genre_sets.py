"""Genres that films have together, and what the evidence for one says of the others."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from classifier.errors import UnsafeModel
from classifier.genre_sets import MAX_SETS, GenreSets

SETS = GenreSets(np.array([[1, 1, 0, 0], [1, 0, 0, 0], [0, 0, 1, 0]], dtype=np.bool_), np.array([6, 2, 8]))


def of_labels(rows: list[list[int]], known: list[list[int]] | None = None) -> GenreSets:
    labels = np.array(rows, dtype=np.bool_)
    return GenreSets.from_labels(labels, np.ones_like(labels) if known is None else np.array(known, dtype=np.bool_))


def by_hand(sets: GenreSets, evidence: NDArray[np.float64], genre: int) -> float:
    """Return a genre's odds, given the evidence, over its odds without it, set by set."""
    odds = []
    for factor in (evidence, np.zeros_like(evidence)):
        weights = [n * np.exp(factor[members].sum()) for members, n in zip(sets.members, sets.counts, strict=True)]
        having = sum(weight for weight, members in zip(weights, sets.members, strict=True) if members[genre])
        odds.append(having / (sum(weights) - having))
    return float(odds[0] / odds[1])


@given(st.lists(st.floats(-4, 4), min_size=4, max_size=4))
def test_what_is_added_is_bayes_rule_over_the_sets(numbers: list[float]) -> None:
    evidence = np.array(numbers)
    added = SETS.say_of_others(evidence[None])[0]
    for genre in range(3):
        assert added[genre] + evidence[genre] == pytest.approx(np.log(by_hand(SETS, evidence, genre)), abs=1e-9)
    assert added[3] == 0  # no set holds it


def test_genres_that_come_together_raise_each_other_and_lower_those_that_never_do() -> None:
    action, adventure, drama, _ = SETS.say_of_others(np.array([[0.0, 2.0, 0.0, 0.0]]))[0]
    assert action > 0.5
    assert adventure < 0.2  # its own evidence is not counted twice
    assert drama < -0.5


def test_genres_that_are_independent_say_nothing_of_each_other() -> None:
    independent = GenreSets(np.array(list(product([0, 1], repeat=3)), dtype=np.bool_), np.full(8, 5))
    evidence = np.random.default_rng(0).normal(0, 3, (50, 3))
    np.testing.assert_allclose(independent.say_of_others(evidence), 0, atol=1e-12)


@pytest.mark.parametrize("n", [0, 1, 40])
def test_many_films_are_told_as_each_by_itself(n: int) -> None:
    evidence = np.random.default_rng(0).normal(0, 3, (n, 4))
    whole = SETS.say_of_others(evidence)
    assert whole.shape == (n, 4)
    assert [SETS.say_of_others(row[None])[0].tolist() for row in evidence] == whole.tolist()


def test_evidence_beyond_all_measure_stays_finite() -> None:
    assert np.isfinite(SETS.say_of_others(np.array([[1e4, -1e4, 1e4, 1e4]]))).all()


def test_films_of_which_a_genre_is_unknown_are_not_counted() -> None:
    found = of_labels([[1, 0], [1, 0], [0, 1]], [[1, 1], [1, 0], [1, 1]])
    assert found.counts.tolist() == [1, 1]
    nothing = of_labels([[1, 0]], [[1, 0]])
    assert not len(nothing.counts)
    assert nothing.say_of_others(np.ones((2, 2))).tolist() == [[0, 0], [0, 0]]


def test_of_too_many_sets_the_commonest_stay() -> None:
    labels = (np.arange(MAX_SETS + 1)[:, None] >> np.arange(13) & 1).astype(np.bool_)
    found = GenreSets.from_labels(np.concatenate([labels, labels[-1:]]), np.ones((MAX_SETS + 2, 13), dtype=np.bool_))
    assert len(found.counts) == MAX_SETS
    assert found.members[0].tolist() == labels[-1].tolist()


@pytest.mark.parametrize("n_genres", [1, 8, 9, 200])
def test_sets_that_were_written_are_read_again(n_genres: int) -> None:
    labels = np.random.default_rng(n_genres).random((30, n_genres)) < 0.3
    sets = GenreSets.from_labels(labels, np.ones_like(labels))
    again = GenreSets.from_hex(sets.to_hex(), n_genres=n_genres)
    assert (again.members.tolist(), again.counts.tolist()) == (sets.members.tolist(), sets.counts.tolist())


@pytest.mark.parametrize("text", ["00", SETS.to_hex()[:-2], SETS.to_hex()[:-8] + "00000000", SETS.to_hex() * MAX_SETS])
def test_damaged_sets_are_refused(text: str) -> None:
    with pytest.raises(UnsafeModel, match="set"):
        GenreSets.from_hex(text, n_genres=4)
