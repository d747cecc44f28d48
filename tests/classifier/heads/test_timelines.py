"""Timelines: what each second brings beside all others, for any head."""

import numpy as np
import pytest

from classifier.arrays import Floats
from classifier.heads.base import MAX_WINDOWS, NUMBERS_AT_ONCE, in_context
from classifier.heads.linear import LogisticMean
from classifier.ragged import Ragged

DIM = 8


def _frames(n: int) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    return np.random.default_rng(n).normal(size=(n, DIM)).astype(np.float32)


def _highest(X: Ragged) -> Floats:
    """Return the maximum of the first number, a genre that one second alone can tell."""
    return np.array([[float(sequence[:, 0].max())] for sequence in X])


def test_of_a_head_of_the_mean_it_is_the_mean_of_what_the_five_seconds_say() -> None:
    frames, random = _frames(40), np.random.default_rng(0)
    head = LogisticMean.from_weights(random.normal(size=(3, DIM)).astype(np.float32), np.ones(3, np.float32))
    said, found = head.timeline(frames), in_context(frames, predict=head.logits)
    expected = [said[max(0, second - 2) : second + 3].mean(axis=0) for second in range(40)]
    np.testing.assert_allclose(found, expected, atol=1e-6)


@pytest.mark.parametrize("n_frames", [6, 150, 151, 4000])
def test_at_most_150_windows_are_left_out_and_few_frames_are_copied_at_once(n_frames: int) -> None:
    asked: list[int] = []

    def predict(X: Ragged) -> Floats:
        asked.append(len(X))
        assert X.values.size <= NUMBERS_AT_ONCE
        return _highest(X)

    assert in_context(_frames(n_frames), predict=predict).shape == (n_frames, 1)
    assert sum(asked) == 1 + min(n_frames, MAX_WINDOWS)


@pytest.mark.parametrize("n_frames", [1, 4, 5])
def test_of_five_seconds_or_fewer_each_has_what_all_say(n_frames: int) -> None:
    frames = _frames(n_frames)
    said = float(_highest(Ragged.from_sequences([frames]))[0, 0])
    assert in_context(frames, predict=_highest)[:, 0].tolist() == [said] * n_frames


@pytest.mark.parametrize("n_frames", [60, 600])
def test_what_one_second_alone_tells_is_found_in_a_trailer_of_any_length(n_frames: int) -> None:
    frames = np.zeros((n_frames, DIM), np.float32)
    frames[n_frames // 3, 0] = 4.0
    found = in_context(frames, predict=_highest)[:, 0]
    assert np.flatnonzero(found > 4.0).tolist() == list(range(*((18, 23) if n_frames == 60 else (196, 204))))
    assert found.min() == 4.0  # nothing else takes away from it
