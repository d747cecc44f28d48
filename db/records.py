"""The records that cross db's border: what is known of a trailer and of a kept model."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

TRAILER_ID = "[a-z][a-z0-9]{0,19}:[A-Za-z0-9_-]{1,64}"  #: a site's name, `file` or a data set's, and an id there
_TRAILER_ID = re.compile(TRAILER_ID)


def is_trailer_id(text: str) -> bool:
    """Tell whether a text has the form of a trailer_id, e.g. `youtube:dQw4w9WgXcQ` or `file:5b1d4c9a8a1c9d0e`."""
    return _TRAILER_ID.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class Source:
    """Where a trailer came from; `url` is rebuilt from the id, or the file's name for a file."""

    url: str
    site: str
    video_id: str
    title: str | None = None
    uploader: str | None = None
    description: str | None = None
    upload_date: str | None = None
    thumbnail: str | None = None


@dataclass(frozen=True, slots=True)
class VideoRecord:
    """What was decoded: seconds, pixels, frames a second, bytes."""

    duration_s: float
    width: int
    height: int
    fps: float
    codec: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Trailer:
    """A trailer the database knows."""

    trailer_id: str
    source: Source
    video: VideoRecord
    created_at: datetime | None = None
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class StoredInputs:
    """What a trailer's document tells of its film beside the video; `poster_sha256` names the poster's file."""

    plot: str | None = None
    poster_sha256: str | None = None
    description: str | None = None


@dataclass(frozen=True, slots=True)
class KeptPoster:
    """A poster as it is kept: `sha256` of its file, `picture` without loss (WebP, 299 pixels on its shorter side).

    `width` and `height`, in pixels, are the file's, so that a page can show it in its shape.
    """

    sha256: str
    picture: bytes
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class PredictionBasis:
    """What a prediction rests on: model, features, the modalities it looks at, and the digests of what was given.

    `inputs` names poster, plot and description by the sha256 of the file or the text; a trailer's frames are its
    features'.
    """

    model_id: str
    features_id: str
    modalities: tuple[str, ...] = ("trailer",)
    inputs: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ModelCard:
    """How a kept model was made: rows of each part, the digests that name data and split, versions of what made it."""

    modality: str
    n_train: int
    n_validation: int
    n_test: int
    seed: int
    data_sha256: str
    split_sha256: str
    objective: str
    versions: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class TrailerLabels:
    """The genres somebody gave a trailer: `source` says in whose words, `imdb_id` which film it is.

    `known` are the genres the source could tell of, None where its vocabulary says so; `split` is a published one.
    """

    genres: tuple[str, ...] = ()
    source: str | None = None
    imdb_id: str | None = None
    split: str | None = None
    known: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class LabelsGiven:
    """What came of labels: trailers that had others, and those whose review was kept against them."""

    changed: int
    kept_reviews: int


@dataclass(frozen=True, slots=True)
class LabelledTrailer:
    """What a trailer's document tells of it for learning; `sha256` is its video's, "" where none was seen."""

    trailer_id: str
    title: str | None
    url: str
    sha256: str
    labels: TrailerLabels


@dataclass(frozen=True, slots=True)
class ModelRecord:
    """What `trailers models list` shows of a kept model; `model_id` is the artefact's sha256."""

    model_id: str
    name: str
    head: str
    genres: tuple[str, ...]
    thresholds: tuple[float, ...]
    metrics: Mapping[str, float]
    features_id: str
    trained_on: str
    card: ModelCard
    created_at: datetime
    active: bool
