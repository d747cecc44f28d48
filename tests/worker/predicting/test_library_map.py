"""The drawing of the map: when it is due, one drawer at a time, and another after one that was killed."""

import secrets
import threading
from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np
import pytest

from db.fields import now
from db.library_map import DrawnMap
from db.library_records import LibraryQuery
from db.store import Store
from extractor.features import FrameFeatures, Provenance
from tests.db.records import make_trailer
from worker.predicting import library_map, map_layout
from worker.predicting.library_map import is_due

KIND, OTHER = "inception_v3-imagenet-1a2b3c4d-r2", "resnet50-imagenet-1a2b3c4d-r2"


def add(store: Store, numbers: Sequence[int], *, kind: str = KIND) -> None:
    for number in numbers:
        vectors = np.random.default_rng(number).gamma(0.5, 0.8, (1, 32)).astype(np.float32)
        made_by = Provenance("inception_v3", "00", "r2", "float32", {})
        name = f"youtube:film{number:07}"
        store.features.save(name, FrameFeatures(kind, vectors, np.zeros(1), made_by))
        store.trailers.save(make_trailer(name))


def draw(store: Store, kind: str) -> bool:
    return library_map.draw(store, kind, token=secrets.token_hex(4))


def placed(store: Store) -> set[str]:
    return {point.trailer_id for point in store.library_map.points(LibraryQuery(), limit=1000)[1]}


def test_a_map_is_due_when_a_tenth_has_come_or_gone_or_the_features_are_others(store: Store) -> None:
    assert not is_due(store, KIND)
    add(store, range(20))
    assert is_due(store, KIND)
    assert draw(store, KIND)
    assert (len(placed(store)), is_due(store, KIND), draw(store, KIND)) == (20, False, False)
    add(store, [20, 21])
    assert not is_due(store, KIND), "two of twenty are a tenth, not more"
    add(store, [22])
    assert is_due(store, KIND)
    assert not is_due(store, OTHER), "no trailer has such features"
    add(store, [1], kind=OTHER)
    assert is_due(store, OTHER)


def test_a_map_is_due_when_more_than_a_tenth_was_deleted(store: Store) -> None:
    add(store, range(20))
    draw(store, KIND)
    for number, due in ((0, False), (1, False), (2, True)):
        store.removal.remove(f"youtube:film{number:07}")
        assert is_due(store, KIND) == due
    assert draw(store, KIND)
    drawn = store.library_map.find()
    assert drawn is not None
    assert (drawn.n, len(placed(store))) == (17, 17)


def test_trailers_without_the_new_features_leave_the_map(store: Store) -> None:
    add(store, range(6))
    draw(store, KIND)
    add(store, range(2), kind=OTHER)
    draw(store, OTHER)
    assert placed(store) == {"youtube:film0000000", "youtube:film0000001"}


def test_two_that_draw_at_once_draw_one_map(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    add(store, range(8))
    inside, go_on = threading.Event(), threading.Event()

    def wait(points: map_layout.Points) -> map_layout.Points:
        inside.set()
        assert go_on.wait(30)
        return map_layout.lay_out(points)

    monkeypatch.setattr(library_map, "lay_out", wait)
    first: list[bool] = []
    thread = threading.Thread(target=lambda: first.append(draw(store, KIND)))
    thread.start()
    assert inside.wait(30)
    assert (store.library_map.is_being_drawn(), draw(store, KIND)) == (True, False)
    go_on.set()
    thread.join(30)
    assert (first, store.library_map.is_being_drawn(), len(placed(store))) == ([True], False, 8)


def test_the_claim_of_a_drawer_that_was_killed_ends_and_it_can_do_no_harm_later(store: Store) -> None:
    add(store, range(8))
    assert store.library_map.claim("killed", for_s=60)
    assert not draw(store, KIND)
    assert store.library_map.claim("killed", for_s=-1), "its owner may change its own claim"
    assert draw(store, KIND)
    late = DrawnMap(OTHER, 1, datetime(2020, 1, 1, tzinfo=UTC))
    assert not store.library_map.put("killed", late, {"youtube:film0000000": (0.0, 0.0)})
    drawn = store.library_map.find()
    assert drawn is not None
    assert (drawn.features_id, len(placed(store))) == (KIND, 8)


def test_the_old_map_stays_while_a_new_one_is_drawn(store: Store) -> None:
    add(store, range(8))
    draw(store, KIND)
    before = store.library_map.points(LibraryQuery(), limit=9)
    assert store.library_map.claim("next", for_s=60)
    assert store.library_map.points(LibraryQuery(), limit=9) == before
    assert store.library_map.find() is not None


def test_a_large_library_is_read_in_chunks_around_a_sample(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (library_map, map_layout):
        monkeypatch.setattr(module, "N_SAMPLE", 10)
        monkeypatch.setattr(module, "AT_ONCE", 4)
    add(store, range(25))
    assert draw(store, KIND)
    assert len(placed(store)) == 25


@pytest.mark.parametrize(("limit", "shown"), [(1, 1), (7, 7), (8, 8), (9, 8)])
def test_of_too_many_points_the_same_ones_are_shown_each_time(store: Store, limit: int, shown: int) -> None:
    add(store, range(8))
    draw(store, KIND)
    n, points = store.library_map.points(LibraryQuery(), limit=limit)
    assert (n, len(points)) == (8, shown)
    assert store.library_map.points(LibraryQuery(), limit=limit)[1] == points


def test_a_part_of_the_map_is_a_filter_of_the_library(store: Store) -> None:
    add(store, range(3))
    places = {"youtube:film0000000": (0.2, 0.2), "youtube:film0000001": (0.8, 0.8)}
    assert store.library_map.claim("t", for_s=60)
    assert store.library_map.put("t", DrawnMap(KIND, 2, now()), places)
    area = LibraryQuery(area=((0.1, 0.1), (0.5, 0.1), (0.5, 0.5), (0.1, 0.5)))
    assert [each.trailer_id for each in store.library.find(area, limit=9).trailers] == ["youtube:film0000000"]
    assert (store.library.count(area), store.library.facets(area).n) == (1, 1)
    assert [store.library_map.points(each, limit=9)[0] for each in (area, LibraryQuery())] == [1, 2]
