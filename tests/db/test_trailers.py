"""Trailers stored: their times, and what of them stays when they are saved again."""

import time
from dataclasses import replace

import pytest
from pymongo.database import Database

from db.access import SCHEMA_VERSION, Document
from db.errors import Damaged
from db.library_records import LibraryQuery
from db.store import Store
from tests.db.records import TRAILER, make_trailer


def test_trailer_comes_back_with_its_times(store: Store) -> None:
    store.trailers.save(make_trailer())
    first = store.library.get(TRAILER)
    time.sleep(0.005)
    store.trailers.save(make_trailer())
    second = store.library.get(TRAILER)
    assert first and second and first.updated_at and second.updated_at
    assert (first.source, first.video) == (make_trailer().source, make_trailer().video)
    assert second.created_at == first.created_at == first.updated_at
    assert second.updated_at > first.updated_at
    assert first.updated_at.tzinfo is not None


def test_saving_a_trailer_keeps_labels_and_plot(store: Store, plain: Database[Document]) -> None:
    store.trailers.save(make_trailer())
    plain["trailers"].update_one({}, {"$set": {"labels": {"genres": ["Drama"]}, "plot": "A man."}})
    store.trailers.save(make_trailer())
    document = plain["trailers"].find_one({"_id": TRAILER})
    assert document is not None
    assert (document["labels"], document["plot"]) == ({"genres": ["Drama"]}, "A man.")
    assert document["schema_version"] == SCHEMA_VERSION


def test_trailers_are_listed_last_changed_first(store: Store) -> None:
    for number in (1, 2, 3, 1):
        store.trailers.save(make_trailer(f"file:{number}"))
        time.sleep(0.002)
    found = store.library.find(LibraryQuery(order="changed"), limit=2).trailers
    assert [trailer.trailer_id for trailer in found] == ["file:1", "file:3"]
    assert store.library.get("file:4") is None


def test_a_trailer_that_is_not_what_was_written_is_damaged(store: Store, plain: Database[Document]) -> None:
    store.trailers.save(make_trailer())
    plain["trailers"].update_one({}, {"$set": {"video.fps": "many"}})
    with pytest.raises(Damaged, match=rf"{TRAILER}.* video\.fps: .*number"):
        store.library.get(TRAILER)


def test_a_file_name_that_is_no_utf8_is_kept_readable(store: Store) -> None:
    trailer = make_trailer("file:1")
    store.trailers.save(replace(trailer, source=replace(trailer.source, url="caf\udce9.mp4")))
    kept = store.library.get("file:1")
    assert kept is not None
    assert kept.source.url == "caf\ufffd.mp4"
