"""Response bodies about what is stored: trailers, models; and about the service's health."""

from datetime import datetime

from pydantic import AliasPath, BaseModel, Field

from db.records import ModelAction, ModelState
from web.prediction_responses import TrailerIdentity, TrailerPrediction, Video


class Labels(BaseModel):
    genres: list[str]
    source: str | None
    imdb_id: str | None


class EarlierTags(BaseModel):
    genres: tuple[str, ...]
    known: tuple[str, ...] | None
    at: datetime | None
    list: str | None
    by: str | None


class Layer(BaseModel):
    """The tags of a trailer by one source; `labels` follow from all of them."""

    source: str
    genres: tuple[str, ...]
    known: tuple[str, ...] | None
    at: datetime
    list: str | None
    by: str | None
    review_id: str | None
    words: tuple[str, ...] | None
    taxonomy: int | None
    offered: tuple[str, ...] | None
    earlier: tuple[EarlierTags, ...]


class HouseWord(BaseModel):
    word: str
    genres: list[str]


class Taxonomy(BaseModel):
    """A version of the house taxonomy, and the name of the file it was imported from."""

    version: int
    name: str
    words: list[HouseWord]
    created_at: datetime


class BriefVerdict(BaseModel):
    model_id: str
    features_id: str
    modalities: list[str]
    scores: dict[str, float]
    passed: list[str]
    top: list[str]
    made_at: datetime
    disagreement: float
    disputed: list[str]


class Source(BaseModel):
    url: str
    site: str
    video_id: str
    title: str | None
    uploader: str | None
    upload_date: str | None


class Trailer(TrailerIdentity):
    """A trailer as the library shows it."""

    trailer_id: str
    source: Source
    video: Video
    labels: Labels
    verdict: BriefVerdict | None
    reviewed_at: datetime | None
    created_at: datetime
    updated_at: datetime


class Trailers(BaseModel):
    """A page of trailers; `next` is the cursor of the next page, null on the last."""

    trailers: list[Trailer]
    next: str | None


class TrailerDetail(Trailer):
    """A trailer with everything known of it; `timeline` holds one score a second for each genre.

    `marks` are the seconds that are left out, by what they show: black, still, rating, logo, titles, credits.
    """

    layers: list[Layer]
    plot: str | None
    poster: str | None = Field(validation_alias="poster_sha256")
    prediction: TrailerPrediction | None
    timeline: dict[str, list[float]]
    marks: dict[str, list[int]]
    features: list[str]


class RemovedTrailer(BaseModel):
    """How many documents about a trailer were removed, by their collections, and its upload."""

    trailer_id: str
    removed: dict[str, int]


class Neighbour(BaseModel):
    trailer_id: str
    title: str | None
    similarity: float
    top: list[str]


class Similar(BaseModel):
    """The trailers most similar to one, by the cosine of their mean features."""

    similar: list[Neighbour]


class QueuedTrailer(Trailer):
    """A trailer that somebody is to review; `genre` is the one about which a review would teach most, if so ordered.

    `value`, from 0 to 1, is how disputed it is, or how useful.
    """

    is_assigned: bool
    skipped_at: datetime | None
    value: float
    genre: str | None


class ReviewQueue(BaseModel):
    """A page of what somebody reviews next; `next` is the cursor of the next page, null on the last."""

    reviewer: str
    order: str
    trailers: list[QueuedTrailer]
    next: str | None


class Assigned(BaseModel):
    """How many trailers were newly assigned, and of how many that was taken back."""

    to: str | None
    assigned: int
    cleared: int


class Skipped(BaseModel):
    trailer_id: str
    reviewer: str
    skipped_at: datetime


class Model(BaseModel):
    """A stored model; a candidate is not in use, a retired one was taken out of use."""

    model_id: str
    name: str
    head: str
    modality: str = Field(validation_alias=AliasPath("card", "modality"))
    genres: list[str]
    thresholds: list[float]
    metrics: dict[str, float]
    features_id: str
    trained_on: str
    created_at: datetime
    active: bool
    state: ModelState


class Models(BaseModel):
    models: list[Model]


class ModelChange(BaseModel):
    """A change of the model in use for one features_id and modality; `before` and `in_use` are null for none."""

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
    figures: dict[str, float]
    created_at: datetime


class ModelChanges(BaseModel):
    changes: list[ModelChange]


class Health(BaseModel):
    status: str


class Ready(BaseModel):
    status: str
    workers: int
    paused: list[str]
