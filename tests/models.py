"""Small models made for tests: random numbers, called so."""

import datetime

import numpy as np

from classifier.join import Alone
from classifier.kinds import HeadSpec
from classifier.linear import LogisticMean
from classifier.manifest import Decisions, Manifest, TrainedOn
from classifier.model import GenreModel
from classifier.seen import Seen

GENRES = ("Action", "Comedy", "Drama", "Horror")
DIM = 2048


def make_manifest(
    features_id: str, *, name: str = "random", modality: str = "poster", genres: tuple[str, ...] = GENRES
) -> Manifest:
    """Return the manifest of a linear head that leaves logits as they are."""
    n = len(genres)
    return Manifest(
        name=name,
        head=HeadSpec(LogisticMean.KIND, {"dim": DIM, "n_genres": n, "components": 400, "penalty": 0.0003}),
        inputs={modality: features_id},
        genres=genres,
        priors=(0.25,) * n,
        decisions={modality: Decisions((1.0,) * n, (0.0,) * n, *((0.5,) * n,) * 3)},
        objective="f1",
        metrics={"macro_ap": 0.25},
        trained_on=TrainedOn("random numbers", 60, 20, 20, "0" * 64, "1" * 64, 0),
        created_at=datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC),
        versions={"numpy": "2"},
    )


def make_model(
    features_id: str, *, name: str = "random", seed: int = 0, modality: str = "poster", scale: float = 0.05
) -> GenreModel:
    """Return a model of random weights that judges these features."""
    random = np.random.default_rng(seed)
    head = LogisticMean.of(
        coef=random.normal(0, scale, (len(GENRES), DIM)).astype(np.float32),
        intercept=np.zeros(len(GENRES), dtype=np.float32),
    )
    return GenreModel(
        make_manifest(features_id, name=name, modality=modality), Alone({modality: head}), Seen.of(["film 1", "film 2"])
    )
