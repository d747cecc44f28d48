"""Small models made for tests: random numbers, called so."""

import datetime

import numpy as np

from classifier.linear import LinearHead
from classifier.manifest import Manifest, TrainedOn
from classifier.model import GenreModel

GENRES = ("Action", "Comedy", "Drama", "Horror")


def make_model(features_id: str, *, name: str = "random", seed: int = 0) -> GenreModel:
    """Return a model of random weights that judges these features."""
    random = np.random.default_rng(seed)
    head = LinearHead(
        coef=random.normal(0, 0.05, (len(GENRES), 2048)).astype(np.float32),
        intercept=np.zeros(len(GENRES), dtype=np.float32),
    )
    manifest = Manifest(
        name=name,
        head=LinearHead.KIND,
        genres=GENRES,
        thresholds=(0.5,) * len(GENRES),
        metrics={"macro_ap": 0.25},
        features_id=features_id,
        trained_on=TrainedOn(
            modality="poster", description="random numbers", n_train=0, n_test=0, data_sha256="0" * 64
        ),
        created_at=datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC),
        versions={},
    )
    return GenreModel(manifest, head)
