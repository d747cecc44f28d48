import hashlib
import socket
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import gridfs
import numpy as np
import pymongo
import pytest
from bson.binary import Binary
from pymongo.database import Database

import db.access
from classifier.prediction import Evidence, GenrePrediction, GenreScore
from db import indexes
from db.access import SCHEMA_VERSION, Document
from db.embedded.share import EmbeddedMongod
from db.errors import Damaged, DiskFull, NotStored, StoreError, StoreUnavailable
from db.library_records import LibraryQuery
from db.records import ModelCard, ModelRecord, PredictionBasis, Source, Trailer, VideoRecord
from db.store import Store, open_store
from extractor.features import FrameFeatures, Provenance

TRAILER = "youtube:dQw4w9WgXcQ"
FEATURES = "inception_v3-imagenet-1a2b3c4d-r2"


@pytest.fixture(scope="module")
def client(server: EmbeddedMongod) -> Iterator[pymongo.MongoClient[Document]]:
    with pymongo.MongoClient[Document](server.uri, tz_aware=True) as client:
        yield client


@pytest.fixture
def plain(client: pymongo.MongoClient[Document], store: Store) -> Database[Document]:
    """The database of `store` as any other program sees it."""
    return client[store._access.database.name]


@pytest.fixture
def fresh(client: pymongo.MongoClient[Document]) -> Iterator[Database[Document]]:
    """A database that nobody has connected to."""
    yield client["fresh"]
    client.drop_database("fresh")


def make_features(frames: int = 150, *, seed: int = 0) -> FrameFeatures:
    vectors = np.random.default_rng(seed).gamma(0.5, 0.8, (frames, 2048)).astype(np.float32)
    made_by = Provenance("inception_v3", "1a2b3c4d" * 8, "r1", "bfloat16", {"tensorflow": "2.21.0"})
    return FrameFeatures(FEATURES, vectors, np.arange(frames, dtype=np.float64), made_by)


def make_trailer(trailer_id: str = TRAILER) -> Trailer:
    source = Source(url="https://youtu.be/dQw4w9WgXcQ", site="youtube", video_id="dQw4w9WgXcQ", title="One")
    return Trailer(trailer_id, source, VideoRecord(150.2, 640, 360, 23.976, "h264", 9_000_000, "ab" * 32))


def make_prediction(**changes: object) -> GenrePrediction:
    prediction = GenrePrediction(
        model_id="f" * 64,
        features_id=FEATURES,
        genres=(GenreScore("Drama", 0.75, 0.5, True, 1), GenreScore("Sci-Fi", 0.25, 0.5, False, 2)),
        evidence=(Evidence("Drama", 3.0, 9.0, 0.875),),
        timeline={"Drama": (0.5, 0.75), "Sci-Fi": (0.25, 0.125)},
        warnings=("short",),
    )
    return replace(prediction, **changes)  # type: ignore[arg-type]


def make_model(artefact: bytes, *, name: str = "first") -> ModelRecord:
    return ModelRecord(
        model_id=hashlib.sha256(artefact).hexdigest(),
        name=name,
        head="attention",
        genres=("Drama", "Sci-Fi"),
        thresholds=(0.5, 0.25),
        metrics={"hit@3": 0.9},
        features_id=FEATURES,
        trained_on="1000 trailers",
        card=ModelCard("trailer", 640, 160, 200, 7, "a" * 64, "b" * 64, "f1", {"numpy": "2.4"}),
        created_at=datetime(2026, 11, 20, 12, tzinfo=UTC),
    )


# --- features


def test_features_come_back_close_in_half_the_space(store: Store) -> None:
    features = make_features()
    store.features.save(TRAILER, features)
    loaded = store.features.load(TRAILER, FEATURES)
    assert loaded is not None
    assert loaded.vectors.dtype == np.float32
    lengths = np.linalg.norm(loaded.vectors, axis=1) * np.linalg.norm(features.vectors, axis=1)
    cosines = (loaded.vectors * features.vectors).sum(axis=1) / lengths
    assert cosines.min() > 0.999999
    assert loaded.provenance == features.provenance
    np.testing.assert_array_equal(loaded.seconds, features.seconds)


def test_float32_features_come_back_exactly(store: Store) -> None:
    features = make_features(20)
    store.features.save(TRAILER, features, dtype="float32")
    loaded = store.features.load(TRAILER, FEATURES)
    assert loaded is not None
    np.testing.assert_array_equal(loaded.vectors, features.vectors)


def test_features_document_is_laid_out_for_other_programs(store: Store, plain: Database[Document]) -> None:
    features = make_features(7)
    store.features.save(TRAILER, features)
    document = plain["features"].find_one()
    assert document is not None
    names = "_id schema_version trailer_id features_id provenance n_frames dim dtype vectors pooled created_at"
    assert set(document) == {*names.split(), "damaged", "marks", "warnings"}
    assert document["_id"] == f"{TRAILER}/{FEATURES}"
    assert (document["n_frames"], document["dim"], document["dtype"]) == (7, 2048, "float16")
    made_by = "backbone weights_sha256 frame_rule dtype versions notes"
    assert set(document["provenance"]) == set(made_by.split())
    vectors = np.frombuffer(document["vectors"], "<f2").reshape(-1, document["dim"])
    np.testing.assert_array_equal(vectors, features.vectors.astype(np.float16))
    assert isinstance(document["pooled"], Binary)
    assert document["pooled"].subtype == 9
    np.testing.assert_array_equal(document["pooled"].as_vector().data, features.pooled)


