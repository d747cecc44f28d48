"""Models stored: their files, and how they are found."""

import hashlib
from datetime import UTC, datetime, timedelta

import gridfs
import pytest
from pymongo.database import Database

from db.access import Document
from db.errors import Damaged, NotStored
from db.store import Store
from tests.db.records import FEATURES, make_model


def test_model_added_twice_is_kept_once(store: Store, plain: Database[Document]) -> None:
    artefact = bytes(range(256)) * 4000
    record = make_model(artefact)
    store.models.add(artefact, record)
    store.models.add(artefact, record)
    assert store.models.list() == [record]
    assert store.models.artefact(record.model_id) == artefact
    assert plain["fs.files"].count_documents({"filename": record.model_id}) == 1


def test_artefact_of_another_model_is_refused(store: Store) -> None:
    with pytest.raises(ValueError, match="sha256"):
        store.models.add(b"other", make_model(b"one"))
    with pytest.raises(NotStored):
        store.models.artefact(make_model(b"one").model_id)


def test_file_left_by_a_crash_is_reused_and_a_damaged_one_replaced(store: Store, plain: Database[Document]) -> None:
    record = make_model(b"one")
    gridfs.GridFSBucket(plain).upload_from_stream(record.model_id, b"one")
    store.models.add(b"one", record)
    assert plain["fs.files"].count_documents({}) == 1
    plain["fs.chunks"].update_one({}, {"$set": {"data": b"two"}})
    with pytest.raises(Damaged, match="damaged"):
        store.models.artefact(record.model_id)
    store.models.add(b"one", record)
    assert store.models.artefact(record.model_id) == b"one"


def test_a_crash_during_the_upload_leaves_no_model(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken, pytest.raises(KeyboardInterrupt):
        broken.setattr(gridfs.GridFSBucket, "upload_from_stream", crash)
        store.models.add(b"one", make_model(b"one"))
    assert store.models.list() == []


def test_the_file_that_a_crash_left_during_a_deletion_is_gone_a_day_later(
    store: Store, plain: Database[Document], monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    record = make_model(b"one")
    store.models.add(b"one", record)
    with monkeypatch.context() as broken, pytest.raises(KeyboardInterrupt):
        broken.setattr(gridfs.GridFSBucket, "delete", crash)
        store.models.delete(record.model_id)
    for hours, left in ((23, {record.model_id}), (25, set())):
        time = datetime.now(UTC) - timedelta(hours=hours)
        plain["fs.files"].update_many({"filename": record.model_id}, {"$set": {"uploadDate": time}})
        other = make_model(str(hours).encode())
        store.models.add(str(hours).encode(), other)
        assert set(plain["fs.files"].distinct("filename", {"filename": record.model_id})) == left
    assert store.models.artefact(other.model_id) == b"25"


def test_model_is_found_by_id_beginning_and_name(store: Store) -> None:
    one, two = make_model(b"one", name="spring"), make_model(b"two", name="autumn")
    store.models.add(b"one", one)
    store.models.add(b"two", two)
    assert store.models.get(one.model_id) == store.models.get(one.model_id[:8]) == store.models.get("spring")
    for nothing in ("", "winter", ".*", "zz"):
        with pytest.raises(NotStored, match="models list"):
            store.models.get(nothing)


def test_ambiguous_name_or_beginning_is_said_to_be(store: Store) -> None:
    artefacts = [str(n).encode() for n in range(17)]  # two of 17 ids begin alike
    for artefact in artefacts:
        store.models.add(artefact, make_model(artefact, name="same"))
    beginnings = [hashlib.sha256(artefact).hexdigest()[0] for artefact in artefacts]
    shared = next(letter for letter in beginnings if beginnings.count(letter) > 1)
    for key in ("same", shared):
        with pytest.raises(NotStored, match=r"ambiguous .*: give the id of one"):
            store.models.get(key)


def test_no_model_is_active_at_first(store: Store) -> None:
    assert store.models.in_use(FEATURES) == []
