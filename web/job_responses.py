"""Response bodies about work: jobs, uploads, batches."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from db.queue.job_records import Stage
from web.prediction_responses import TrailerPrediction


class Error(BaseModel):
    code: str
    error_class: Annotated[str, Field(alias="class")]
    message: str


class Event(BaseModel):
    at: datetime
    stage: str
    code: str | None = None
    message: str | None = None


class Delivery(BaseModel):
    """How far the delivery to a webhook is; only the host of its URL is shown."""

    host: str
    state: Literal["waiting", "delivered", "failed"]
    attempts: int
    status: int | None = None
    message: str | None = None
    delivered_at: datetime | None = None


class Job(BaseModel):
    """One request to analyse one trailer; `result` is set once it is done."""

    job_id: str
    trailer_id: str
    source: str
    title: str | None
    external_id: str | None = None
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
    result: TrailerPrediction | None = None


class Jobs(BaseModel):
    """Jobs, those that changed last first, and how many there are in each stage."""

    jobs: list[Job]
    stages: dict[str, int]


class Upload(BaseModel):
    """A file that waits for a job; `source` is what the job names it by."""

    upload: str
    source: str


class Poster(BaseModel):
    """A stored poster, named by its SHA-256."""

    poster: str


class Changed(BaseModel):
    """How many jobs were changed."""

    jobs: int


class Cause(BaseModel):
    code: str
    error_class: Annotated[str, Field(alias="class")]
    n: int


class Batch(BaseModel):
    """A submitted list: how many of its rows are in each stage, why some failed, what of it is a guess or not used."""

    batch_id: str
    name: str
    mode: str
    n_rows: int
    created_at: datetime
    prepared: bool
    resumed: bool | None = None
    stages: dict[str, int]
    causes: list[Cause]
    notes: list[str]
    finished: bool


class Batches(BaseModel):
    batches: list[Batch]


class BatchRows(BaseModel):
    """Result rows in order; `next` is the value of `after` for the next page, null on the last."""

    rows: list[dict[str, Any]]
    next: int | None
