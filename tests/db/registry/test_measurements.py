"""Measurements in the database: asked for once, claimed by one, brought back from the dead."""

from datetime import UTC, datetime

import pytest

from classifier.evaluation.measuring import ModelMeasurement
from db.queue.job_records import JobError
from db.registry.measurement_records import MeasurementBrief, MeasurementClaim, MeasurementReport
from db.registry.measurements import MAX_ATTEMPTS
from db.store import Store

MODEL, OTHER = "a" * 64, "b" * 64
MAY_PASS = JobError("store_unavailable", "retry", "no database answers")
FOR_GOOD = JobError("bad_source", "permanent", "no labels")
REPORT = MeasurementReport(
    datetime(2026, 1, 1, tzinfo=UTC), "0" * 64, (), ModelMeasurement(0, 0, {"macro_ap": 0.5}, {}, {}, (), ())
)


def claim(store: Store, *, lease_s: float = 60) -> MeasurementClaim:
    found = store.measurements.claim("token", lease_s=lease_s)
    assert found is not None
    return found


def state(store: Store) -> str:
    found = store.measurements.get(MODEL)
    assert found is not None
    return found.state


def test_who_asks_twice_has_one_measurement(store: Store) -> None:
    first = store.measurements.ask(MODEL, by="ann")
    assert store.measurements.ask(MODEL, by="ben") == first
    claim(store)
    assert store.measurements.ask(MODEL, by="ben").state == "running"
    assert store.measurements.claim("another", lease_s=60) is None


def test_the_one_that_has_waited_longest_is_claimed_first(store: Store) -> None:
    store.measurements.ask(OTHER, by="ann")
    store.measurements.ask(MODEL, by="ann")
    assert claim(store).model_id == OTHER
    assert claim(store).model_id == MODEL
    assert store.measurements.find_missing([MODEL, "c" * 64, OTHER]) == ["c" * 64]


def test_a_report_stays_until_there_is_a_new_one(store: Store) -> None:
    store.measurements.ask(MODEL, by="ann")
    assert store.measurements.finish(claim(store), REPORT)
    again = store.measurements.ask(MODEL, by="ben")
    assert (again.state, again.report) == ("waiting", REPORT)


def test_a_lease_that_is_over_is_anothers(store: Store) -> None:
    store.measurements.ask(MODEL, by="ann")
    lost = claim(store, lease_s=-1)
    second = store.measurements.claim("second", lease_s=60)
    assert second is not None
    assert not store.measurements.renew(lost, lease_s=60)
    assert not store.measurements.finish(lost, REPORT)
    assert store.measurements.renew(second, lease_s=60)
    assert store.measurements.finish(second, REPORT)


def test_a_worker_that_dies_three_times_ends_it(store: Store) -> None:
    store.measurements.ask(MODEL, by="ann")
    for _ in range(MAX_ATTEMPTS):
        claim(store, lease_s=-1)
    assert store.measurements.claim("fourth", lease_s=60) is None
    found = store.measurements.get(MODEL)
    assert found is not None
    assert found.error is not None
    assert (found.state, found.error.code) == ("failed", "poisoned")
    assert store.measurements.ask(MODEL, by="ben").attempts == 0


@pytest.mark.parametrize(("error", "n"), [(MAY_PASS, MAX_ATTEMPTS), (FOR_GOOD, 1)])
def test_an_error_that_may_pass_is_met_three_times(store: Store, error: JobError, n: int) -> None:
    store.measurements.ask(MODEL, by="ann")
    states = []
    for _ in range(n):
        assert store.measurements.fail(claim(store), error)
        states.append(state(store))
    assert states == ["waiting"] * (n - 1) + ["failed"]


def test_what_is_saved_without_a_claim_takes_it_from_others(store: Store) -> None:
    store.measurements.ask(MODEL, by="ann")
    running = claim(store)
    store.measurements.save(MODEL, REPORT, by="ben")
    assert not store.measurements.fail(running, FOR_GOOD)
    assert state(store) == "done"


def test_a_list_needs_no_curves(store: Store) -> None:
    store.measurements.ask(OTHER, by="ann")
    store.measurements.save(MODEL, REPORT, by="ben")
    briefs = store.measurements.list_briefs()
    assert briefs == {
        MODEL: MeasurementBrief(MODEL, "done", 0, 0.5, None),
        OTHER: MeasurementBrief(OTHER, "waiting", 0, None, None),
    }
