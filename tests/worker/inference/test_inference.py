"""The inference process and those who ask it: the same vectors, whoever dies, hangs or talks nonsense."""

import hashlib
import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import psutil
import pytest
from numpy.typing import NDArray

from extractor.features import make_features_id
from extractor.networks.weights import Weights, given_weights
from extractor.video.extraction import extract_features
from tests.support.cheap_work import CheapBackbone, Plan
from tests.support.service import Service, kill, words
from tests.support.videos import make_clip
from worker.errors import WorkerError
from worker.inference.shared_backbone import SharedBackbone, address_of, listen
from worker.jobs.inference_process import serve

CONTENT = b"no network"
Answer = Callable[[socket.socket], None]


@pytest.fixture
def weights(tmp_path: Path) -> Weights:
    path = tmp_path / "cheap.h5"
    path.write_bytes(CONTENT)
    return given_weights(path)


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with listen() as listener:
        yield listener


@pytest.fixture
def start(listener: socket.socket, weights: Weights) -> Callable[..., None]:
    """Start a server on the listener, after these strange answers to the first connections."""

    def start(*answers: Answer, network: Any = None) -> None:
        runtime: Any = SimpleNamespace(network=network or CheapBackbone(weights, lambda: None))

        def run() -> None:
            for answer in answers:
                connection, _ = listener.accept()
                answer(connection)
                connection.close()
            serve(runtime, listener)

        threading.Thread(target=run, daemon=True).start()

    return start


@pytest.fixture
def shared(listener: socket.socket, weights: Weights) -> Iterator[SharedBackbone]:
    shared = SharedBackbone(address_of(listener), weights)
    yield shared
    shared.close()


def some_frames(n_frames: int) -> NDArray[np.uint8]:
    return np.random.default_rng(n_frames).integers(0, 256, (n_frames, 299, 299, 3), np.uint8)


def hang_up(connection: socket.socket) -> None:
    """Say hello, and be gone before an answer."""
    features_id = make_features_id("inception_v3", "custom", hashlib.sha256(CONTENT).hexdigest())
    text = json.dumps({"features_id": features_id, "provenance": {}}).encode()
    connection.sendall(struct.pack("<cI", b"H", len(text)) + text)
    connection.recv(100)


def talk_nonsense(connection: socket.socket) -> None:
    connection.sendall(b"X\xff\xff\xff\xff")


def test_another_process_gives_the_same_vectors(
    start: Callable[..., None], shared: SharedBackbone, weights: Weights
) -> None:
    start()
    frames = some_frames(5)
    np.testing.assert_array_equal(shared(frames), CheapBackbone(weights, lambda: None)(frames))
    assert shared.features_id == weights.features_id
    assert shared.provenance == CheapBackbone(weights, lambda: None).provenance


@pytest.mark.parametrize("n_frames", [0, 1, 15, 16, 17, 32])
def test_any_number_of_frames_is_answered_and_none_are_no_batch(
    start: Callable[..., None], shared: SharedBackbone, n_frames: int
) -> None:
    start()
    assert shared(some_frames(n_frames)).shape == (n_frames, 2048)


def test_a_video_that_ends_with_a_full_batch_is_seen_by_another_process(
    start: Callable[..., None], shared: SharedBackbone, tmp_path: Path
) -> None:
    start()
    path = make_clip(tmp_path / "clip.mp4", seconds=16, size="64x64")
    assert len(extract_features(path, shared)) == 16


@pytest.mark.parametrize("strange", [hang_up, talk_nonsense, lambda connection: None])
def test_a_process_that_dies_twice_costs_a_moment(
    start: Callable[..., None], shared: SharedBackbone, strange: Answer
) -> None:
    start(strange, strange)
    assert shared(some_frames(2)).shape == (2, 2048)


