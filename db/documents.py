"""Documents from records and back: the layout of `trailers`, `features`, `predictions` and `models`."""

import dataclasses
from collections.abc import Mapping
from datetime import UTC, datetime

import numpy as np
from bson.binary import Binary, BinaryVectorDtype
from numpy.typing import NDArray

from classifier.manifest import FORMAT as MODEL_FORMAT
from classifier.manifest import read_as
from classifier.prediction import DrivingWord, Evidence, GenrePrediction, GenreScore
from db.access import SCHEMA_VERSION, Document
from db.errors import Damaged
from db.fields import clean, known
from db.records import ModelCard, ModelRecord, Source, Trailer, VideoRecord
from db.words import find_words
from extractor.features import FrameFeatures, Provenance

_VECTOR_HEAD = 2  # bytes of a BSON vector before its numbers: their type and padding
NUMPY_TYPES = {"float16": "<f2", "float32": "<f4"}
PROVENANCE = ("backbone", "weights_sha256", "frame_rule", "dtype")


def now() -> datetime:
    """Return the time as MongoDB stores it: UTC, whole milliseconds."""
    time = datetime.now(UTC)
    return time.replace(microsecond=time.microsecond // 1000 * 1000)


def features_key(trailer_id: str, features_id: str) -> str:
    """Return the `_id` of a features document."""
    return f"{trailer_id}/{features_id}"


def prediction_key(trailer_id: str, model_id: str, features_id: str, modalities: tuple[str, ...]) -> str:
    """Return the `_id` of a prediction document."""
    return "/".join((trailer_id, model_id, features_id, "+".join(modalities)))


def trailer_fields(trailer: Trailer) -> Document:
    """Return the fields of a trailer that a save sets."""
    return {
        "schema_version": SCHEMA_VERSION,
        "source": {name: value and clean(value) for name, value in dataclasses.asdict(trailer.source).items()},
        "video": dataclasses.asdict(trailer.video),
        "words.title": title_words(trailer.source),
    }


def title_words(source: Source) -> list[str]:
    """Return the words that find a trailer, besides those of its plot."""
    return find_words(source.title, source.uploader, source.video_id)


def to_trailer(document: Document) -> Trailer:
    """Return the trailer of a document of `trailers`; fields that a record does not have are left out."""
    return Trailer(
        trailer_id=document["_id"],
        source=Source(**known(Source, document["source"])),
        video=VideoRecord(**known(VideoRecord, document["video"])),
        created_at=document.get("created_at"),
        updated_at=document.get("updated_at"),
    )


def features_document(trailer_id: str, features: FrameFeatures, *, dtype: str) -> Document:
    """Return the whole features document; `dtype` is how the vectors are kept, float16 or float32."""
    vectors = np.ascontiguousarray(features.vectors, dtype=NUMPY_TYPES[dtype])  # (frames, dim)
    return {
        "_id": features_key(trailer_id, features.features_id),
        "schema_version": SCHEMA_VERSION,
        "trailer_id": trailer_id,
        "features_id": features.features_id,
        "provenance": provenance_document(features.provenance),
        "n_frames": len(features),
        "damaged": list(features.damaged),
        "warnings": list(features.warnings),
        "dim": vectors.shape[1],
        "dtype": dtype,
        "vectors": Binary(vectors.tobytes()),
        "pooled": Binary.from_vector(features.pooled, BinaryVectorDtype.FLOAT32),
        "created_at": now(),
    }


def provenance_document(provenance: Provenance) -> Document:
    """Return what made some features, as a document."""
    return {
        **{name: getattr(provenance, name) for name in PROVENANCE},
        "versions": dict(provenance.versions),
        "notes": list(provenance.notes),
    }


def to_features(document: Document) -> FrameFeatures:
    """Return the features of a document, with float32 vectors; raises Damaged for a damaged one."""
    provenance = document["provenance"]
    return FrameFeatures(
        features_id=document["features_id"],
        vectors=_vectors(document),
        seconds=np.arange(document["n_frames"], dtype=np.float64),
        provenance=Provenance(
            **{name: provenance[name] for name in PROVENANCE},
            versions=provenance.get("versions", {}),
            notes=tuple(provenance.get("notes", ())),
        ),
        damaged=tuple(document.get("damaged", ())),
        warnings=tuple(document.get("warnings", ())),
    )


def _vectors(document: Document) -> NDArray[np.float32]:
    shape = (document["n_frames"], document["dim"])
    stored = np.frombuffer(document["vectors"], NUMPY_TYPES[document["dtype"]])
    if stored.size != shape[0] * shape[1]:
        raise Damaged(
            f"the features {document['_id']!r} are damaged: {stored.size} numbers, not {shape[0]}x{shape[1]}: "
            "analyse the trailer again with --force"
        )
    return stored.reshape(shape).astype(np.float32)  # (frames, dim)


def to_pooled(document: Document) -> NDArray[np.float32]:
    """Return the mean over frames of a features document, of shape (dim,); raises Damaged for a damaged one."""
    pooled = np.frombuffer(document["pooled"], "<f4", offset=_VECTOR_HEAD)
    if len(pooled) != document["dim"]:
        raise Damaged(f"the pooled features {document['_id']!r} are damaged: analyse the trailer again with --force")
    return pooled


def prediction_document(trailer_id: str, prediction: GenrePrediction, *, inputs: Mapping[str, str]) -> Document:
    """Return the whole prediction document; `inputs` are the digests of the poster and plot it was made from."""
    return {
        "_id": prediction_key(trailer_id, prediction.model_id, prediction.features_id, prediction.modalities),
        "schema_version": SCHEMA_VERSION,
        "trailer_id": trailer_id,
        "model_id": prediction.model_id,
        "features_id": prediction.features_id,
        "genres": [_genre(score) for score in prediction.genres],
        "evidence": [_evidence(stretch) for stretch in prediction.evidence],
        "words": [_word(word) for word in prediction.words],
        "timeline": {genre: [float(s) for s in scores] for genre, scores in prediction.timeline.items()},
        "modalities": list(prediction.modalities),
        "inputs": dict(inputs),
        "warnings": list(prediction.warnings),
        "created_at": now(),
    }


def _genre(score: GenreScore) -> Document:
    return {
        "genre": score.genre,
        "score": float(score.score),
        "threshold": float(score.threshold),
        "passed": bool(score.passed),
        "rank": int(score.rank),
    }


def _evidence(stretch: Evidence) -> Document:
    return {
        "genre": stretch.genre,
        "start_s": float(stretch.start_s),
        "end_s": float(stretch.end_s),
        "score": float(stretch.score),
    }


def _word(word: DrivingWord) -> Document:
    return {"genre": word.genre, "word": clean(word.word), "weight": float(word.weight)}


def to_prediction(document: Document) -> GenrePrediction:
    """Return the prediction of a document."""
    return GenrePrediction(
        model_id=document["model_id"],
        features_id=document["features_id"],
        genres=tuple(GenreScore(**known(GenreScore, genre)) for genre in document["genres"]),
        evidence=tuple(Evidence(**known(Evidence, stretch)) for stretch in document["evidence"]),
        timeline={genre: tuple(scores) for genre, scores in document["timeline"].items()},
        modalities=tuple(document["modalities"]),
        words=tuple(DrivingWord(**known(DrivingWord, word)) for word in document.get("words", ())),
        warnings=tuple(document["warnings"]),
    )


def model_document(record: ModelRecord) -> Document:
    """Return the document of a model that is not active yet."""
    return {
        "_id": record.model_id,
        "schema_version": SCHEMA_VERSION,
        "name": record.name,
        "head": record.head,
        "genres": list(record.genres),
        "thresholds": [float(threshold) for threshold in record.thresholds],
        "metrics": {name: float(value) for name, value in record.metrics.items()},
        "features_id": record.features_id,
        "trained_on": record.trained_on,
        "card": {**dataclasses.asdict(record.card), "versions": dict(record.card.versions)},
        "format": MODEL_FORMAT,
        "created_at": record.created_at,
        "active": False,
    }


def to_model(document: Document) -> ModelRecord:
    """Return the record of a model's document."""
    fields = known(ModelRecord, document)
    fields["features_id"] = read_as(fields["features_id"])
    fields["genres"] = tuple(fields["genres"])
    fields["thresholds"] = tuple(fields["thresholds"])
    fields["card"] = ModelCard(**known(ModelCard, fields["card"]))
    return ModelRecord(model_id=document["_id"], **fields)
