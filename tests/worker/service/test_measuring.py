"""Measuring stored models on the library's own labelled trailers, as a command and as a process of the sweeper's."""

import subprocess
import sys
import time
from collections.abc import Iterator

import numpy as np
import pytest

from classifier.evaluation.measuring import FEWEST
from db.records import ModelRecord
from db.registry.measurement_records import Measurement
from tests.support.homes import Command, Home
from tests.support.measured.library import add_labelled, add_trailer, make_seeing_model
from tests.support.models import DIM, make_model, put_to_use
from tests.support.service import ROOT
from worker.inference.registry import find_model, list_models, register
from worker.learning.datasets import dataset_from_store
from worker.learning.listener import LearningListener
from worker.progress import Quiet
from worker.runtime import Runtime
from worker.service.measurer import FEWEST_LABELLED, Measurer
from worker.service.measuring import measure_model
from worker.settings import own_settings

MOST_S = 60


@pytest.fixture
def runtime(home: Home, monkeypatch: pytest.MonkeyPatch) -> Iterator[Runtime]:
    home.use(monkeypatch)
    with Runtime(own_settings()) as runtime:
        yield runtime


@pytest.fixture
def seeing(home: Home) -> ModelRecord:
    return register(home.store, make_seeing_model(home.features_id, name="seeing", skill=6))


def wait_for(measurer: Measurer, home: Home, model_id: str) -> Measurement:
    """Let a measurer work until the measurement of a model is over."""
    deadline = time.monotonic() + MOST_S
    while True:
        measurer.round()
        measurement = home.store.measurements.get(model_id)
        if measurement and measurement.state in ("done", "failed"):
            return measurement
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_model_is_measured_by_the_features_it_is_planted_to_see(
    home: Home, run: Command, seeing: ModelRecord
) -> None:
    rows = [
        (0.9, True),
        (0.8, True),
        (0.7, False),
        (0.6, True),
        (0.4, True),
        (0.3, False),
        (0.2, True),
        (0.1, False),
        (0.05, False),
        (0.02, False),
    ]
    for number, (feature, has) in enumerate(rows):
        vectors = np.zeros((1, DIM), dtype=np.float32)
        vectors[0, 0] = feature
        add_trailer(home.store, home.features_id, f"file:{number:016x}", vectors, ("Action",) if has else ("Comedy",))
    status, report = run.json("models", "measure", "seeing")
    assert status == 0
    action = report["found"]["genres"][0]
    assert (action["genre"], action["support"], action["n_known"]) == ("Action", 5, 10)
    assert action["curves"]["figures"]["average_precision"] == pytest.approx((1 + 1 + 3 / 4 + 4 / 5 + 5 / 7) / 5)
    at_half = action["curves"]["cuts"][50]
    assert (at_half["n_passing"], at_half["precision"], at_half["recall"]) == (4, 3 / 4, 3 / 5)


def test_what_a_model_has_learnt_from_is_left_out(home: Home, run: Command) -> None:
    add_labelled(home.store, home.features_id, 30)
    seen = dataset_from_store(home.store, home.features_id).groups[:12]
    register(home.store, make_seeing_model(home.features_id, name="learnt", skill=6, seen=seen))
    _, report = run.json("models", "measure", "learnt")
    assert report["found"]["n_rows"] == 18
    assert report["left_out"][0] == "12 of 30 rows left out: the model was made with their films"


def test_a_genre_that_no_trailer_has_is_told_to_have_too_few(home: Home, run: Command, seeing: ModelRecord) -> None:
    add_labelled(home.store, home.features_id, 6 * FEWEST)
    _, report = run.json("models", "measure", "seeing")
    assert [(each["genre"], each["support"], each["curves"] is None) for each in report["found"]["genres"]] == [
        ("Action", 15, False), ("Comedy", 15, False), ("Drama", FEWEST, False), ("Horror", 0, True),
    ]  # fmt: skip
    status, out, _ = run("models", "show", "seeing")
    assert status == 0
    assert "on 30 labelled trailers of this library, of 30 films, that it has not learnt from" in out
    assert "too few" in next(line for line in out.splitlines() if line.startswith("Horror"))


def test_without_labels_it_says_what_brings_them(home: Home, run: Command, seeing: ModelRecord) -> None:
    status, _, err = run("models", "measure", "seeing")
    assert (status, "trailers analyze" in err) == (4, True)
    add_trailer(home.store, home.features_id, "file:00000000000000aa", np.zeros((1, DIM), np.float32), None)
    status, _, err = run("models", "measure", "seeing")
    assert (status, "labels import" in err) == (1, True)


def test_one_labelled_trailer_is_measured_without_a_figure(home: Home, run: Command, seeing: ModelRecord) -> None:
    add_labelled(home.store, home.features_id, 1)
    _, report = run.json("models", "measure", "seeing")
    assert (report["found"]["n_rows"], report["found"]["figures"]) == (1, {})
    status, out, _ = run("models", "show", "seeing")
    assert (status, "on 1 labelled trailer of this library, of 1 film," in out) == (0, True)


def test_the_same_labels_are_measured_once_and_new_ones_again(
    home: Home, runtime: Runtime, seeing: ModelRecord
) -> None:
    add_labelled(home.store, home.features_id, 24)
    listener = LearningListener(lambda words: None, Quiet())
    first = measure_model(runtime, seeing, listener)
    home.store.measurements.save(seeing.model_id, first, by="a test")
    again = measure_model(runtime, seeing, listener)
    assert (again.made_at, again.rows_sha256) == (first.made_at, first.rows_sha256)
    add_labelled(home.store, home.features_id, 1, first=24)
    assert measure_model(runtime, seeing, listener).found.n_rows == 25


