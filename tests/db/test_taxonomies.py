"""Versions of the house taxonomy, and the house layers of trailers read again by a later one."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import pymongo
import pytest
from pymongo.database import Database

import db.house_layers
from classifier.taxonomy import HOUSE, NO_TAXONOMY, Taxonomy
from db.access import Document
from db.embedded.share import EmbeddedMongod
from db.errors import NotStored
from db.house_layers import HouseLayers
from db.store import Store

KRIMI = Taxonomy({"Krimi": ("Crime",), "Neu": (), "mit.Punkt $": ("War",)})
KRIMI_AGAIN = Taxonomy({"Krimi": ("Crime", "Thriller"), "Kult": ("Horror",)}, version=2)


@pytest.fixture
def plain(server: EmbeddedMongod, store: Store) -> Iterator[Database[Document]]:
    """The database of `store` as any other program sees it."""
    with pymongo.MongoClient[Document](server.uri, tz_aware=True) as client:
        yield client[store._access.database.name]


def test_the_last_version_is_in_use_and_earlier_ones_stay(store: Store) -> None:
    assert store.taxonomies.current() == NO_TAXONOMY
    first = store.taxonomies.add(KRIMI, name="words.csv")
    assert (first.version, first.taxonomy.words) == (1, KRIMI.words)
    assert store.taxonomies.add(KRIMI_AGAIN, name="words.csv").version == 2
    assert store.taxonomies.current() == KRIMI_AGAIN
    assert store.taxonomies.get(1) == first
    assert [each.version for each in store.taxonomies.list()] == [2, 1]


def test_the_same_words_again_are_no_new_version_but_another_order_is_one(store: Store) -> None:
    for version in (1, 1):
        assert store.taxonomies.add(KRIMI, name="words.csv").version == version
    assert store.taxonomies.add(Taxonomy(dict(reversed(list(KRIMI.words.items())))), name="words.csv").version == 2


def test_versions_that_are_stored_at_once_are_all_kept(store: Store) -> None:
    made = [Taxonomy({f"word {n}": ("Drama",)}) for n in range(8)]
    with ThreadPoolExecutor(8) as pool:
        versions = [each.version for each in pool.map(lambda taxonomy: store.taxonomies.add(taxonomy, name="x"), made)]
    assert sorted(versions) == list(range(1, 9))
    assert len({next(iter(each.taxonomy.words)) for each in store.taxonomies.list()}) == 8


def test_a_version_that_is_not_there_is_told(store: Store) -> None:
    with pytest.raises(NotStored, match="there is no taxonomy; trailers taxonomy import"):
        store.taxonomies.get()
    store.taxonomies.add(KRIMI, name="words.csv")
    with pytest.raises(NotStored, match="no version 7"):
        store.taxonomies.get(7)


def layer(*words: str, taxonomy: int | None = 1, **fields: object) -> Document:
    genres = [{"Krimi": "Crime"}.get(word, word) for word in words]
    return {"source": HOUSE, "genres": genres, "known": ["Crime"], "words": list(words), "taxonomy": taxonomy, **fields}


def count_genres(before: Sequence[Document], after: Sequence[Document]) -> Document:
    """Stand in for the effective tags, which follow from the layers."""
    return {"$set": {"n": sum(len(each["genres"]) for each in after)}, "$unset": {"reviewed_at": ""}}


def read_again(store: Store, taxonomy: Taxonomy = KRIMI_AGAIN) -> list[str]:
    return [each for chunk in HouseLayers(store._access).read_again(taxonomy, count_genres) for each in chunk]


def test_house_layers_are_read_again_from_their_words_and_other_layers_stay(
    store: Store, plain: Database[Document]
) -> None:
    imdb = {"source": "imdb", "genres": ["Drama"], "known": None}
    plain.trailers.insert_many(
        [
            {"_id": "file:1", "layers": [imdb, layer("Krimi", "Kult", list="films.csv")], "reviewed_at": 1},
            {"_id": "file:2", "layers": [imdb], "reviewed_at": 1},
            {"_id": "file:3"},
        ]
    )
    assert read_again(store) == ["file:1"]
    after = {each["_id"]: each for each in plain.trailers.find()}
    first, house = after["file:1"]["layers"]
    assert first == imdb
    assert (house["genres"], house["words"]) == (["Crime", "Thriller", "Horror"], ["Krimi", "Kult"])
    assert (house["taxonomy"], house["known"], house["list"]) == (2, ["Crime", "Horror", "Thriller"], "films.csv")
    assert (after["file:1"]["n"], "reviewed_at" in after["file:1"]) == (4, False)
    assert "n" not in after["file:2"]
    assert read_again(store) == []


def test_a_layer_of_before_all_taxonomies_is_read_by_its_genres_and_a_later_ones_stays(
    store: Store, plain: Database[Document]
) -> None:
    old = {"source": HOUSE, "genres": ["Krimi", "Drama"], "known": None}
    later = layer("Krimi", taxonomy=3)
    plain.trailers.insert_many([{"_id": "file:1", "layers": [old]}, {"_id": "file:2", "layers": [later]}])
    assert read_again(store) == ["file:1"]
    (first, second) = plain.trailers.find().sort("_id")
    assert (first["layers"][0]["genres"], first["layers"][0]["taxonomy"]) == (["Crime", "Thriller", "Drama"], 2)
    assert second["layers"] == [later]


def test_what_a_list_had_no_column_for_stays_unknown_when_its_layer_is_read_again(
    store: Store, plain: Database[Document]
) -> None:
    plain.trailers.insert_one({"_id": "file:1", "layers": [layer("Krimi", offered=["Krimi", "Drama", "War"])]})
    read_again(store)
    found = plain.trailers.find_one()
    assert found is not None
    assert found["layers"][0]["known"] == ["Crime", "Drama", "Thriller", "War"]


def test_a_reading_that_was_cut_off_goes_on_and_does_nothing_twice(
    store: Store, plain: Database[Document], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(db.house_layers, "CHUNK", 2)
    plain.trailers.insert_many([{"_id": f"file:{n}", "layers": [layer("Krimi")]} for n in range(5)])
    reading = HouseLayers(store._access).read_again(KRIMI_AGAIN, count_genres)
    assert next(reading) == ["file:0", "file:1"]
    del reading
    assert read_again(store) == ["file:2", "file:3", "file:4"]


def test_layers_that_another_process_changes_meanwhile_are_not_overwritten(
    store: Store, plain: Database[Document]
) -> None:
    plain.trailers.insert_one({"_id": "file:1", "layers": [layer("Krimi")]})
    others = iter([layer("Kult")])

    def change_meanwhile(before: Sequence[Document], after: Sequence[Document]) -> Document:
        for other in others:
            plain.trailers.update_one({"_id": "file:1"}, {"$set": {"layers": [other]}})
        return count_genres(before, after)

    assert list(HouseLayers(store._access).read_again(KRIMI_AGAIN, change_meanwhile)) == [["file:1"]]
    found = plain.trailers.find_one()
    assert found is not None
    assert (found["layers"][0]["words"], found["layers"][0]["genres"]) == (["Kult"], ["Horror"])
