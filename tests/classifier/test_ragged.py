"""Ragged and Seen: sequences taken without copies, films known again by their groups."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from classifier.data.training_films import TrainingFilms
from classifier.errors import BadTrainingData, UnsafeModel
from classifier.ragged import FRAMES_AT_ONCE, Ragged


def make_sequences(n: int = 7) -> list[NDArray[np.float32]]:
    return [np.full((1 + place, 3), place, dtype=np.float32) for place in range(n)]


def test_taken_sequences_are_views_and_may_be_taken_from_again() -> None:
    whole = Ragged.from_sequences(make_sequences())
    some = whole.take(np.array([5, 0, 3])).take(np.array([2, 0]))
    assert [sequence[0, 0] for sequence in some] == [3, 5]
    assert some.lengths.tolist() == [4, 6]
    assert np.shares_memory(some[0], whole.values)


def test_packed_holds_the_same_and_nothing_else() -> None:
    some = Ragged.from_sequences(make_sequences()).take(np.array([4, 1]))
    packed = some.packed()
    assert packed.values[:, 0].tolist() == [4] * 5 + [1] * 2
    assert packed.offsets.tolist() == [0, 5, 7]
    assert packed.packed() is packed


@pytest.mark.parametrize("taken", [False, True])
def test_pieces_are_all_frames_in_order(taken: bool) -> None:
    random = np.random.default_rng(0)
    whole = Ragged.from_sequences([random.random((700, 2)).astype(np.float32) for _ in range(9)])
    X = whole.take(np.arange(8, -1, -1)) if taken else whole
    pieces = list(X.pieces())
    assert np.array_equal(np.concatenate(pieces), np.concatenate(list(X)))
    assert max(map(len, pieces)) < FRAMES_AT_ONCE + 700


@pytest.mark.parametrize(
    ("values", "offsets"),
    [
        (np.zeros((3, 2), np.int64), [0, 3]),
        (np.zeros((3, 0), np.float32), [0, 3]),
        (np.zeros((3, 2), np.float32), [0, 2**63 - 1, -2, 3]),  # of which differences overflow and look right
        (np.zeros(3, np.float32), [0, 3]),
        (np.zeros((3, 2), np.float32), [0, 2]),
        (np.zeros((3, 2), np.float32), [1, 3]),
        (np.zeros((3, 2), np.float32), [0, 0, 3]),
        (np.zeros((3, 2), np.float32), []),
    ],
)
def test_arrays_that_do_not_fit_together_are_refused(values: NDArray[Any], offsets: list[int]) -> None:
    with pytest.raises(BadTrainingData):
        Ragged(values, np.array(offsets, dtype=np.int64))


def test_nothing_can_not_be_taken() -> None:
    with pytest.raises(BadTrainingData):
        Ragged.from_sequences([])
    with pytest.raises(BadTrainingData):
        Ragged.from_sequences(make_sequences()).take(np.array([], dtype=np.int64))


def test_seen_films_are_known_and_others_not() -> None:
    seen = TrainingFilms.from_groups(["alien", "iron man", "alien", "caf\udce9"])
    assert len(seen) == 3
    assert all(group in seen for group in ("alien", "iron man", "caf\udce9"))
    assert "aliens" not in seen


@pytest.mark.parametrize("digests", [b"1234567", b"bbbbbbbbaaaaaaaa", b"aaaaaaaaaaaaaaaa"])
def test_a_damaged_list_of_films_is_refused(digests: bytes) -> None:
    with pytest.raises(UnsafeModel):
        TrainingFilms(digests)
