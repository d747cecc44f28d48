"""The process that draws the map beside the sweeper: started where a map is due, once, and ended with it."""

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from extractor.features import FrameFeatures, Provenance
from tests.db.records import make_trailer
from tests.support.homes import Home
from worker.runtime import Runtime
from worker.service import map_process
from worker.service.map_process import MapProcess


def add(home: Home, features_id: str, n: int) -> None:
    for number in range(n):
        vectors = np.random.default_rng(number).gamma(0.5, 0.8, (1, 32)).astype(np.float32)
        name, made_by = f"youtube:film{number:07}", Provenance("inception_v3", "00", "r2", "float32", {})
        home.store.features.save(name, FrameFeatures(features_id, vectors, np.zeros(1), made_by))
        home.store.trailers.save(make_trailer(name))


@pytest.fixture
def process(runtime: Runtime, home: Home, nowhere: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MapProcess]:
    home.use(monkeypatch)
    monkeypatch.setattr(map_process, "LOOK_S", 0.0)
    with MapProcess(runtime) as process:
        yield process


@pytest.fixture
def features_id(runtime: Runtime) -> str:
    """The features that workers make here."""
    return runtime.known_features_id()


def wait(process: MapProcess) -> None:
    deadline = time.monotonic() + 60
    while process.is_running():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_map_that_is_due_is_drawn_by_a_process_of_its_own_and_then_no_more(
    home: Home, features_id: str, process: MapProcess
) -> None:
    process.round()
    assert not process.is_running(), "an empty library has no map"
    add(home, features_id, 8)
    process.round()
    assert process.is_running()
    wait(process)
    drawn = home.store.library_map.find()
    assert drawn is not None
    assert (drawn.n, drawn.features_id, home.store.library_map.is_being_drawn()) == (8, features_id, False)
    process.round()
    assert not process.is_running()


def test_while_somebody_draws_none_is_started_and_one_that_is_stopped_leaves_no_claim(
    home: Home, features_id: str, process: MapProcess
) -> None:
    add(home, features_id, 8)
    assert home.store.library_map.claim("another", for_s=60)
    process.round()
    assert not process.is_running()
    home.store.library_map.release("another")
    process.round()
    deadline = time.monotonic() + 60
    while not home.store.library_map.is_being_drawn() and time.monotonic() < deadline:
        time.sleep(0.002)
    process.__exit__()
    assert (process.is_running(), home.store.library_map.is_being_drawn()) == (False, False)
