"""Manifest: what a model file says about itself, checked word by word before it is believed."""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NoReturn

from classifier.errors import UnsafeModel
from classifier.fields import Fields, check_name, check_text

FORMAT = 1
MAX_GENRES = 200
MODALITIES = ("trailer", "poster")

_FEATURES_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,119}")
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class TrainedOn:
    """The data a model has seen: `n_train` and `n_test` count them, `data_sha256` names them all."""

    modality: str
    description: str
    n_train: int
    n_test: int
    data_sha256: str

    def __post_init__(self) -> None:
        if self.modality not in MODALITIES:
            raise UnsafeModel(f"modality must be one of {MODALITIES}, not {self.modality!r}")
        check_text(self.description, what="description")
        if not _SHA256.fullmatch(self.data_sha256):
            raise UnsafeModel(f"data_sha256 must be 64 hex digits, not {self.data_sha256!r}")


@dataclass(frozen=True, slots=True)
class Manifest:
    """All of a model but its numbers; `thresholds` stand in the order of `genres`, `created_at` is UTC.

    Raises UnsafeModel when built with what a model file must not say.
    """

    name: str
    head: str
    genres: tuple[str, ...]
    thresholds: tuple[float, ...]
    metrics: Mapping[str, float]
    features_id: str
    trained_on: TrainedOn
    created_at: datetime
    versions: Mapping[str, str]

    def __post_init__(self) -> None:
        _check_genres(self.genres)
        if len(self.thresholds) != len(self.genres):
            raise UnsafeModel(f"{len(self.thresholds)} thresholds for {len(self.genres)} genres")
        if not all(0.0 <= threshold <= 1.0 for threshold in self.thresholds):
            raise UnsafeModel("a threshold lies outside 0 to 1")
        if not _FEATURES_ID.fullmatch(self.features_id):
            raise UnsafeModel(f"features_id {self.features_id[:80]!r} is none")
        if self.created_at.utcoffset() != timedelta(0):
            raise UnsafeModel(f"created_at must be in UTC, not {self.created_at.isoformat()}")
        if not all(math.isfinite(figure) for figure in self.metrics.values()):
            raise UnsafeModel("a metric is not finite")
        check_name(self.name, what="name")
        for key in (*self.metrics, *self.versions):
            check_name(key, what="a key")


def _check_genres(genres: tuple[str, ...]) -> None:
    if not 1 <= len(genres) <= MAX_GENRES:
        raise UnsafeModel(f"a model has 1 to {MAX_GENRES} genres, not {len(genres)}")
    if len(set(genres)) != len(genres):
        raise UnsafeModel("a genre is named twice")
    for genre in genres:  # they become field names of MongoDB documents
        check_name(genre, what="genre")
        if "." in genre or genre.startswith("$"):
            raise UnsafeModel(f"genre {genre!r} holds a '.' or begins with '$'")


def encode_manifest(manifest: Manifest, *, sha256: Mapping[str, str]) -> bytes:
    """Return the manifest as JSON; `sha256` names the other members of the file and their digests."""
    trained_on = manifest.trained_on
    document = {
        "format": FORMAT,
        "name": manifest.name,
        "head": manifest.head,
        "genres": list(manifest.genres),
        "thresholds": list(manifest.thresholds),
        "metrics": dict(manifest.metrics),
        "features_id": manifest.features_id,
        "trained_on": {field: getattr(trained_on, field) for field in TrainedOn.__slots__},
        "created_at": manifest.created_at.astimezone(UTC).isoformat(),
        "versions": dict(manifest.versions),
        "sha256": dict(sha256),
    }
    text = json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False)
    return text.encode("utf-8")


def decode_manifest(data: bytes) -> tuple[Manifest, dict[str, str]]:
    """Return the manifest and the digests of the other members; raises UnsafeModel with the reason."""
    try:
        document = Fields(json.loads(data.decode("utf-8"), parse_constant=_refuse_constant), what="manifest")
        found = document.integer("format")
        if found != FORMAT:
            raise UnsafeModel(f"the model is of format {found}; this version of trailers reads {FORMAT}")
        return _manifest(document), document.mapping("sha256").all_texts()
    except (ValueError, RecursionError) as exc:
        raise UnsafeModel(f"the manifest is no sound JSON: {exc}") from exc


def _manifest(document: Fields) -> Manifest:
    trained_on = document.mapping("trained_on")
    return Manifest(
        name=document.text("name"),
        head=document.text("head"),
        genres=document.texts("genres"),
        thresholds=document.numbers("thresholds"),
        metrics=document.mapping("metrics").all_numbers(),
        features_id=document.text("features_id"),
        trained_on=TrainedOn(
            modality=trained_on.text("modality"),
            description=trained_on.text("description"),
            n_train=trained_on.integer("n_train"),
            n_test=trained_on.integer("n_test"),
            data_sha256=trained_on.text("data_sha256"),
        ),
        created_at=datetime.fromisoformat(document.text("created_at")),
        versions=document.mapping("versions").all_texts(),
    )


def _refuse_constant(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not a number")