def test_a_candidate_stands_beside_the_model_in_use(home: Home, run: Command, seeing: ModelRecord) -> None:
    put_to_use(home.store, make_seeing_model(home.features_id, name="blind", skill=0.2, noise=0.2))
    add_labelled(home.store, home.features_id, 60)
    _, report = run.json("models", "measure", "seeing")
    difference = report["rival"]["difference"]
    assert report["rival"]["objections"] == []
    assert difference["figures"]["macro_ap"]["low"] > 0
    assert (difference["n_films"], difference["n_changed"] > 10) == (60, True)
    assert [each["ap"] is None for each in difference["genres"]] == [False, False, False, True]


def test_too_few_common_films_are_said_to_tell_nothing(home: Home, run: Command, seeing: ModelRecord) -> None:
    put_to_use(home.store, make_model(home.features_id, name="posters", modality="trailer"))
    add_labelled(home.store, home.features_id, 9)
    _, report = run.json("models", "measure", "seeing")
    assert report["rival"]["difference"] is None
    assert "only 9 of the films are new to both" in report["rival"]["finding"]


def test_the_sweeper_measures_what_is_asked_for_in_a_process_of_its_own(
    home: Home, runtime: Runtime, seeing: ModelRecord
) -> None:
    add_labelled(home.store, home.features_id, FEWEST_LABELLED - 1)
    home.store.measurements.ask(seeing.model_id, by="ann")
    with Measurer(runtime) as measurer:
        done = wait_for(measurer, home, seeing.model_id)
    assert (done.state, done.asked_by, done.attempts, done.error) == ("done", "ann", 1, None)
    assert done.report is not None
    assert done.report.found.n_rows == FEWEST_LABELLED - 1


def test_a_model_that_nothing_can_be_measured_for_has_failed_with_the_reason(
    home: Home, runtime: Runtime, seeing: ModelRecord
) -> None:
    home.store.measurements.ask(seeing.model_id, by="ann")
    with Measurer(runtime) as measurer:
        failed = wait_for(measurer, home, seeing.model_id)
    assert failed.error is not None
    assert (failed.state, failed.error.code) == ("failed", "not_found")


@pytest.mark.parametrize("n", [FEWEST_LABELLED - 1, FEWEST_LABELLED])
def test_new_candidates_are_measured_by_themselves_once_there_are_labels_enough(
    home: Home, runtime: Runtime, seeing: ModelRecord, n: int
) -> None:
    list_models(home.store)  # those that ship are in use
    add_labelled(home.store, home.features_id, n)
    with Measurer(runtime) as measurer:
        measurer.round()
        measurement = home.store.measurements.get(seeing.model_id)
    assert (measurement is not None) == (n == FEWEST_LABELLED)
    assert home.store.measurements.get(find_model(home.store, "starter").model_id) is None


def test_a_process_that_is_killed_is_followed_by_another(home: Home, runtime: Runtime, seeing: ModelRecord) -> None:
    add_labelled(home.store, home.features_id, 24)
    home.store.measurements.ask(seeing.model_id, by="ann")
    with Measurer(runtime) as measurer:
        measurer.round()
        assert measurer._child is not None
        assert measurer._child.process is not None
        measurer._child.process.kill()
        measurer._child.process.wait()
        done = wait_for(measurer, home, seeing.model_id)
    assert (done.state, done.attempts) == ("done", 2)


def test_what_a_stopped_sweeper_has_begun_waits_again(home: Home, runtime: Runtime, seeing: ModelRecord) -> None:
    home.store.measurements.ask(seeing.model_id, by="ann")
    with Measurer(runtime) as measurer:
        measurer.round()
        running = home.store.measurements.get(seeing.model_id)
    waiting = home.store.measurements.get(seeing.model_id)
    assert running is not None
    assert waiting is not None
    assert (running.state, running.attempts, waiting.state, waiting.attempts) == ("running", 1, "waiting", 0)


def test_a_deleted_model_takes_its_measurement_along(home: Home, run: Command, seeing: ModelRecord) -> None:
    add_labelled(home.store, home.features_id, 1)
    assert run("models", "measure", "seeing")[0] == 0
    assert run("models", "delete", "seeing")[0] == 0
    assert home.store.measurements.get(seeing.model_id) is None


def start_sweeper() -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "-P", "-m", "worker.service.sweeper", "a-test"], cwd=ROOT)


@pytest.mark.slow
def test_a_measurement_survives_the_kill_of_its_sweeper(
    home: Home, runtime: Runtime, seeing: ModelRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRAILERS_LEASE_S", "3")
    add_labelled(home.store, home.features_id, FEWEST_LABELLED)  # it asks by itself
    states = []
    for end in ("running", "done"):
        sweeper = start_sweeper()
        try:
            deadline = time.monotonic() + MOST_S
            while not (found := home.store.measurements.get(seeing.model_id)) or found.state != end:
                assert time.monotonic() < deadline, found
                time.sleep(0.02)
        finally:
            sweeper.kill()
            sweeper.wait()
        states.append((found.state, found.attempts))
    assert states == [("running", 1), ("done", 2)]
