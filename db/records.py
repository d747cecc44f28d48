"""Records that db takes and returns: trailers, posters, labels and stored models."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

TRAILER_ID = "[a-z][a-z0-9]{0,19}:[A-Za-z0-9_-]{1,64}"  #: a site's name, `file` or a data set's, and an id there
PLACEMENT = "placement"
_TRAILER_ID = re.compile(TRAILER_ID)


def is_trailer_id(text: str) -> bool:
    """Return whether a text has the form of a trailer_id, e.g. `youtube:dQw4w9WgXcQ` or `file:5b1d4c9a8a1c9d0e`."""
    return _TRAILER_ID.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class Source:
    """The origin of a trailer; `url` is rebuilt from the id, or is the file's name."""

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
    """The decoded video: seconds, pixels, frames per second, bytes."""

    duration_s: float
    width: int
    height: int
    fps: float
    codec: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Trailer:
    """A stored trailer."""

    trailer_id: str
    source: Source
    video: VideoRecord
    created_at: datetime | None = None
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class HeardSpeech:
    """What is said in a trailer: a text, "" for nothing, its language, the model that heard it, and in which video."""

    text: str
    language: str
    made_by: str
    video_sha256: str


@dataclass(frozen=True, slots=True)
class KeptSound:
    """The digest of what is stored of a trailer's sound, None where there is no sound, and of which video it is."""

    features_id: str
    video_sha256: str
    sha256: str | None = None


@dataclass(frozen=True, slots=True)
class StoredInputs:
    """The inputs in a trailer's document: `title` and `year` are the house's, `poster_sha256` is the file's.

    `page_title` and `description` are those of its page, `speech` is what is said in it, `sound` what it sounds like.
    """

    plot: str | None = None
    poster_sha256: str | None = None
    description: str | None = None
    title: str | None = None
    year: int | None = None
    page_title: str | None = None
    speech: str | None = None
    sound: KeptSound | None = None


@dataclass(frozen=True, slots=True)
class KeptPoster:
    """A stored poster: `sha256` of its file, and a lossless `picture` (WebP, 299 pixels on its shorter side).

    `width` and `height`, in pixels, are the file's, so that a page can show it in its shape.
    """

    sha256: str
    picture: bytes
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class PredictionBasis:
    """The basis of a prediction: model, features, the modalities it uses, and the digests of its inputs.

    `inputs` names poster, plot, title, sentence, description and speech by the sha256 of the file or the text, sound by
    that of its vector; a trailer's frames are its features'. PLACEMENT is among them where scores are moved to the
    library: a digest of how.
    """

    model_id: str
    features_id: str
    modalities: tuple[str, ...] = ("trailer",)
    inputs: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Estimate:
    """What `n` trailers of the library say of where a model's scores belong.

    `of` is a features_id, with `values` the means and spreads of its head's log-odds on them, or `shares`, with the
    genres' shares by their tags; the values are in the order of the model's genres.
    """

    model_id: str
    of: str
    n: int
    values: Mapping[str, tuple[float, ...]]
    made_at: datetime


@dataclass(frozen=True, slots=True)
class ModelCard:
    """The making of a stored model: rows of each part, digests of data and split, versions of the libraries."""

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
    """The genres of a trailer by some source: `source` names their vocabulary, `imdb_id` the film.

    `known` are the genres that the source decided on, None for all of its vocabulary; `split` is a published split.
    `list` is the name of the list that they are read from, `offered` the words that it had to choose from, if it has a
    column for each.
    """

    genres: tuple[str, ...] = ()
    source: str | None = None
    imdb_id: str | None = None
    split: str | None = None
    known: tuple[str, ...] | None = None
    list: str | None = None
    offered: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LabelUpdate:
    """The outcome of an update of labels: how many trailers changed, and of how many a review says otherwise.

    `reopened` are those of which it says otherwise from now on: they wait for a person again.
    """

    changed: int
    kept_reviews: int
    reopened: int


@dataclass(frozen=True, slots=True)
class LabelledTrailer:
    """A trailer as training data; `sha256` is its video's, "" if there was no video."""

    trailer_id: str
    title: str | None
    url: str
    sha256: str
    labels: TrailerLabels


TagLayer = Literal["effective", "review", "house"]  # whose tags to learn from: all that count, or of one source
ModelState = Literal["in_use", "candidate", "retired"]


PLACED_ON = "; placed on "  # in a model's `trained_on`


@dataclass(frozen=True, slots=True)
class ModelRecord:
    """A stored model as `trailers models list` shows it; `model_id` is the artefact's sha256.

    A candidate is not in use; a retired model was taken out of use and doesn't stand in again by itself. One that
    `stands_in` is in use though nobody has put it to use.
    """

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
    active: bool = False
    state: ModelState = "candidate"
    stands_in: bool = False

    @property
    def placed_on(self) -> str:
        """The trailers that it was placed on, in words, whose figures its metrics are then; empty for most models."""
        return self.trained_on.partition(PLACED_ON)[2].partition(":")[0]


ModelAction = Literal["initial", "promote", "use", "retire", "rollback"]


@dataclass(frozen=True, slots=True)
class ChangeNote:
    """The reason for a change of what is in use: by whom, why in their words, and the figures it rests on."""

    by: str
    why: str = ""
    figures: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ModelChange:
    """A change of the model in use for one features_id and modality; `number` counts the changes of the database.

    `model_id` is the model it is about; `before` and `in_use` are those in use before and after it, None for none.
    `initial` is nobody's decision: the model that ships stands in, or a model was in use before there was a history. A
    rollback undoes the change `undoes` and all later ones of its use.
    """

    number: int
    action: ModelAction
    features_id: str
    modality: str
    model_id: str
    before: str | None
    in_use: str | None
    undoes: int | None
    by: str
    why: str
    figures: Mapping[str, float]
    created_at: datetime
