"""Manifest: the description in a model file, checked field by field before it is used."""

import dataclasses
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, TypeVar

import numpy as np
from pydantic import AfterValidator, Field, FiniteFloat, TypeAdapter, ValidationError

from classifier.arrays import Floats
from classifier.errors import UnsafeModel
from classifier.genre_sets import GenreSets
from classifier.heads.kinds import HeadSpec
from classifier.verdict import log_odds
from classifier.view import MODALITIES, join_names, subsets

FORMAT = 3
# Frames under rule r2 are those of r1 to the bit, except where r1 showed wrong colours or two moments at once.
_OLDER = re.compile(r"(?!sentence-)(.+-[0-9a-f]{8})-r1")


def read_as(features_id: str) -> str:
    """Return the id of today's features that a model reads as those it has learnt from."""
    older = _OLDER.fullmatch(features_id)
    return f"{older[1]}-r2" if older else features_id


def _check_printable(text: str) -> str:
    if not text.isprintable():
        raise ValueError(f"{text[:80]!r} has characters that can't be printed")
    return text


Text = Annotated[str, Field(max_length=2000), AfterValidator(_check_printable)]
Name = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_check_printable)]
Genre = Annotated[Name, Field(pattern=r"^[^$.][^.]*$")]  # they become field names of MongoDB documents


def is_genre(text: str) -> bool:
    """Tell whether a model may predict a genre of this name."""
    try:
        TypeAdapter(Genre).validate_python(text)
    except ValidationError:
        return False
    return True


Modality = Annotated[str, Field(pattern=f"^({'|'.join(MODALITIES)})$")]
FeaturesId = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,119}$")]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Digests = Annotated[str, Field(pattern=r"^([0-9a-f]{16})*$")]
Hex = Annotated[str, Field(pattern=r"^([0-9a-f]{2})*$")]
Count = Annotated[int, Field(ge=0, lt=2**53)]
Share = Annotated[float, Field(ge=0, le=1)]
Slope = Annotated[FiniteFloat, Field(gt=0)]
Mean = Annotated[float, Field(ge=-1e6, le=1e6)]  # of logits: no score of float32 tells more of them apart
Spread = Annotated[float, Field(gt=0, le=1e6)]
FEW = Field(max_length=1000)
Part = TypeVar("Part")


@dataclass(frozen=True, slots=True)
class TrainedOn:
    """The data a model was made with: rows of each part, `data_sha256` names them all, `split_sha256` the split."""

    description: Text
    n_train: Count
    n_validation: Count
    n_test: Count
    data_sha256: Sha256
    split_sha256: Sha256
    seed: Count


@dataclass(frozen=True, slots=True)
class Decisions:
    """The calibration and thresholds of a choice of modalities; the tuples are in the order of the genres.

    A score is sigmoid(slope * logit + intercept); from `unsure_from` to `unsure_to` the threshold could as well lie
    on the other side of the score.
    """

    slopes: tuple[Slope, ...]
    intercepts: tuple[FiniteFloat, ...]
    thresholds: tuple[Share, ...]
    unsure_from: tuple[Share, ...]
    unsure_to: tuple[Share, ...]

    @property
    def n_genres(self) -> set[int]:
        """How many genres its tuples are of, each length once."""
        return {len(getattr(self, field.name)) for field in dataclasses.fields(self)}


