"""Response bodies about work: jobs, uploads, batches, webhooks."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from db.queue.batch_records import Mode
from db.queue.job_records import ErrorClass, Stage
from web.api_model import ApiModel, Next
from web.prediction_responses import TrailerPrediction

Class = Annotated[
    ErrorClass,
    Field(alias="class", description="permanent: trying again won't help; retry: it may; operator: a person must act"),
]


class Error(ApiModel):
    """Why a job failed."""

    code: str
    """the kind of error, for programs"""
    error_class: Class
    message: str
    """what is wrong and what to do, for people"""


class Event(ApiModel):
    """An event in a job's history."""

    at: datetime
    """when"""
    stage: str
    """the stage that began"""
    code: str | None = None
    """the kind of error that led to it"""
    message: str | None = None
    """why, for people"""


class Delivery(ApiModel):
    """How far the delivery to a webhook is."""

    host: str
    """the host of its URL; the rest is not shown"""
    state: Literal["waiting", "delivered", "failed"]
    """whether it waits, has arrived, or was given up"""
    attempts: int
    """how often it was sent"""
    status: int | None = None
    """the last HTTP status that the receiver answered"""
    message: str | None = None
    """why it did not arrive"""
    delivered_at: datetime | None = None
    """when it arrived"""


class Job(ApiModel):
    """One request to analyse one trailer."""

    job_id: str
    """its id"""
    trailer_id: str
    """the trailer it is about"""
    source: str
    """the link, or the name of the file"""
    title: str | None
    """the trailer's title, yours or its page's, as far as it is known"""
    external_id: str | None = None
    """your own id of the trailer"""
    site: str
    """the site of a link; file, poster or plot"""
    stage: Stage
    """how far it is"""
    lane: str | None
    """the kind of worker that it waits for or is with, null once it is finished"""
    priority: int
    """higher goes first"""
    attempts: int
    """how often it was begun without an orderly end"""
    cancel: bool
    """whether its worker is asked to stop"""
    created_at: datetime
    """when it was first submitted"""
    updated_at: datetime
    """when its stage last changed"""
    finished_at: datetime | None
    """when it ended, null while it has not"""
    progress: dict[str, int | None]
    """`done` of `total` of what the stage counts: bytes or frames"""
    seconds: dict[str, float]
    """the seconds of work in each lane"""
    waited_s: float
    """the seconds in which it could have been worked on, and waited"""
    not_before: datetime | None
    """when a job that waits for its next attempt is tried again, null for any other"""
    error: Error | None
    """why it failed, or why it waits for another attempt"""
    history: list[Event]
    """its last 40 events, the oldest first"""
    webhooks: list[Delivery]
    """its webhooks"""
    batches: list[str]
    """the batches that it is of"""
    result: TrailerPrediction | None = None
    """the prediction, once it is done"""


class Jobs(ApiModel):
    """A page of jobs, those that changed last first."""

    jobs: list[Job]
    """the jobs of this page"""
    stages: dict[str, int]
    """how many of all jobs there are in each stage"""
    next: Next


class Upload(ApiModel):
    """A file that waits for a job."""

    upload: str
    """its id: the first 16 digits of its SHA-256"""
    source: str
    """what a job or a list's row names it by"""


class UploadDetail(Upload):
    """An upload that is kept."""

    name: str
    """its file's name"""
    bytes: int
    """the size of the file"""
    sha256: str
    """the SHA-256 of the file"""
    used_at: datetime
    """when it came or was last named"""
    kept_until: datetime
    """until when it is kept at least; longer while a job needs it"""


class Poster(ApiModel):
    """A stored poster."""

    poster: str
    """its SHA-256, by which a job names it"""


class Retried(ApiModel):
    """The outcome of a retry."""

    jobs: int
    """how many jobs are queued again"""
    for_good: int
    """how many stay as they are, because trying again doesn't help them"""


class Changed(ApiModel):
    """How many jobs were changed."""

    jobs: int
    """their number"""


class Cause(ApiModel):
    """A reason why rows failed, and their number."""

    code: str
    """the kind of error"""
    error_class: Class
    n: int
    """how many jobs and rows failed so"""
    retryable: int
    """how many of them a retry queues again: none where it would not help, or where rows have no job"""


class Batch(ApiModel):
    """A submitted list."""

    batch_id: str
    """its id"""
    name: str
    """its file's name, or the one that it was given"""
    mode: Mode
    """which of its trailers are run: those that are missing, or stale too, or all"""
    n_rows: int
    """how many rows it has"""
    created_at: datetime
    """when it was submitted"""
    prepared: bool
    """whether all its rows and jobs are stored"""
    resumed: bool | None = None
    """whether a list that was submitted again goes on, null in any other response"""
    stages: dict[str, int]
    """how many of its rows are in each stage"""
    causes: list[Cause]
    """why rows failed, the most frequent reason first"""
    notes: list[str]
    """what of the list is a guess or not used"""
    finished: bool
    """whether all its jobs have ended"""
    webhooks: list[Delivery]
    """its webhooks"""


class Batches(ApiModel):
    """A page of batches, the newest first."""

    batches: list[Batch]
    """the batches of this page"""
    next: Next


class BatchRow(ApiModel):
    """The result of one row of a list; null where there is nothing to say."""

    row: int
    """its number in the list, from 1"""
    source: str
    """the link, path or upload as the list has it"""
    id: str | None
    """your own id, of the list's column `id`"""
    title: str | None
    """the title, the list's or the trailer's"""
    trailer_id: str | None
    """the trailer it is about"""
    status: Stage
    """how far it is"""
    code: str | None
    """the kind of error, if it failed"""
    message: str | None
    """why it failed, and what of the row was not used"""
    n_frames: int | None
    """the frames that were looked at"""
    duration_s: float | None
    """the length of the video in seconds"""
    genre_1: str | None
    """the best genre"""
    score_1: float | None
    """its score"""
    genre_2: str | None
    """the second genre"""
    score_2: float | None
    """its score"""
    genre_3: str | None
    """the third genre"""
    score_3: float | None
    """its score"""
    passed: list[str]
    """the genres that pass, the best first"""
    model_id: str | None
    """the model that predicted"""
    seconds: float | None
    """the seconds of work"""
    external_id: str | None
    """your own id of the trailer"""
    film_id: str | None
    """what all trailers of its film share"""
    year: int | None
    """of the film"""
    imdb_id: str | None
    """IMDb's id of the film"""
    franchise: str | None
    """the series that the film belongs to"""
    metadata: dict[str, str | int | float | bool]
    """whatever else its owner says of it"""


class BatchRows(ApiModel):
    """A page of result rows, in the order of the list."""

    rows: list[BatchRow]
    """the rows of this page"""
    next: int | None
    """the value of `after` for the next page, null on the last"""


class TestDelivery(ApiModel):
    """What became of a notification that was sent as a test."""

    __test__ = False  # no test of pytest's

    delivered: bool
    """whether the receiver answered with a 2xx"""
    status: int | None
    """the HTTP status that it answered"""
    message: str | None
    """why it did not arrive"""
    seconds: float
    """how long it took"""
