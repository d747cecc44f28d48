"""The bodies of requests and answers, as OpenAPI shows them; what comes in is strict in types and fields."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from worker.arguments import MAX_PRIORITY
from worker.links import MAX_LENGTH

Stage = Literal["queued", "downloading", "extracting", "classifying", "done", "failed", "cancelled", "dead"]
Sha256 = Annotated[
    str, Field(pattern=r"^[0-9a-f]{64}$", examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"])
]
Plot = Annotated[str, Field(min_length=1, max_length=20_000, examples=["Two cops hunt a killer through the city."])]
Genre = Annotated[str, Field(min_length=1, max_length=50, pattern=r"^[^$.\x00][^.\x00]*$", examples=["Drama"])]


class Body(BaseModel):
    """What comes in."""

    model_config = ConfigDict(strict=True, extra="forbid")


class NewJob(Body):
    """One trailer to be analysed."""

    source: Annotated[
        str,
        Field(
            min_length=1,
            max_length=MAX_LENGTH,
            description="a link, a YouTube id, or upload:ID as POST /v1/uploads answers",
            examples=["https://youtu.be/eRsGyueVLvQ"],
        ),
    ]
    plot: Plot | None = None
    poster: Sha256 | None = Field(None, description="the poster that POST /v1/posters has kept")
    priority: Annotated[int, Field(ge=-MAX_PRIORITY, le=MAX_PRIORITY)] = 0
    webhook: Annotated[str, Field(max_length=2048)] | None = Field(
        None, description="an https address that is told when the job is finished"
    )


class PlotText(Body):
    """A plot to be judged by itself."""

    plot: Plot


class NewReview(Body):
    """What a person says of a trailer's genres; what isn't named stays as it is, so that {} says: all is well."""

    decisions: Annotated[dict[Genre, Literal["accept", "reject", "add"]], Field(max_length=60)]
    note: Annotated[str, Field(max_length=2000)] | None = None


class Retry(Body):
    """Which failed jobs of a batch to try again: all, or those of one error code."""

    code: Annotated[str, Field(pattern=r"^[a-z_]{1,40}$")] | None = None


class Answer(BaseModel):
    """What goes out."""


class Score(Answer):
    genre: str
    score: float
    threshold: float
    passed: bool
    rank: int


class EvidenceSeconds(Answer):
    genre: str
    start_s: float
    end_s: float
    score: float


class Word(Answer):
    genre: str
    word: str
    weight: float


class Video(Answer):
    duration_s: float
    width: int
    height: int
    fps: float
    codec: str
    bytes: int
    sha256: str


class Prediction(Answer):
    """The genres of a trailer, a poster or a plot, and why; `video` and `n_frames` are a trailer's."""

    trailer_id: str | None = None
    features_id: str
    model_id: str
    n_frames: int = 0
    genres: list[Score]
    evidence: list[EvidenceSeconds] = []
    words: list[Word] = []
    modalities: list[str]
    video: Video | None = None
    warnings: list[str]


class PosterPrediction(Prediction):
    """The genres of a poster; `poster` names it from now on."""

    poster: str


class Error(Answer):
    code: str
    error_class: Annotated[str, Field(alias="class")]
    message: str


class Event(Answer):
    at: datetime
    stage: str
    code: str | None = None
    message: str | None = None


class Delivery(Answer):
    """How far the news to a webhook is; of its address the host alone."""

    host: str
    state: Literal["waiting", "delivered", "failed"]
    attempts: int
    status: int | None = None
    message: str | None = None
    delivered_at: datetime | None = None


class Job(Answer):
    """One request to analyse one trailer; `result` once it is done."""

    job_id: str
    trailer_id: str
    source: str
    title: str | None
    site: str
    stage: Stage
    lane: str | None
    priority: int
    attempts: int
    cancel: bool
    created_at: datetime
    updated_at: datetime
    finished_at: datetime | None
    progress: dict[str, int | None]
    seconds: dict[str, float]
    error: Error | None
    history: list[Event]
    webhooks: list[Delivery]
    batches: list[str]
    result: Prediction | None = None


class Jobs(Answer):
    """Jobs, the last changed one first, and how many there are in each stage."""

    jobs: list[Job]
    stages: dict[str, int]


class Upload(Answer):
    """A file that waits for a job; `source` is what a job calls it."""

    upload: str
    source: str


class Poster(Answer):
    """A poster that is kept."""

    poster: str


class Changed(Answer):
    """How many jobs were concerned."""

    jobs: int


class Cause(Answer):
    code: str
    error_class: Annotated[str, Field(alias="class")]
    n: int


class Batch(Answer):
    """A list that is run: how many of its rows are in each stage, and why some failed."""

    batch_id: str
    name: str
    mode: str
    n_rows: int
    created_at: datetime
    prepared: bool
    resumed: bool | None = None
    stages: dict[str, int]
    causes: list[Cause]
    finished: bool


class Batches(Answer):
    batches: list[Batch]


class BatchRows(Answer):
    """Result rows in order; `next` is the row number to ask on after."""

    rows: list[dict[str, Any]]
    next: int | None


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
