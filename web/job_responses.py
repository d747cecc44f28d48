"""What the API answers of work: jobs, uploads, batches."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from db.queue.job_records import Stage
from web.prediction_responses import Answer, Prediction


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
