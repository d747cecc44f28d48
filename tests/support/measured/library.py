"""A made-up library of labelled trailers, whose first features tell their genres, and models that see them."""

from dataclasses import replace

import numpy as np

from classifier.data.training_films import TrainingFilms
from classifier.heads.linear import LogisticMean
from classifier.joins.base import Alone
from classifier.joins.kinds import describe_join
from classifier.model import GenreModel
from db.records import Source, Trailer, TrailerLabels, VideoRecord
from db.store import Store
from extractor.features import FrameFeatures, Provenance
from tests.support.models import DIM, GENRES, make_manifest


def make_seeing_model(
    features_id: str, *, name: str, skill: float, noise: float = 0.0, seen: tuple[str, ...] = ()
) -> GenreModel:
    """Return a model of trailers whose logit of a genre is `skill` times its own feature, less half, and noise."""
    coef = np.random.default_rng(5).normal(0, noise, (len(GENRES), DIM)).astype(np.float32)
    coef[range(len(GENRES)), range(len(GENRES))] += skill
    head = LogisticMean.from_weights(coef=coef, intercept=np.full(len(GENRES), -skill / 2, dtype=np.float32))
    manifest = make_manifest(features_id, name=name, modality="trailer")
    join = Alone({"trailer": head})
    return GenreModel(replace(manifest, head=describe_join(join)[0]), join, TrainingFilms.from_groups(seen))


def add_labelled(store: Store, features_id: str, n: int, *, first: int = 0) -> None:
    """Store `n` trailers of one frame with labels; the last genre has no trailer, Drama is every sixth."""
    random = np.random.default_rng(first + 1)
    for number in range(first, first + n):
        has = np.array([number % 2 == 0, number % 6 in (0, 3, 5), number % 6 == 1, False])
        vectors = random.normal(0, 0.35, (1, DIM)).astype(np.float32)
        vectors[0, : len(GENRES)] += has
        genres = tuple(genre for genre, there in zip(GENRES, has, strict=True) if there)
        add_trailer(store, features_id, f"file:{number:016x}", vectors, genres)


def add_trailer(
    store: Store, features_id: str, trailer_id: str, vectors: np.ndarray, genres: tuple[str, ...] | None
) -> None:
    """Store a trailer with these features, of shape (frames, DIM), and labels unless they are None."""
    site, _, name = trailer_id.partition(":")
    made_by = Provenance("inception_v3", "00", "r1", "float32", {})
    features = FrameFeatures(features_id, vectors, np.arange(len(vectors), dtype=np.float64), made_by)
    video = VideoRecord(float(len(vectors)), 640, 360, 24.0, "h264", 1000, name.ljust(64, "0"))
    source = Source(f"https://example/{name}", site, name, f"Film {name.lstrip('0') or 0}")
    store.trailers.save(Trailer(trailer_id, source, video))
    if genres is not None:
        store.labels.update({trailer_id: TrailerLabels(genres=genres, source="imdb", known=GENRES)})
    store.features.save(trailer_id, features)
