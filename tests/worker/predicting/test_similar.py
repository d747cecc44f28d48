"""Similar trailers: what a plain sort finds, for whatever was written by then, from any thread; and the command."""

import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from db.errors import Damaged, StoreUnavailable
from db.features import Features
from extractor.features import FrameFeatures, Provenance
from tests.support.homes import Command, Home
from worker.errors import WorkerError
from worker.predicting import similar
from worker.predicting.similar import NotLoaded, Similarity

MADE_BY = Provenance("inception_v3", "00", "r1", "float32", {})
OTHER_FEATURES = "starter-00000000-r2"


@pytest.fixture
def similarity(home: Home, monkeypatch: pytest.MonkeyPatch) -> Similarity:
    """A search over an empty database that looks for what is new each time."""
    monkeypatch.setattr(similar, "FRESH_S", 0.0)
    similarity = Similarity(home.store, home.features_id)
    similarity.load()
    return similarity


def trailer(number: int) -> str:
    return f"file:{number:016x}"


def add(home: Home, *numbers: int, n_frames: int = 2) -> dict[str, NDArray[np.float32]]:
    """Store trailers; return their means, as they were before they were kept."""
    return {trailer(n): home.add(trailer(n), n_frames=n_frames).vectors.mean(axis=0) for n in numbers}


def save(home: Home, number: int, vector: NDArray[np.float32], *, features_id: str | None = None) -> None:
    """Store features of one frame."""
    features = FrameFeatures(features_id or home.features_id, vector[np.newaxis], np.zeros(1), MADE_BY)
    home.store.features.save(trailer(number), features, dtype="float32")


def direction(*parts: float) -> NDArray[np.float32]:
    return np.array([*parts, *[0.0] * (2048 - len(parts))], dtype=np.float32)


def expected(means: dict[str, NDArray[np.float32]], trailer_id: str, n: int) -> list[str]:
    unit = {name: mean / np.linalg.norm(mean) for name, mean in means.items()}
    others = [name for name in unit if name != trailer_id]
    return sorted(others, key=lambda name: -float(unit[name] @ unit[trailer_id]))[:n]


