import threading

import numpy as np
import pytest
from numpy.typing import NDArray

from extractor.networks.picture_batches import AHEAD, read_ahead, vary

BATCHES = [np.arange(start, start + 4) for start in range(0, 40, 4)]


def test_batches_come_in_order_and_few_pictures_wait() -> None:
    n_read, lock = [0], threading.Lock()

    def read(row: int) -> NDArray[np.uint8]:
        with lock:
            n_read[0] += 1
        return np.full((2, 2, 3), row, np.uint8)

    for n_taken, (rows, frames) in enumerate(read_ahead(read, BATCHES)):
        assert frames[:, 0, 0, 0].tolist() == rows.tolist() == BATCHES[n_taken].tolist()
        assert n_read[0] <= 4 * (n_taken + 1 + AHEAD)


def test_what_a_reader_raises_arrives() -> None:
    def read(row: int) -> NDArray[np.uint8]:
        raise OSError(f"no {row}")

    with pytest.raises(OSError, match="no 0"):
        next(read_ahead(read, BATCHES))


def test_a_varied_picture_is_much_like_it_was_or_its_mirror_and_the_seed_decides() -> None:
    ramp = np.linspace(0, 255, 64, dtype=np.uint8)
    frame = np.broadcast_to(ramp[None, :, None], (64, 64, 3)).copy()  # dark on the left
    varied = [vary(frame, np.random.default_rng(seed)) for seed in range(40)]
    assert all(each.shape == frame.shape and each.dtype == np.uint8 for each in varied)
    mirrored = [int(each[0, 0, 0]) > int(each[0, -1, 0]) for each in varied]
    assert 10 < sum(mirrored) < 30
    upright = [each[:, ::-1] if turned else each for each, turned in zip(varied, mirrored, strict=True)]
    assert max(np.abs(each.astype(int) - frame).max() for each in upright) <= 0.16 * 255
    assert len({each.tobytes() for each in upright}) > 30
    assert np.array_equal(vary(frame, np.random.default_rng(5)), varied[5])
