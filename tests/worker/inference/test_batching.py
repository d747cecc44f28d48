"""Batching: frames of many askers share full batches, and everybody gets his own vectors back."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.support.working import wait_until
from worker.inference.batching import Batcher


class Network:
    """Gives each frame a vector full of the frame's first number; notes its batches, fails on 255 and on no frames."""

    def __init__(self) -> None:
        self.n_frames: list[int] = []
        self.may_work = threading.Event()
        self.may_work.set()

    def __call__(self, frames: NDArray[np.uint8]) -> NDArray[np.float32]:
        self.may_work.wait()
        assert len(frames), "a batch of no frames"
        self.n_frames.append(len(frames))
        first = frames[:, 0, 0, 0]
        if 255 in first:
            raise ValueError("not this one")
        return np.repeat(first[:, None].astype(np.float32), 512, axis=1)


@pytest.fixture
def network() -> Network:
    return Network()


@pytest.fixture
def batcher(network: Network) -> Iterator[Batcher]:
    batcher = Batcher(network, size=16, dim=512)
    thread = threading.Thread(target=batcher.run)
    thread.start()
    yield batcher
    network.may_work.set()
    batcher.stop()
    thread.join(timeout=10)
    assert not thread.is_alive()


def frames(*values: int) -> NDArray[np.uint8]:
    return np.array(values, np.uint8)[:, None, None, None] * np.ones((1, 2, 2, 3), np.uint8)


def ask_while_busy(batcher: Batcher, network: Network, *asked: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
    """Ask one after the other while a first batch of one frame keeps the network busy; return the other answers."""
    network.may_work.clear()
    with ThreadPoolExecutor(len(asked) + 1) as pool:
        first = pool.submit(batcher.infer, frames(0))
        while not batcher.busy_s():
            time.sleep(0.001)
        answers = []
        for number, some in enumerate(asked, 1):
            answers.append(pool.submit(batcher.infer, some))
            while len(batcher._waiting) < number:
                time.sleep(0.001)
        network.may_work.set()
        first.result()
        return [answer.result() for answer in answers]


def test_frames_of_many_trailers_fill_the_batches(batcher: Batcher, network: Network) -> None:
    asked = [frames(*range(start, start + 10)) for start in (1, 101, 201)]
    answers = ask_while_busy(batcher, network, *asked)
    assert network.n_frames == [1, 16, 14]
    for mine, vectors in zip(asked, answers, strict=True):
        assert vectors.shape == (10, 512)
        assert (vectors[:, 0] == mine[:, 0, 0, 0]).all()


def test_more_frames_than_a_batch_are_answered_whole(batcher: Batcher, network: Network) -> None:
    vectors = batcher.infer(frames(*range(40)))
    assert network.n_frames == [16, 16, 8]
    assert (vectors[:, 511] == np.arange(40)).all()
    assert batcher.infer(frames()[:0]).shape == (0, 512)


@pytest.mark.parametrize(
    ("n_frames", "batches"), [(0, []), (1, [1]), (15, [15]), (16, [16]), (17, [16, 1]), (32, [16, 16])]
)
def test_no_number_of_frames_makes_an_empty_batch(
    batcher: Batcher, network: Network, n_frames: int, batches: list[int]
) -> None:
    vectors = batcher.infer(frames(*range(n_frames)))
    assert vectors.shape == (n_frames, 512)
    assert vectors[:, 0].tolist() == list(range(n_frames))
    assert network.n_frames == batches


def test_a_batch_that_fails_is_told_to_those_in_it_alone(batcher: Batcher, network: Network) -> None:
    with pytest.raises(ValueError, match="not this one"):
        batcher.infer(frames(1, 2, 255, *range(40)))  # the rest of it is not inferred for nobody
    assert (batcher.infer(frames(7))[0] == 7).all()
    assert network.n_frames == [16, 1]


def test_a_network_of_another_width_than_registered_is_told_to_those_who_asked(network: Network) -> None:
    batcher = Batcher(network, size=16, dim=7)
    thread = threading.Thread(target=batcher.run, daemon=True)
    thread.start()
    with pytest.raises(ValueError, match="512"):
        batcher.infer(frames(1))
    batcher.stop()
    thread.join(timeout=10)
    assert not thread.is_alive()


def test_the_time_a_batch_takes_is_known(batcher: Batcher, network: Network) -> None:
    assert batcher.busy_s() == 0
    network.may_work.clear()
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(batcher.infer, frames(1))
        wait_until(lambda: batcher.busy_s() > 0.05)
        network.may_work.set()
        answer.result()
    wait_until(lambda: batcher.busy_s() == 0)
