import copy
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pymongo
import pytest
from pymongo.collection import Collection
from pymongo.database import Database

from classifier.prediction import GenrePrediction, GenreScore
from db.access import SCHEMA_VERSION, Document
from db.embedded.share import EmbeddedMongod
from db.errors import NewerData, StoreUnavailable
from db.library_records import LibraryQuery, LibraryTrailer
from db.migrations import m0001_layers
from db.migrations.steps import STEPS
from db.records import TrailerLabels
from db.store import Store

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
NAME = "old"
KNOWN = ["Comedy", "Drama", "War"]  # of a list that says so


def minute(number: int) -> datetime:
    return NOON + timedelta(minutes=number)


def old_trailer(name: str, **fields: Any) -> Document:
    """A document of `trailers` as version 1 wrote it."""
    return {
        "_id": f"youtube:{name:_<11}",
        "schema_version": 1,
        "source": {
            "url": f"https://www.youtube.com/watch?v={name:_<11}",
            "site": "youtube",
            "video_id": f"{name:_<11}",
            "title": f"Film {name}",
            "uploader": None,
            "description": None,
            "upload_date": None,
            "thumbnail": None,
        },
        "video": {
            "duration_s": 30.0,
            "width": 640,
            "height": 360,
            "fps": 24.0,
            "codec": "h264",
            "bytes": 1000,
            "sha256": name.rjust(64, "0"),
        },
        "words": {"title": ["film", name]},
        "created_at": NOON,
        "updated_at": minute(30),
        **fields,
    }


def old_review(name: str, at: int, before: Document, decisions: dict[str, str], genres: list[str]) -> Document:
    """A document of `reviews` as version 1 wrote it."""
    return {
        "_id": f"{name}{at}".encode().hex().rjust(24, "0"),
        "schema_version": 1,
        "trailer_id": f"youtube:{name:_<11}",
        "model_id": None,
        "decisions": [{"genre": genre, "decision": decision} for genre, decision in decisions.items()],
        "genres": genres,
        "labels_before": before,
        "reviewer": "anna",
        "note": None,
        "created_at": minute(at),
    }


IMDB = {"genres": ["Drama"], "source": "imdb", "known": None}
HOUSE = {"genres": ["Drama", "Mood piece"], "source": "films.csv", "known": None}
ONCE = {"genres": ["Comedy"], "source": "review", "known": KNOWN}
TWICE = {"genres": ["Comedy", "War"], "source": "review", "known": KNOWN}
TRAILERS = [
    old_trailer("listed", labels={"genres": ["Drama", "Mood piece"], "source": "films.csv", "imdb_id": "tt1"}),
    old_trailer("vocab", labels={"genres": ["Sci-Fi"], "source": "tmdb", "split": "test"}),
    old_trailer("bare"),
    old_trailer("film", labels={"genres": [], "imdb_id": "tt2"}),
    old_trailer(
        "once",
        labels={**ONCE, "imdb_id": "tt3"},
        contested=[{"genres": ["Drama"], "source": "films.csv"}],
        reviewed_at=minute(10),
    ),
    old_trailer(
        "waits",
        updated_at=minute(20),  # a list that contested a review left it as it was
        labels=TWICE,
        contested=[
            {"genres": ["Drama"], "source": "imdb"},
            {"genres": ["Drama", "War"], "source": "imdb"},
            {"genres": ["Horror"], "source": "new.csv"},
        ],
    ),
    old_trailer("empty", reviewed_at=minute(10)),
]
REVIEWS = [
    old_review("once", 10, HOUSE, {"Drama": "reject", "Mood piece": "reject", "Comedy": "add"}, ["Comedy"]),
    old_review("waits", 10, {**IMDB, "known": KNOWN}, {"Drama": "reject", "Comedy": "add"}, ["Comedy"]),
    old_review("waits", 20, ONCE, {"War": "add"}, ["Comedy", "War"]),
    old_review("empty", 10, {"genres": [], "source": None, "known": None}, {}, []),
]


def old_prediction(trailer_id: str) -> GenrePrediction:
    genres = (GenreScore("Drama", 0.9, 0.5, passed=True, rank=1), GenreScore("Horror", 0.1, 0.5, passed=False, rank=2))
    return GenrePrediction("m" * 64, "features", genres, (), {})


