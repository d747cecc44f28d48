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
from classifier.kinds import HeadSpec

FORMAT = 2
MAX_GENRES = 200
MODALITIES = ("trailer", "poster")
PER_GENRE = ("priors", "slopes", "intercepts", "thresholds", "unsure_from", "unsure_to")

_FEATURES_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,119}")
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class TrainedOn:
    """The data a model was made with: rows of each part, `data_sha256` names them all, `split_sha256` the split."""

    modality: str
    description: str
    n_train: int
    n_validation: int
    n_test: int
    data_sha256: str
    split_sha256: str
    seed: int

    def __post_init__(self) -> None:
        if self.modality not in MODALITIES:
            raise UnsafeModel(f"modality must be one of {MODALITIES}, not {self.modality!r}")
        check_text(self.description, what="description")
        for digest in (self.data_sha256, self.split_sha256):
            if not _SHA256.fullmatch(digest):
                raise UnsafeModel(f"a sha256 must be 64 hex digits, not {digest[:80]!r}")


@dataclass(frozen=True, slots=True)
class Manifest:
    """All of a model but its weights; the tuples stand in the order of `genres`, `created_at` is UTC.

    A score is sigmoid(slope * logit + intercept); from `unsure_from` to `unsure_to` the threshold could as well lie
    on the score's other side. `priors` are the genres' shares of the training rows, `objective` is what the
    thresholds are best for. Raises UnsafeModel when built with what a model file must not say.
    """

    name: str
    head: HeadSpec
    genres: tuple[str, ...]
    priors: tuple[float, ...]
    slopes: tuple[float, ...]
    intercepts: tuple[float, ...]
    thresholds: tuple[float, ...]
    unsure_from: tuple[float, ...]
    unsure_to: tuple[float, ...]
    objective: str
    metrics: Mapping[str, float]
    features_id: str
    trained_on: TrainedOn
    created_at: datetime
    versions: Mapping[str, str]

    def __post_init__(self) -> None:
        _check_genres(self.genres)
        for name in PER_GENRE:
            if len(getattr(self, name)) != len(self.genres):
                raise UnsafeModel(f"{len(getattr(self, name))} {name} for {len(self.genres)} genres")
        if not all(0.0 <= cut <= 1.0 for cut in (*self.priors, *self.thresholds, *self.unsure_from, *self.unsure_to)):
            raise UnsafeModel("a prior or a threshold lies outside 0 to 1")
        if not all(slope > 0 for slope in self.slopes):
            raise UnsafeModel("a slope is not above zero")
        if not _FEATURES_ID.fullmatch(self.features_id):
            raise UnsafeModel(f"features_id {self.features_id[:80]!r} is none")
        if self.created_at.utcoffset() != timedelta(0):
            raise UnsafeModel(f"created_at must be in UTC, not {self.created_at.isoformat()}")
        if not all(math.isfinite(figure) for figure in self.metrics.values()):
            raise UnsafeModel("a metric is not finite")
        check_name(self.name, what="name")
        check_name(self.objective, what="objective")
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
        "head": encode_head(manifest.head),
        "genres": list(manifest.genres),
        **{name: list(getattr(manifest, name)) for name in PER_GENRE},
        "objective": manifest.objective,
        "metrics": dict(manifest.metrics),
        "features_id": manifest.features_id,
        "trained_on": {field: getattr(trained_on, field) for field in TrainedOn.__slots__},
        "created_at": manifest.created_at.astimezone(UTC).isoformat(),
        "versions": dict(manifest.versions),
        "sha256": dict(sha256),
    }
    text = json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False)
    return text.encode("utf-8")


def encode_head(spec: HeadSpec) -> dict[str, object]:
    """Return a head's description as JSON has it."""
    members = [encode_head(member) for member in spec.members]
    return {"kind": spec.kind, "settings": dict(spec.settings), "members": members}


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
        head=decode_head(document.mapping("head")),
        genres=document.texts("genres"),
        **{name: document.numbers(name) for name in PER_GENRE},
        objective=document.text("objective"),
        metrics=document.mapping("metrics").all_numbers(),
        features_id=document.text("features_id"),
        trained_on=TrainedOn(
            modality=trained_on.text("modality"),
            description=trained_on.text("description"),
            **{name: trained_on.integer(name) for name in ("n_train", "n_validation", "n_test", "seed")},
            data_sha256=trained_on.text("data_sha256"),
            split_sha256=trained_on.text("split_sha256"),
        ),
        created_at=datetime.fromisoformat(document.text("created_at")),
        versions=document.mapping("versions").all_texts(),
    )


def decode_head(document: Fields) -> HeadSpec:
    """Return the description of a head; raises UnsafeModel."""
    members = tuple(decode_head(member) for member in document.mappings("members"))
    return HeadSpec(document.text("kind"), document.mapping("settings").all_settings(), members)


def _refuse_constant(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not a number")
