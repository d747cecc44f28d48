"""Predictions stored: what comes back, and which is the latest."""

import time

import numpy as np
import pytest
from pymongo.database import Database

from classifier.prediction import GenreScore
from db.access import Document
from db.records import PredictionBasis
from db.store import Store
from tests.db.records import FEATURES, TRAILER, make_prediction


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