@dataclass(frozen=True, slots=True)
class PlacedOn:
    """The labelled trailers that placed the trailer's head: how many, of how many films and franchises.

    `means` and `spreads` are those of the head's logits on them, in the order of the genres. `seen` are the films that
    no other head has learnt from, as `TrainingFilms` in hex; None in files of older versions.
    """

    description: Text
    n_trailers: Count
    n_films: Count
    data_sha256: Sha256
    means: tuple[Mean, ...]
    spreads: tuple[Spread, ...]
    seen: Digests | None = None

    def __str__(self) -> str:
        return f"{self.n_trailers:,} trailers of {self.n_films:,} films: {self.description}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """The inputs of a model: the modalities it reads, each with the features_id it was trained on."""

    inputs: Annotated[Mapping[Modality, FeaturesId], Field(min_length=1)]

    @property
    def modality(self) -> str:
        """The modalities in one word: `trailer`, or `poster+plot`."""
        return join_names(self.inputs)

    @property
    def features_id(self) -> str:
        """The features by which it is found: the pictures', for a model of plots alone the words'."""
        return next(self.reads[modality] for modality in MODALITIES if modality in self.inputs)

    @property
    def reads(self) -> Mapping[Modality, FeaturesId]:
        """The features_id that it reads today for each modality."""
        return {modality: read_as(features_id) for modality, features_id in self.inputs.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest(Scope):
    """All of a model but its weights; `created_at` is UTC.

    `decisions` holds those for each choice of the inputs that a film may have, by its name. `priors` are the
    genres' shares of the training rows, `objective` is what the thresholds are best for. `placed_on` is None where the
    trailer's head has learnt from trailers, or there is none. `genre_sets` are those of the training rows, as
    `GenreSets` in hex; None in files of older versions.
    """

    name: Name
    head: HeadSpec
    genres: Annotated[tuple[Genre, ...], Field(min_length=1, max_length=200)]
    priors: tuple[Share, ...]
    decisions: Mapping[Name, Decisions]
    objective: Name
    metrics: Annotated[Mapping[Name, FiniteFloat], FEW]
    trained_on: TrainedOn
    created_at: datetime
    versions: Annotated[Mapping[Name, Text], FEW]
    placed_on: PlacedOn | None = None
    genre_sets: Hex | None = None

    def __post_init__(self) -> None:
        if len(set(self.genres)) != len(self.genres):
            raise UnsafeModel("a genre is named twice")
        named = {join_names(chosen) for chosen in subsets(self.inputs)}
        if set(self.decisions) != named:
            raise UnsafeModel(f"there must be decisions for {sorted(named)}, not {sorted(self.decisions)[:8]!r}")
        if {len(self.priors)}.union(*(each.n_genres for each in self.decisions.values())) != {len(self.genres)}:
            raise UnsafeModel(f"priors and decisions must be of {len(self.genres)} genres each")
        if self.placed_on and {len(self.placed_on.means), len(self.placed_on.spreads)} != {len(self.genres)}:
            raise UnsafeModel(f"the means and spreads of trailers must be of {len(self.genres)} genres each")
        if self.created_at.utcoffset() != timedelta(0):
            raise UnsafeModel(f"created_at must be in UTC, not {self.created_at.isoformat()}")
        self.read_sets()

    def read_sets(self) -> GenreSets:
        """Return the sets of genres that films have, none where none is known; raises UnsafeModel."""
        return GenreSets.from_hex(self.genre_sets or "", n_genres=len(self.genres))

    def at_shares(self, shares: Floats) -> "Manifest":
        """Return the manifest of the same model, were these the genres' shares, (genres,): all its log-odds move.

        Saerens, Latinne & Decaestecker 2002, "Adjusting the Outputs of a Classifier to New a Priori Probabilities",
        equation 2.4, for each genre by itself.
        """
        moves = log_odds(shares) - log_odds(np.array(self.priors))
        moved = {
            name: dataclasses.replace(each, intercepts=tuple((np.array(each.intercepts) + moves).tolist()))
            for name, each in self.decisions.items()
        }
        return dataclasses.replace(self, priors=tuple(shares.tolist()), decisions=moved)

    @property
    def is_zero_shot(self) -> bool:
        """Whether it was made of captions of the genres, without a film."""
        return self.trained_on.n_train == 0

    @property
    def whole(self) -> Decisions:
        """The decisions where nothing is missing."""
        return self.decisions[self.modality]


@dataclass(frozen=True, slots=True)
class Envelope:
    """The part of a manifest about its file: the format, and the digests of the other members."""

    format: int
    sha256: Mapping[str, str]

    def __post_init__(self) -> None:
        if self.format != FORMAT:
            raise UnsafeModel(f"the model is of format {self.format}; this version of trailers reads {FORMAT}")


def encode_manifest(manifest: Manifest, *, sha256: Mapping[str, str]) -> bytes:
    """Return the manifest as JSON; `sha256` names the other members of the file and their digests."""
    document = {
        **dataclasses.asdict(manifest, dict_factory=_leave_none_out),
        "created_at": manifest.created_at.astimezone(UTC).isoformat(),
        "format": FORMAT,
        "sha256": dict(sha256),
    }
    text = json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False)
    return text.encode("utf-8", "surrogatepass")  # `decode` says what is wrong with a text that isn't Unicode


def _leave_none_out(fields: Sequence[tuple[str, object]]) -> dict[str, object]:
    return {name: value for name, value in fields if value is not None}


def decode_manifest(data: bytes) -> tuple[Manifest, Mapping[str, str]]:
    """Return the manifest and the digests of the other members; raises UnsafeModel with the reason."""
    envelope = decode(Envelope, data)
    return decode(Manifest, data), envelope.sha256


def decode(kind: type[Part], data: bytes) -> Part:
    """Return the dataclass `kind` from JSON, other fields ignored; raises UnsafeModel."""
    try:
        return TypeAdapter(kind).validate_json(data, strict=True)
    except ValidationError as exc:
        first = exc.errors(include_url=False, include_context=False, include_input=False)[0]
        where = ".".join(map(str, (kind.__name__.lower(), *first["loc"])))
        raise UnsafeModel(f"the model's {where[:80]!r} is not valid: {first['msg']}") from exc
