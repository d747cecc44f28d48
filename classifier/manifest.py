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
from classifier.view import MODALITIES, join_names, subsets

FORMAT = 3
MAX_GENRES = 200

_FEATURES_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,119}")
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class TrainedOn:
    """The data a model was made with: rows of each part, `data_sha256` names them all, `split_sha256` the split."""

    description: str
    n_train: int
    n_validation: int
    n_test: int
    data_sha256: str
    split_sha256: str
    seed: int

    def __post_init__(self) -> None:
        check_text(self.description, what="description")
        for digest in (self.data_sha256, self.split_sha256):
            if not _SHA256.fullmatch(digest):
                raise UnsafeModel(f"a sha256 must be 64 hex digits, not {digest[:80]!r}")


@dataclass(frozen=True, slots=True)
class Decisions:
    """How logits become scores and scores answers; the tuples stand in the order of the genres.

    A score is sigmoid(slope * logit + intercept); from `unsure_from` to `unsure_to` the threshold could as well lie
    on the score's other side. Raises UnsafeModel when built with what a model file must not say.
    """

    slopes: tuple[float, ...]
    intercepts: tuple[float, ...]
    thresholds: tuple[float, ...]
    unsure_from: tuple[float, ...]
    unsure_to: tuple[float, ...]

    def __post_init__(self) -> None:
        if len({len(getattr(self, name)) for name in self.__slots__}) > 1:
            raise UnsafeModel("slopes, intercepts, thresholds and unsure bands are of different lengths")
        if not all(0.0 <= cut <= 1.0 for cut in (*self.thresholds, *self.unsure_from, *self.unsure_to)):
            raise UnsafeModel("a threshold lies outside 0 to 1")
        if not all(slope > 0 for slope in self.slopes):
            raise UnsafeModel("a slope is not above zero")


@dataclass(frozen=True, slots=True)
class Manifest:
    """All of a model but its weights; `created_at` is UTC.

    `inputs` names the modalities it looks at, each with the features_id it was trained on, `decisions` what holds for
    each choice of them that may be at hand, by its name. `priors` are the genres' shares of the training rows,
    `objective` is what the thresholds are best for. Raises UnsafeModel when built with what a model file must not say.
    """

    name: str
    head: HeadSpec
    inputs: Mapping[str, str]
    genres: tuple[str, ...]
    priors: tuple[float, ...]
    decisions: Mapping[str, Decisions]
    objective: str
    metrics: Mapping[str, float]
    trained_on: TrainedOn
    created_at: datetime
    versions: Mapping[str, str]

    def __post_init__(self) -> None:
        _check_genres(self.genres)
        _check_inputs(self.inputs)
        named = {join_names(chosen) for chosen in subsets(self.inputs)}
        if set(self.decisions) != named:
            raise UnsafeModel(f"there must be decisions for {sorted(named)}, not {sorted(self.decisions)[:8]!r}")
        per_genre = (self.priors, *(each.slopes for each in self.decisions.values()))
        if any(len(numbers) != len(self.genres) for numbers in per_genre):
            raise UnsafeModel(f"priors and decisions must be of {len(self.genres)} genres each")
        if not all(0.0 <= prior <= 1.0 for prior in self.priors):
            raise UnsafeModel("a prior lies outside 0 to 1")
        if self.created_at.utcoffset() != timedelta(0):
            raise UnsafeModel(f"created_at must be in UTC, not {self.created_at.isoformat()}")
        if not all(math.isfinite(figure) for figure in self.metrics.values()):
            raise UnsafeModel("a metric is not finite")
        check_name(self.name, what="name")
        check_name(self.objective, what="objective")
        for key in (*self.metrics, *self.versions):
            check_name(key, what="a key")

    @property
    def modality(self) -> str:
        """What it looks at, in one word: `trailer`, or `poster+plot`."""
        return join_names(self.inputs)

    @property
    def features_id(self) -> str:
        """The features by which it is found: the pictures', for a model of plots alone the words'."""
        return next(self.inputs[modality] for modality in MODALITIES if modality in self.inputs)

    @property
    def whole(self) -> Decisions:
        """The decisions where nothing is missing."""
        return self.decisions[self.modality]


def _check_inputs(inputs: Mapping[str, str]) -> None:
    if not inputs or not set(inputs) <= set(MODALITIES):
        raise UnsafeModel(f"a model looks at some of {MODALITIES}, not at {sorted(inputs)[:8]!r}")
    for features_id in inputs.values():
        if not _FEATURES_ID.fullmatch(features_id):
            raise UnsafeModel(f"features_id {features_id[:80]!r} is none")


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
        "inputs": dict(manifest.inputs),
        "genres": list(manifest.genres),
        "priors": list(manifest.priors),
        "decisions": {name: _encode_decisions(each) for name, each in manifest.decisions.items()},
        "objective": manifest.objective,
        "metrics": dict(manifest.metrics),
        "trained_on": {field: getattr(trained_on, field) for field in TrainedOn.__slots__},
        "created_at": manifest.created_at.astimezone(UTC).isoformat(),
        "versions": dict(manifest.versions),
        "sha256": dict(sha256),
    }
    text = json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False)
    return text.encode("utf-8")


def _encode_decisions(decisions: Decisions) -> dict[str, list[float]]:
    return {name: list(getattr(decisions, name)) for name in Decisions.__slots__}


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
        inputs=document.mapping("inputs").all_texts(),
        genres=document.texts("genres"),
        priors=document.numbers("priors"),
        decisions={name: _decode_decisions(each) for name, each in document.mapping("decisions").all_mappings()},
        objective=document.text("objective"),
        metrics=document.mapping("metrics").all_numbers(),
        trained_on=TrainedOn(
            description=trained_on.text("description"),
            **{name: trained_on.integer(name) for name in ("n_train", "n_validation", "n_test", "seed")},
            data_sha256=trained_on.text("data_sha256"),
            split_sha256=trained_on.text("split_sha256"),
        ),
        created_at=datetime.fromisoformat(document.text("created_at")),
        versions=document.mapping("versions").all_texts(),
    )


def _decode_decisions(document: Fields) -> Decisions:
    return Decisions(**{name: document.numbers(name) for name in Decisions.__slots__})


def decode_head(document: Fields) -> HeadSpec:
    """Return the description of a head; raises UnsafeModel."""
    members = tuple(decode_head(member) for member in document.mappings("members"))
    return HeadSpec(document.text("kind"), document.mapping("settings").all_settings(), members)


def _refuse_constant(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not a number")
