"""Made-up records of each kind, as they are stored."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np

from classifier.prediction import Evidence, GenrePrediction, GenreScore
from db.records import ModelCard, ModelRecord, Source, Trailer, VideoRecord
from extractor.features import FrameFeatures, Provenance

TRAILER = "youtube:dQw4w9WgXcQ"
FEATURES = "inception_v3-imagenet-1a2b3c4d-r2"


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
