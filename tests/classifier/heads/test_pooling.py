"""Pooling: one vector for a sequence."""

import numpy as np

from classifier.heads.pooling import moments, pool_mean, pool_stats
from classifier.ragged import Ragged

RISING = np.array([[0.0, 4.0], [1.0, 4.0], [2.0, 4.0]], np.float32)


def test_stats_are_mean_spread_maximum_and_change() -> None:
    expected = [1.0, 4.0, np.sqrt(2 / 3), 0.0, 2.0, 4.0, 1.0, 0.0]
    np.testing.assert_allclose(pool_stats(Ragged.from_sequences([RISING]))[0], expected, rtol=1e-6)
    np.testing.assert_array_equal(pool_mean(Ragged.from_sequences([RISING])), [[1.0, 4.0]])


def test_one_frame_is_its_own_mean_and_maximum_and_never_changes() -> None:
    np.testing.assert_array_equal(pool_stats(Ragged.from_sequences([RISING[2:]])), [[2, 4, 0, 0, 2, 4, 0, 0]])


def test_a_sequence_is_pooled_alike_alone_and_in_company() -> None:
    random = np.random.default_rng(0)
    sequences = [random.normal(size=(int(n), 5)).astype(np.float32) for n in (7, 300, 1)]
    for pool in (pool_mean, pool_stats):
        alone = np.concatenate([pool(Ragged.from_sequences([sequence])) for sequence in sequences])
        np.testing.assert_array_equal(pool(Ragged.from_sequences(sequences)), alone)


def test_sums_of_half_precision_neither_overflow_nor_stop_growing() -> None:
    ones = Ragged.from_sequences([np.full((4000, 2), 60.0, np.float16)])
    np.testing.assert_array_equal(pool_mean(ones), [[60.0, 60.0]])
    assert pool_stats(ones).dtype == np.float32


def test_moments_over_pieces_are_those_of_the_whole() -> None:
    values = np.random.default_rng(0).normal(3, 2, size=(9001, 3)).astype(np.float32)
    mean, scale = moments(Ragged.singles(values))
    np.testing.assert_allclose(mean, values.mean(axis=0), rtol=1e-5)
    np.testing.assert_allclose(scale, values.std(axis=0), rtol=1e-5)


def test_a_number_that_never_changes_gets_a_scale_above_zero() -> None:
    assert moments(Ragged.singles(np.ones((4, 2), np.float32)))[1].tolist() == [1.0, 1.0]
    assert (moments(Ragged.from_sequences([RISING]))[1] > 0).all()