@pytest.fixture
def old(server: EmbeddedMongod) -> Iterator[Database[Document]]:
    """A database as version 1 left it."""
    with pymongo.MongoClient[Document](server.uri, tz_aware=True) as client:
        client.drop_database(NAME)
        client[NAME]["meta"].insert_one({"_id": "schema", "schema_version": 1, "indexes": "of version 1"})
        client[NAME]["trailers"].insert_many(copy.deepcopy(TRAILERS))
        client[NAME]["reviews"].insert_many(copy.deepcopy(REVIEWS))
        yield client[NAME]
        client.drop_database(NAME)


def read(store: Store, name: str) -> LibraryTrailer:
    trailer = store.library.get(f"youtube:{name:_<11}")
    assert trailer is not None
    return trailer


def said(trailer: LibraryTrailer) -> dict[str, tuple[str, ...]]:
    return {layer.source: layer.genres for layer in trailer.layers}


def documents(old: Database[Document]) -> list[Document]:
    """Return what is stored, without the times of the migration itself."""
    return [*old["trailers"].find({}, {"verdict": 0}).sort("_id"), *old["reviews"].find().sort("_id")]


def test_labels_become_the_layers_that_they_were(old: Database[Document], server: EmbeddedMongod) -> None:
    with Store.connect(server.uri, database=NAME) as store:
        listed, vocab, bare, film = (read(store, name) for name in ("listed", "vocab", "bare", "film"))
    assert (said(listed), listed.layers[0].list) == ({"house": ("Drama", "Mood piece")}, "films.csv")
    assert (listed.labels.genres, listed.labels.source) == (("Drama", "Mood piece"), "house")
    assert (listed.labels.known, listed.labels.imdb_id) == (None, "tt1")
    assert (said(vocab), vocab.labels.split) == ({"tmdb": ("Sci-Fi",)}, "test")
    assert (said(bare), said(film), film.labels.imdb_id) == ({}, {}, "tt2")
    assert {document["schema_version"] for document in old["trailers"].find()} == {2}
    assert old["meta"].find_one({"_id": "schema"}, {"schema_version": 1}) == {
        "_id": "schema",
        "schema_version": SCHEMA_VERSION,
    }


def test_what_lay_under_a_review_is_found_again_and_the_review_can_be_undone(
    old: Database[Document], server: EmbeddedMongod
) -> None:
    with Store.connect(server.uri, database=NAME) as store:
        once, waits = read(store, "once"), read(store, "waits")
        assert said(once) == {"review": ("Comedy",), "house": ("Drama", "Mood piece")}
        assert (once.labels.genres, once.reviewed_at) == (("Comedy",), minute(10))
        assert said(waits) == {"review": ("Comedy", "War"), "house": ("Horror",), "imdb": ("Drama", "War")}
        assert [earlier.genres for earlier in waits.layers[-1].earlier] == [("Drama",)]
        assert ({"Comedy", "War"} <= set(waits.labels.genres), waits.reviewed_at) == (True, None)
        assert [layer.source for layer in waits.contested] == ["house", "imdb"]
        for genres in (("Comedy", "Horror"), ("Horror",)):
            assert store.reviews.undo(waits.trailer_id, reviewer="ben") is not None
            assert set(genres) <= set(read(store, "waits").labels.genres)
        assert store.reviews.undo(waits.trailer_id, reviewer="ben") is None
        assert store.reviews.undo(once.trailer_id, reviewer="ben") is not None
        assert read(store, "once").labels.genres == ("Drama", "Mood piece")
    assert "contested" not in (old["trailers"].find_one({"_id": once.trailer_id}) or {})


def test_a_review_that_decided_nothing_still_counts_as_one(old: Database[Document], server: EmbeddedMongod) -> None:
    with Store.connect(server.uri, database=NAME) as store:
        empty = read(store, "empty")
        assert (empty.labels.genres, empty.labels.source, empty.reviewed_at) == ((), None, minute(10))
        assert store.reviews.undo(empty.trailer_id, reviewer="ben") is not None
        assert read(store, "empty").reviewed_at is None


def test_a_trailer_that_waits_still_waits_after_the_next_list(old: Database[Document], server: EmbeddedMongod) -> None:
    with Store.connect(server.uri, database=NAME) as store:
        for name in ("once", "waits"):
            same = TrailerLabels(read(store, name).labels.genres, "other", known=tuple(KNOWN))
            store.labels.update({f"youtube:{name:_<11}": same})
        assert (read(store, "once").reviewed_at, read(store, "waits").reviewed_at) == (minute(10), None)


