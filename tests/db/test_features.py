"""Features stored: what comes back, what other programs find, and what is refused."""

import time
from dataclasses import replace

import numpy as np
import pymongo
import pytest
from bson.binary import Binary
from pymongo.database import Database

from db.access import Document
from db.errors import Damaged
from db.store import Store
from tests.db.records import FEATURES, TRAILER, make_features


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
    assert set(document) == {*names.split(), "damaged", "marks", "cuts", "warnings"}
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