def test_saving_features_again_replaces_the_one_document(store: Store, plain: Database[Document]) -> None:
    store.features.save(TRAILER, make_features(9))
    time.sleep(0.002)
    store.features.save(TRAILER, make_features(4, seed=1))
    assert [d["n_frames"] for d in plain["features"].find()] == [4]
    assert store.features.n_frames(TRAILER, FEATURES) is not None
    assert store.features.ids(TRAILER) == [FEATURES]


def test_the_server_holds_one_document_a_trailer_and_features_id(store: Store, plain: Database[Document]) -> None:
    store.features.save(TRAILER, make_features(2))
    with pytest.raises(pymongo.errors.DuplicateKeyError):
        plain["features"].insert_one({"trailer_id": TRAILER, "features_id": FEATURES})


def test_unknown_features_are_none(store: Store) -> None:
    assert store.features.load(TRAILER, FEATURES) is None
    assert store.features.n_frames(TRAILER, FEATURES) is None
    assert store.features.ids(TRAILER) == []


def test_the_longest_trailer_fits_into_one_document(store: Store) -> None:
    store.features.save(TRAILER, make_features(4000))
    store.features.save(TRAILER, make_features(2000), dtype="float32")
    loaded = store.features.load(TRAILER, FEATURES)
    assert loaded is not None
    assert len(loaded) == 2000


@pytest.mark.parametrize(
    ("frames", "value", "dtype", "message"),
    [
        (4001, 1.0, "float16", "at most 4000"),
        (2001, 1.0, "float32", "at most 2000"),
        (2, np.nan, "float16", "NaN"),
        (2, -np.inf, "float32", "infinity"),
        (2, -65505.0, "float16", "dtype='float32'"),
        (2, 1.0, "float64", "'float64'"),
    ],
)
def test_features_that_would_be_lost_are_refused(
    store: Store, frames: int, value: float, dtype: str, message: str
) -> None:
    vectors = np.zeros((frames, 2048), np.float32)
    vectors[1, 7] = value
    features = replace(make_features(1), vectors=vectors, seconds=np.arange(frames, dtype=np.float64))
    with pytest.raises(ValueError, match=message):
        store.features.save(TRAILER, features, dtype=dtype)
    assert store.features.n_frames(TRAILER, FEATURES) is None


def test_seconds_off_the_frame_rule_are_refused(store: Store) -> None:
    with pytest.raises(ValueError, match="frame rule"):
        store.features.save(TRAILER, replace(make_features(2), seconds=np.array([0.0, 1.5])))


def test_damaged_features_are_told_from_good_ones(store: Store, plain: Database[Document]) -> None:
    store.features.save(TRAILER, make_features(3))
    plain["features"].update_one({}, {"$set": {"n_frames": 4}})
    with pytest.raises(Damaged, match=TRAILER):
        store.features.load(TRAILER, FEATURES)


# --- trailers


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


# --- predictions


def test_prediction_comes_back_as_it_was(store: Store, plain: Database[Document]) -> None:
    prediction = make_prediction(modalities=("trailer", "plot"))
    store.predictions.save(TRAILER, prediction)
    store.predictions.save(TRAILER, prediction)
    document = plain["predictions"].find_one()
    assert document is not None
    assert document["_id"] == f"{TRAILER}/{'f' * 64}/{FEATURES}/trailer+plot"
    assert document["timeline"]["Drama"] == [0.5, 0.75]
    assert store.predictions.load(TRAILER, PredictionBasis("f" * 64, FEATURES, ("trailer", "plot"))) == prediction
    assert store.predictions.load(TRAILER, PredictionBasis("f" * 64, FEATURES)) is None


def test_scores_made_by_numpy_are_kept(store: Store) -> None:
    score = GenreScore("Drama", np.float32(0.5), np.float32(0.25), np.bool_(True), np.int64(1))  # type: ignore[arg-type]
    store.predictions.save(TRAILER, make_prediction(genres=(score,)))
    latest = store.predictions.latest(TRAILER)
    assert latest is not None
    assert latest.genres == (GenreScore("Drama", 0.5, 0.25, True, 1),)


def test_latest_predictions_of_many_trailers_are_found(store: Store) -> None:
    for trailer_id, model_id in (("file:1", "a"), ("file:2", "a"), ("file:1", "b")):
        store.predictions.save(trailer_id, make_prediction(model_id=model_id))
        time.sleep(0.002)
    latest = store.predictions.latest_for(["file:1", "file:2", "file:3"])
    assert {trailer_id: found.model_id for trailer_id, found in latest.items()} == {
        "file:1": "b",
        "file:2": "a",
    }
    assert store.predictions.latest("file:3") is None


@pytest.mark.parametrize("genre", ["$set", "a.b", "a\0b", ""])
def test_genres_that_queries_cannot_name_are_refused(store: Store, genre: str) -> None:
    with pytest.raises(ValueError, match="can't name a genre"):
        store.predictions.save(TRAILER, make_prediction(timeline={genre: (0.5,)}))


# --- models


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
        with pytest.raises(NotStored, match="ambiguous"):
            store.models.get(key)


def test_no_model_is_active_at_first(store: Store) -> None:
    assert store.models.in_use(FEATURES) == []


# --- the connection


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
