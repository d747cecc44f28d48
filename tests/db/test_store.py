"""The connection: servers that are away, indexes, full disks."""

import socket
from pathlib import Path

import pymongo
import pytest
from pymongo.database import Database

import db.access
from db import indexes
from db.access import Document
from db.embedded.share import EmbeddedMongod
from db.errors import DiskFull, StoreError, StoreUnavailable
from db.store import Store, open_store
from tests.db.records import FEATURES, TRAILER, make_features, make_model


def test_unreachable_server_is_told_after_the_time_given_and_without_the_password() -> None:
    with socket.socket() as probe:  # bound, not listening: nobody answers
        probe.bind(("127.0.0.1", 0))
        with pytest.raises(StoreUnavailable, match="no database answers at mongodb://127") as caught:
            Store.connect(f"mongodb://me:s3cret@127.0.0.1:{probe.getsockname()[1]}", timeout_s=0.5)
    assert "Timeout: 0.5s," in str(caught.value.__cause__), "said by the driver, which waited no longer"
    assert_no_secret(caught.value)


@pytest.mark.parametrize(
    "uri",
    [
        "mongodb://me:s3cret/s3cret@localhost",
        "mongodb://me:s3cret@s3cret@localhost:1",
        "mongodb://me:s3cret:1@localhost",
        "s3cret",
        "http://me:s3cret@localhost",
        "mongodb://me:s3cret@localhost:port",
        "mongodb://me:s3cret@localhost/?tls=true&tlsCertificateKeyFile=/s3cret.pem",
    ],
)
def test_bad_connection_strings_are_told_without_the_password(uri: str) -> None:
    with pytest.raises(StoreUnavailable, match="MONGODB_URI") as caught:
        Store.connect(uri, timeout_s=0.2)
    assert_no_secret(caught.value)


def assert_no_secret(error: BaseException | None) -> None:
    while error:
        assert "s3cret" not in str(error)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def test_errors_of_pymongo_are_ours_in_every_method_also_in_those_that_yield(server: EmbeddedMongod) -> None:
    store = Store.connect(server.uri)
    store.close()
    with pytest.raises(StoreError, match="after close"):
        store.library.get(TRAILER)
    with pytest.raises(StoreError, match="after close"):
        list(store.labels.titles())


def test_normal_start_makes_no_index_again(server: EmbeddedMongod, fresh: Database[Document]) -> None:
    Store.connect(server.uri, database=fresh.name).close()
    made = fresh["meta"].find_one({"_id": "schema"})
    Store.connect(server.uri, database=fresh.name).close()
    assert fresh["meta"].find_one({"_id": "schema"}) == made
    for name, wanted in indexes.INDEXES.items():
        assert len(fresh[name].index_information()) == len(wanted) + 1
    assert fresh["features"].index_information()["trailer_id_1_features_id_1"]["unique"]


def test_changed_index_list_is_made_at_the_next_start(
    server: EmbeddedMongod, fresh: Database[Document], monkeypatch: pytest.MonkeyPatch
) -> None:
    Store.connect(server.uri, database=fresh.name).close()
    monkeypatch.setitem(indexes.INDEXES, "extra", [pymongo.IndexModel("word")])
    Store.connect(server.uri, database=fresh.name).close()
    assert "word_1" in fresh["extra"].index_information()


def test_writes_are_acknowledged_by_the_journal(store: Store) -> None:
    concern = store._access.database["features"].write_concern.document
    assert (concern["w"], concern["j"]) == ("majority", True)


def test_embedded_store_keeps_what_was_saved(tmp_path: Path) -> None:
    with open_store(uri=None, home=tmp_path) as store:
        store.features.save(TRAILER, make_features(3))
        assert store.server
    with open_store(uri=None, home=tmp_path) as store:
        assert store.features.n_frames(TRAILER, FEATURES) is not None


def test_given_uri_is_used_instead_of_the_embedded_server(server: EmbeddedMongod, tmp_path: Path) -> None:
    with open_store(uri=server.uri, home=tmp_path) as store:
        assert store.server is None
    assert list(tmp_path.iterdir()) == []


def test_full_disk_of_the_embedded_server_is_told_before_a_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_store(uri=None, home=tmp_path) as store:
        store.features.save(TRAILER, make_features(3))
        monkeypatch.setattr(db.access, "SPARE_BYTES", 10**18)
        with pytest.raises(DiskFull, match="TRAILERS_HOME"):
            store.features.save(TRAILER, make_features(3))
        with pytest.raises(DiskFull):
            store.models.add(b"one", make_model(b"one"))
        assert store.features.n_frames(TRAILER, FEATURES) is not None


def test_server_that_dies_is_told_and_on_a_full_disk_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_store(uri=None, home=tmp_path) as store:
        assert store.server
        lost = pymongo.errors.AutoReconnect("connection closed")
        with pytest.raises(StoreUnavailable, match="connection closed"), store._access.errors():
            raise lost
        monkeypatch.setattr(db.access, "SPARE_BYTES", 10**18)
        with pytest.raises(DiskFull), store._access.errors():
            raise lost


def test_out_of_disk_space_of_a_server_is_disk_full(store: Store) -> None:
    with pytest.raises(DiskFull), store._access.errors():
        raise pymongo.errors.WriteError("no space", 14031)
    bulk = pymongo.errors.BulkWriteError({"writeErrors": [{"code": 14031}]})
    with pytest.raises(DiskFull), store._access.errors():
        raise bulk