def test_the_nearest_are_those_of_a_plain_sort_through_all_doublings(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(similar, "FIRST_ROWS", 2)
    monkeypatch.setattr("db.features.POOLED_AT_ONCE", 7)
    means = add(home, *range(40))
    similarity = Similarity(home.store, home.features_id)
    similarity.load()
    assert len(similarity) == 40
    for trailer_id in means:
        found = similarity.nearest(trailer_id, 5)
        assert [other for other, _ in found] == expected(means, trailer_id, 5)
        first = means[found[0][0]]
        length = np.linalg.norm(first) * np.linalg.norm(means[trailer_id])
        assert found[0][1] == pytest.approx(float(first @ means[trailer_id] / length), abs=1e-3)
    assert len(similarity.nearest(trailer(0), 1000)) == 39


def test_copies_are_there_with_one_and_itself_is_not(home: Home, similarity: Similarity) -> None:
    for number in range(5):
        save(home, number, direction(3.0, 4.0) * (number + 1))
    save(home, 9, direction(4.0, 3.0))
    found = similarity.nearest(trailer(3), 10)
    assert {other for other, cosine in found if cosine == pytest.approx(1.0)} == {trailer(n) for n in (0, 1, 2, 4)}
    assert found[-1][0] == trailer(9)
    assert found[-1][1] == pytest.approx(0.96)
    assert max(cosine for _, cosine in found) <= 1.0
    assert trailer(3) not in [other for other, _ in similarity.nearest(trailer(3), 2)]


def test_trailers_of_nothing_are_like_nothing(home: Home, similarity: Similarity) -> None:
    save(home, 0, direction(1.0))
    save(home, 1, direction())
    assert similarity.nearest(trailer(0), 3) == [(trailer(1), 0.0)]


def test_a_trailer_extracted_again_moves_and_is_there_once(home: Home, similarity: Similarity) -> None:
    for number, vector in enumerate((direction(1.0), direction(1.0), direction(0.0, 1.0))):
        save(home, number, vector)
    assert similarity.nearest(trailer(0), 1)[0][0] == trailer(1)
    save(home, 1, direction(0.0, 1.0))
    save(home, 2, direction(1.0))
    assert [other for other, _ in similarity.nearest(trailer(0), 9)] == [trailer(2), trailer(1)]
    assert len(similarity) == 3


def test_only_what_is_new_is_read(home: Home, similarity: Similarity, monkeypatch: pytest.MonkeyPatch) -> None:
    add(home, *range(6))
    assert similarity.refresh() == 6
    assert similarity.refresh() == 0
    add(home, 6, 2)
    assert similarity.refresh() == 2


def test_what_a_host_with_a_late_clock_writes_is_found_too(home: Home, similarity: Similarity) -> None:
    add(home, 0, 1)
    similarity.refresh()
    add(home, 2)
    features = home.store._access.database["features"]
    newest = features.find_one(sort=[("created_at", -1)])
    assert newest is not None
    late = newest["created_at"] - similar.OVERLAP + timedelta(minutes=1)
    features.update_one({"trailer_id": trailer(2)}, {"$set": {"created_at": late}})
    assert similarity.refresh() == 1


def test_other_features_are_not_compared(home: Home, similarity: Similarity) -> None:
    add(home, 0, 1)
    save(home, 2, direction(1.0), features_id=OTHER_FEATURES)
    assert [other for other, _ in similarity.nearest(trailer(0), 9)] == [trailer(1)]
    with pytest.raises(WorkerError, match="has no features of") as caught:
        similarity.nearest(trailer(2), 9)
    assert caught.value.code == "not_found"


def test_before_it_is_loaded_it_says_so(home: Home) -> None:
    add(home, 0, 1)
    similarity = Similarity(home.store, home.features_id)
    with pytest.raises(NotLoaded, match="not loaded yet: 0 trailers have been read") as caught:
        similarity.nearest(trailer(0), 1)
    assert caught.value.code == "store_unavailable"
    similarity.load()
    assert similarity.nearest(trailer(0), 1)[0][0] == trailer(1)


def test_a_load_that_was_cut_off_goes_on_where_it_was(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    add(home, *range(6))
    pooled: Callable[..., Iterator[object]] = Features.pooled

    def cut_off(*args: object, **named: object) -> Iterator[object]:
        for place, found in enumerate(pooled(*args, **named)):
            if place == 4:
                raise StoreUnavailable("gone")
            yield found

    similarity = Similarity(home.store, home.features_id)
    with monkeypatch.context() as patch:
        patch.setattr(Features, "pooled", cut_off)
        with pytest.raises(StoreUnavailable):
            similarity.load()
    assert (len(similarity), similarity.loaded) == (4, False)
    assert similarity.refresh() == 2


def test_damaged_means_are_told(home: Home) -> None:
    add(home, 0)
    home.store._access.database["features"].update_many({}, {"$set": {"pooled": b"\x27\x00" + bytes(8)}})
    with pytest.raises(Damaged, match="analyse the trailer again"):
        Similarity(home.store, home.features_id).load()


def test_many_threads_search_while_others_write(
    home: Home, similarity: Similarity, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(similar, "FIRST_ROWS", 2)
    similarity = Similarity(home.store, home.features_id)
    means = add(home, *range(8))
    similarity.load()
    stop = threading.Event()

    def search(number: int) -> int:
        n_searches = 0
        while not stop.is_set():
            found = dict(similarity.nearest(trailer(number), 4))
            assert len(found) == 4
            assert trailer(number) not in found
            n_searches += 1
        return n_searches

    with ThreadPoolExecutor(4) as pool:
        searches = [pool.submit(search, number) for number in range(3)]
        for number in range(8, 60):
            means |= add(home, number)
        stop.set()
        assert all(search.result() for search in searches)
    assert [other for other, _ in similarity.nearest(trailer(5), 9)] == expected(means, trailer(5), 9)


def test_nothing_is_written_to_the_rows_while_a_search_reads_them(
    home: Home, similarity: Similarity, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(home, 0, 1)
    similarity.refresh()
    search = similar.find_nearest
    writer = threading.Thread(target=similarity.refresh)

    def slow_search(*arguments: Any, **named: Any) -> Any:
        add(home, 2)
        writer.start()
        writer.join(timeout=0.5)
        assert len(similarity) == 2
        return search(*arguments, **named)

    monkeypatch.setattr(similar, "find_nearest", slow_search)
    assert [other for other, _ in similarity.nearest(trailer(0), 9)] == [trailer(1)]
    writer.join()
    assert len(similarity) == 3


def test_what_is_known_costs_no_document(home: Home, similarity: Similarity) -> None:
    add(home, *range(5))
    database = home.store._access.database
    long_ago = datetime.now(UTC) - 2 * similar.OVERLAP
    database["features"].update_many({"trailer_id": {"$ne": trailer(4)}}, {"$set": {"created_at": long_ago}})
    similarity.refresh()
    database.command("profile", 2)
    try:
        similarity.refresh()
    finally:
        database.command("profile", 0)
    seen = list(database["system.profile"].find({"ns": f"{database.name}.features"}))
    assert [(it["keysExamined"], it["docsExamined"]) for it in seen] == [(1, 0)]


def test_the_command_prints_them_most_similar_first(home: Home, run: Command) -> None:
    for number, parts in enumerate([(1.0,), (1.0, 1.0), (1.0, 0.1), (0.0, 1.0)]):
        home.add(trailer(number), title=f"Film {number}")
        save(home, number, direction(*parts))
    status, out, _ = run("similar", trailer(0), "--json")
    lines = [json.loads(line) for line in out.splitlines()]
    assert status == 0
    assert [(line["trailer_id"], line["title"]) for line in lines] == [
        (trailer(number), f"Film {number}") for number in (2, 1, 3)
    ]
    assert [line["cosine"] for line in lines] == [0.995, 0.7071, 0.0]
    status, out, _ = run("similar", trailer(0), "--top", "1")
    assert (status, out.split()[0]) == (0, "cosine")
    assert "0.995" in out
    assert "Film 1" not in out


def test_the_command_compares_by_what_the_trailer_has(home: Home, run: Command) -> None:
    for number in range(3):
        home.add(trailer(number), features_id=OTHER_FEATURES)
    home.add(trailer(0))
    status, out, err = run("similar", trailer(0))
    assert (status, out) == (0, "")
    assert f"No other trailer has features of {home.features_id}" in err
    assert run("similar", trailer(1))[1].count("file:") == 2


def test_the_command_knows_no_trailer_without_features(run: Command) -> None:
    status, out, err = run("similar", trailer(7))
    assert (status, out) == (4, "")
    assert "run trailers analyze on it" in err
