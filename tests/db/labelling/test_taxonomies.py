"""Versions of the house taxonomy, and the house layers of trailers read again by a later one."""

from concurrent.futures import ThreadPoolExecutor

import pytest

import db.labelling.house_layers
from classifier.genres import CANONICAL
from classifier.taxonomy import HOUSE, NO_TAXONOMY, Taxonomy
from db.errors import NotStored
from db.labelling.layers import Layer, Layers
from db.labelling.layers import read_again as layers_read_again
from db.library_records import LibraryTrailer, NewReview
from db.records import TrailerLabels
from db.store import Store
from tests.db.records import make_trailer

KRIMI = Taxonomy({"Krimi": ("Crime",), "Neu": (), "mit.Punkt $": ("War",)})
KRIMI_AGAIN = Taxonomy({"Krimi": ("Crime", "Thriller"), "Kult": ("Horror",)}, version=2)


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


NEXT = Taxonomy({"Krimi": ("Crime", "Thriller"), "Kult": ("Horror",)})


def give(store: Store, trailer_id: str, *words: str, offered: tuple[str, ...] = ()) -> None:
    """Store a trailer with tags of the house and of IMDb."""
    store.trailers.save(make_trailer(trailer_id))
    for labels in (TrailerLabels(words, HOUSE, offered=offered), TrailerLabels(("Comedy",), "imdb")):
        store.labels.update({trailer_id: labels})


def read_again(store: Store) -> int:
    return sum(store.house_layers.read_again(store.taxonomies.current()))


def get(store: Store, trailer_id: str = "file:1") -> LibraryTrailer:
    trailer = store.library.get(trailer_id)
    assert trailer is not None
    return trailer


def house_of(store: Store, trailer_id: str) -> Layer:
    return next(each for each in get(store, trailer_id).layers if each.source == HOUSE)


def review(store: Store, trailer_id: str, *genres: str) -> None:
    new = NewReview(trailer_id, None, {}, genres, CANONICAL, get(store, trailer_id).labels, "anna")
    assert store.reviews.save(new)


def test_house_layers_are_read_again_from_their_words_and_other_layers_stay(store: Store) -> None:
    store.taxonomies.add(KRIMI, name="words.csv")
    give(store, "file:1", "Krimi", "Kult")
    assert house_of(store, "file:1").genres == ("Crime", "Kult")
    store.taxonomies.add(NEXT, name="words.csv")
    assert store.house_layers.count_older(store.taxonomies.current()) == read_again(store) == 1
    house, trailer = house_of(store, "file:1"), get(store)
    assert (house.genres, house.words, house.taxonomy) == (("Crime", "Thriller", "Horror"), ("Krimi", "Kult"), 2)
    assert house.known == ("Crime", "Horror", "Thriller")
    assert trailer.labels.genres == ("Crime", "Thriller", "Horror", "Comedy")
    assert [each.genres for each in trailer.layers if each.source == "imdb"] == [("Comedy",)]
    assert read_again(store) == 0


def test_tags_of_before_all_taxonomies_are_read_by_the_first(store: Store) -> None:
    give(store, "file:1", "Krimi", "Drama")
    assert (house_of(store, "file:1").genres, house_of(store, "file:1").known) == (("Drama", "Krimi"), None)
    store.taxonomies.add(KRIMI, name="words.csv")
    assert read_again(store) == 1
    assert (house_of(store, "file:1").genres, house_of(store, "file:1").taxonomy) == (("Crime", "Drama"), 1)


def test_what_a_list_had_no_column_for_stays_unknown_when_its_layer_is_read_again(store: Store) -> None:
    give(store, "file:1", "Krimi", offered=("Krimi", "Drama", "War"))
    store.taxonomies.add(NEXT, name="words.csv")
    read_again(store)
    assert house_of(store, "file:1").known == ("Crime", "Drama", "Thriller", "War")


def test_a_reading_keeps_the_review_and_puts_nothing_up_for_review_again(store: Store) -> None:
    store.taxonomies.add(KRIMI, name="words.csv")
    give(store, "file:1", "Krimi")
    review(store, "file:1", "Drama")
    store.taxonomies.add(NEXT, name="words.csv")
    read_again(store)
    assert (get(store).labels.source, get(store).reviewed_at is not None) == ("review", True)


def test_a_reading_that_was_cut_off_goes_on_and_does_nothing_twice(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(db.labelling.house_layers, "CHUNK", 2)
    store.taxonomies.add(KRIMI, name="words.csv")
    for number in range(5):
        give(store, f"file:{number}", "Krimi")
    store.taxonomies.add(NEXT, name="words.csv")
    assert next(store.house_layers.read_again(store.taxonomies.current())) == 2
    assert list(store.house_layers.read_again(store.taxonomies.current())) == [2, 1]


def test_a_trailer_that_another_process_changes_meanwhile_is_read_again(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.taxonomies.add(KRIMI, name="words.csv")
    give(store, "file:1", "Krimi")
    store.taxonomies.add(NEXT, name="words.csv")
    others = iter([TrailerLabels(("War",), "tmdb")])

    def change_meanwhile(layers: Layers, taxonomy: Taxonomy) -> Layers:
        for other in others:
            store.labels.update({"file:1": other})
        return layers_read_again(layers, taxonomy)

    monkeypatch.setattr(db.labelling.house_layers, "read_again", change_meanwhile)
    assert list(store.house_layers.read_again(store.taxonomies.current())) == [0, 1]
    assert {each.source: each.genres for each in get(store).layers} == {
        HOUSE: ("Crime", "Thriller"),
        "imdb": ("Comedy",),
        "tmdb": ("War",),
    }
