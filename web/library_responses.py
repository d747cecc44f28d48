"""What the API answers of what is stored: trailers, reviews, models; and of the service's health."""

from datetime import datetime

from web.prediction_responses import Answer, Prediction, Video


class Labels(Answer):
    genres: list[str]
    source: str | None
    imdb_id: str | None


class BriefVerdict(Answer):
    model_id: str
    features_id: str
    modalities: list[str]
    scores: dict[str, float]
    passed: list[str]
    top: list[str]
    made_at: datetime
    disagreement: float
    disputed: list[str]


class Source(Answer):
    url: str
    site: str
    video_id: str
    title: str | None
    uploader: str | None
    upload_date: str | None


class Trailer(Answer):
    """A trailer as the library shows it."""

    trailer_id: str
    source: Source
    video: Video
    labels: Labels
    verdict: BriefVerdict | None
    reviewed_at: datetime | None
    created_at: datetime
    updated_at: datetime


class Trailers(Answer):
    """A page of trailers; `next` is the cursor of the following page, null after the last."""

    trailers: list[Trailer]
    next: str | None


class TrailerDetail(Trailer):
    """A trailer with everything that is known of it; `timeline` holds a score a second for each genre."""

    plot: str | None
    poster: str | None
    prediction: Prediction | None
    timeline: dict[str, list[float]]
    features: list[str]


class Neighbour(Answer):
    trailer_id: str
    title: str | None
    similarity: float
    top: list[str]


class Similar(Answer):
    """The trailers that look most like one, by the cosine of their mean features."""

    similar: list[Neighbour]


class Review(Answer):
    review_id: str
    trailer_id: str
    model_id: str | None
    decisions: dict[str, str]
    genres: list[str]
    reviewer: str
    note: str | None
    created_at: datetime


class Model(Answer):
    model_id: str
    name: str
    head: str
    modality: str
    genres: list[str]
    thresholds: list[float]
    metrics: dict[str, float]
    features_id: str
    trained_on: str
    created_at: datetime
    active: bool


class Models(Answer):
    models: list[Model]


class Health(Answer):
    status: str


class Ready(Answer):
    status: str
    workers: int
    paused: list[str]