def test_frames_that_kill_the_process_again_and_again_fail(start: Callable[..., None], shared: SharedBackbone) -> None:
    start(hang_up, hang_up, hang_up)
    with pytest.raises(WorkerError, match="died 3 times over the same frames") as caught:
        shared(some_frames(1))
    assert caught.value.code == "internal"
    assert shared(some_frames(1)).shape == (1, 2048), "later ones are inferred"


def test_who_waits_can_leave_and_come_back(
    start: Callable[..., None], shared: SharedBackbone, weights: Weights
) -> None:
    left = threading.Event()

    def wait() -> None:
        left.wait(60)

    slow = CheapBackbone(weights, wait)
    start(network=slow)

    def leave() -> None:
        left.set()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        shared(some_frames(1), on_wait=leave)
    np.testing.assert_array_equal(shared(some_frames(3)), slow(some_frames(3)))  # not the answer to the first


def test_what_the_network_raises_reaches_who_asked(
    start: Callable[..., None], shared: SharedBackbone, weights: Weights, caplog: pytest.LogCaptureFixture
) -> None:
    calls = iter([None, ValueError("out of memory\n  in node '/srv/model'"), None])

    def infer() -> None:
        if exc := next(calls):
            raise exc

    start(network=CheapBackbone(weights, infer))
    with pytest.raises(WorkerError, match=r"inference failed: an unexpected error \(ValueError\)") as caught:
        shared(some_frames(1))
    assert "memory" not in str(caught.value)
    reference = str(caught.value).partition("reference ")[2].partition(";")[0]
    assert f"reference {reference}\n" in caplog.text
    assert "in node '/srv/model'" in caplog.text
    assert shared(some_frames(1)).shape == (1, 2048)


def test_other_weights_are_refused(start: Callable[..., None], shared: SharedBackbone, tmp_path: Path) -> None:
    other = tmp_path / "other.h5"
    other.write_bytes(b"another network")
    start(network=CheapBackbone(given_weights(other), lambda: None))
    with pytest.raises(WorkerError, match="weights file has changed"):
        shared(some_frames(1))


@pytest.mark.parametrize(
    "message", [struct.pack("<cI", b"F", 2**31), struct.pack("<cI", b"Z", 1), b"F", struct.pack("<cI", b"V", 1)]
)
def test_nonsense_ends_its_own_connection_alone(
    start: Callable[..., None], shared: SharedBackbone, listener: socket.socket, message: bytes
) -> None:
    start()
    assert shared(some_frames(1)).shape == (1, 2048)
    with socket.socket(socket.AF_UNIX) as stranger:
        stranger.connect(f"\0{address_of(listener)}")
        stranger.sendall(message)
        stranger.shutdown(socket.SHUT_WR)
        stranger.settimeout(10)
        while stranger.recv(65536):
            pass
    assert shared(some_frames(1)).shape == (1, 2048)


@pytest.mark.slow
def test_killing_the_inference_process_at_work_costs_no_attempt(tmp_path: Path, long_clip: Path) -> None:
    plan = Plan(folder=str(tmp_path), infer_s=0.1)
    with Service(tmp_path / "home", plan, TRAILERS_EXTRACT_WORKERS="2") as service, service.up() as running:
        service.submit(str(long_clip))
        killed: set[int] = set()
        for _ in range(2):
            service.until(lambda: at_work(service))
            service.until(lambda: any(each.pid not in killed for each in inference(running.family())))
            (victim,) = [each for each in inference(running.family()) if each.pid not in killed]
            kill(victim)
            killed.add(victim.pid)
        (job,) = service.wait().values()
        assert (job.stage, [event.stage for event in job.history].count("extracting")) == ("done", 1)
        assert len(inference(running.family())) == 1, "one for both extract processes"


def inference(family: list[psutil.Process]) -> list[psutil.Process]:
    return [process for process in family if "worker.jobs.inference_process" in words(process)]


def at_work(service: Service) -> bool:
    return any((job.progress.get("done") or 0) > 0 for job in service.jobs().values())