def test_verdicts_and_words_follow_the_layers(old: Database[Document], server: EmbeddedMongod) -> None:
    with Store.connect(server.uri, database=NAME) as store:
        for document in TRAILERS:
            store.predictions.save(document["_id"], old_prediction(document["_id"]))
    old["trailers"].delete_many({})
    old["trailers"].insert_many(
        [{**copy.deepcopy(each), "words": {}, "verdict": {"disagreement": 0.0}} for each in TRAILERS]
    )
    old["meta"].update_one({}, {"$set": {"schema_version": 1}})
    with Store.connect(server.uri, database=NAME) as store:
        waits = read(store, "waits")
        assert waits.verdict is not None
        assert set(waits.verdict.disputed) == {"Drama", "Horror"}
        assert len(store.library.find(LibraryQuery(text="film once"), limit=9).trailers) == 1


@pytest.mark.parametrize("n_writes", range(1, 9))
def test_a_migration_that_is_killed_goes_on(
    old: Database[Document], server: EmbeddedMongod, monkeypatch: pytest.MonkeyPatch, n_writes: int
) -> None:
    Store.connect(server.uri, database=NAME).close()
    whole = documents(old)
    for collection, written in (("trailers", TRAILERS), ("reviews", REVIEWS)):
        old[collection].delete_many({})
        old[collection].insert_many(copy.deepcopy(written))
    old["meta"].update_one({}, {"$set": {"schema_version": 1}})
    monkeypatch.setattr(m0001_layers, "CHUNK", 2)
    calls, bulk_write = iter(range(n_writes)), Collection.bulk_write

    def write(*arguments: Any, **options: Any) -> Any:
        if next(calls, None) is None:
            raise pymongo.errors.AutoReconnect
        return bulk_write(*arguments, **options)

    with monkeypatch.context() as patch, pytest.raises(StoreUnavailable):
        patch.setattr(Collection, "bulk_write", write)
        Store.connect(server.uri, database=NAME).close()
        raise StoreUnavailable  # it had fewer writes
    Store.connect(server.uri, database=NAME).close()
    assert documents(old) == whole


def test_processes_that_migrate_at_once_and_one_that_already_works_do_no_harm(
    old: Database[Document], server: EmbeddedMongod, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(m0001_layers, "CHUNK", 1)
    start = threading.Barrier(4)

    def work(number: int) -> None:
        start.wait()
        with Store.connect(server.uri, database=NAME) as store:
            store.labels.update({f"youtube:{'once':_<11}": TrailerLabels(("War",), "imdb")})
            assert read(store, "once").labels.genres == ("Comedy",)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    with Store.connect(server.uri, database=NAME) as store:
        once = read(store, "once")
        assert said(once) == {"review": ("Comedy",), "house": ("Drama", "Mood piece"), "imdb": ("War",)}
        assert once.layers[-1].earlier == ()


def test_a_trailer_that_changes_while_it_is_carried_over_is_read_again(
    old: Database[Document], server: EmbeddedMongod, monkeypatch: pytest.MonkeyPatch
) -> None:
    complete = m0001_layers._complete_reviews

    def meanwhile(*arguments: Any) -> Any:
        monkeypatch.undo()
        old["trailers"].update_one({"_id": f"youtube:{'vocab':_<11}"}, {"$set": {"labels.genres": ["War"]}})
        return complete(*arguments)

    monkeypatch.setattr(m0001_layers, "_complete_reviews", meanwhile)
    with Store.connect(server.uri, database=NAME) as store:
        assert said(read(store, "vocab")) == {"tmdb": ("War",)}


def test_data_of_a_newer_version_is_refused_with_the_way_out(old: Database[Document], server: EmbeddedMongod) -> None:
    old["meta"].update_one({"_id": "schema"}, {"$set": {"schema_version": SCHEMA_VERSION + 1}})
    before = documents(old)
    with pytest.raises(NewerData, match=rf"version {SCHEMA_VERSION + 1}.* up to {SCHEMA_VERSION}: update Trailers"):
        Store.connect(server.uri, database=NAME)
    assert documents(old) == before


def test_each_version_has_its_step() -> None:
    assert len(STEPS) + 1 == SCHEMA_VERSION
