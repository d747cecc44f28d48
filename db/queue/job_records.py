"""Records of the queue: jobs, claims, deliveries and workers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal, get_args

from db.records import Source

ErrorClass = Literal["permanent", "retry", "operator"]
DeliveryState = Literal["waiting", "delivered", "failed"]

Stage = Literal[
    "queued",  # waits for a worker of its lane
    "downloading",  # its video is being fetched
    "extracting",  # its frames are decoded, its features made
    "classifying",  # a model predicts from its features
    "done",  # its prediction is stored
    "failed",  # its error is permanent
    "cancelled",  # somebody cancelled it
    "dead",  # its last attempt failed
]
ALL_STAGES: tuple[Stage, ...] = get_args(Stage)
FINISHED: tuple[Stage, ...] = ("done", "failed", "cancelled", "dead")
STAGES: Mapping[str, Stage] = {"download": "downloading", "extract": "extracting", "classify": "classifying"}  # by lane
LANES = tuple(STAGES)
RUNNING = tuple(STAGES.values())


Moment = tuple[datetime, str]  # the place in a listing by time: the last one's time and id


class JobKind(StrEnum):
    """The kind of thing a job is about: the job's `site`, where that doesn't name the site of a link."""

    LINK = "link"
    FILE = "file"  # a video file
    POSTER = "poster"  # a picture alone
    PLOT = "plot"  # a text alone
    CHECK = "no-op"  # nothing: it only shows that a lane works

    @classmethod
    def _missing_(cls, value: object) -> "JobKind":
        return cls.LINK

    @property
    def first_lane(self) -> str:
        """The lane where the work begins while nothing is stored."""
        return {JobKind.LINK: "download", JobKind.PLOT: "classify"}.get(self, "extract")

    @property
    def is_single(self) -> bool:
        """Whether it is a poster or a plot alone, no trailer; its source is then a digest."""
        return self in (JobKind.POSTER, JobKind.PLOT)


@dataclass(frozen=True, slots=True)
class JobError:
    """A failure, as job documents, result rows and `--json` show it."""

    code: str
    error_class: ErrorClass
    message: str


@dataclass(frozen=True, slots=True)
class Cause:
    """A reason for failures, their number, and how many of them a retry would queue again."""

    code: str
    error_class: ErrorClass
    n: int
    retryable: int


@dataclass(frozen=True, slots=True)
class Retryable:
    """The number of unsuccessful jobs that a retry would queue again, and of those that failed for good."""

    n: int
    for_good: int


@dataclass(frozen=True, slots=True)
class Lease:
    """The exclusive right of a worker to a job, until a time (UTC)."""

    token: str
    owner: str
    until: datetime


@dataclass(frozen=True, slots=True)
class KeptVideo:
    """A downloaded video that waits in the scratch folder `scratch` under `name`; `source` is its page's metadata."""

    scratch: str
    name: str
    sha256: str
    source: Source


@dataclass(frozen=True, slots=True)
class Inputs:
    """Facts given with a request: `label_source` and `label_list` name the genres' source and list, `imdb_id` the film.

    `offered` are the words that the genres were chosen from, where these are known: those of a list's one-hot columns.
    `split` is the part of a published split that it belongs to. With `plot_from_description` the uploader's
    description serves as the plot where there is none, whatever the settings say; with `frames_only` nothing but the
    frames is looked at. `external_ids` are the customer's ids of the trailer, the
    last one counts; `film` is theirs of the film; `metadata` is whatever else they know.
    """

    title: str | None = None
    genres: tuple[str, ...] = ()
    label_source: str | None = None
    label_list: str | None = None
    offered: tuple[str, ...] = ()
    imdb_id: str | None = None
    split: str | None = None
    plot: str | None = None
    poster: str | None = None
    poster_sha256: str | None = None
    plot_from_description: bool = False
    frames_only: bool = False
    external_ids: tuple[str, ...] = ()
    year: int | None = None
    film: str | None = None
    franchise: str | None = None
    metadata: Mapping[str, str | int | float | bool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NewJob:
    """A job to submit: `key` is the same for equal jobs, `lane` is where its work begins, `asked_by` is who submits it.

    `source` is an address rebuilt from an id, or a file's absolute path; `scratch` names the host's scratch folder
    when only that host can see the file. A job that is `stored` has nothing left to do; the prediction of one that is
    `stale` is missing or rests on something else: if it is done, it is queued again. A job requested `again` by
    somebody who means this very one is queued again, whatever its failure. `webhook` is a URL to notify of the end.
    """

    key: str
    trailer_id: str
    source: str
    site: str
    features_id: str
    model_id: str | None
    lane: str
    scratch: str | None = None
    priority: int = 0
    force: bool = False
    stored: bool = False
    stale: bool = False
    again: bool = False
    given: Inputs = field(default_factory=Inputs)
    batch_id: str | None = None
    asked_by: str | None = None
    webhook: str | None = None


@dataclass(frozen=True, slots=True)
class JobEvent:
    """An event in a job's history."""

    at: datetime
    stage: str
    owner: str | None = None
    code: str | None = None
    message: str | None = None


@dataclass(frozen=True, slots=True)
class Webhook:
    """An address to notify when a job is finished, and the state of that; `status` is its last HTTP answer's."""

    id: str
    url: str
    state: DeliveryState
    attempts: int
    not_before: datetime | None = None
    status: int | None = None
    message: str | None = None
    delivered_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """One request to analyse one trailer; `lane` is where it waits or is worked on, None once it is finished.

    `seconds` are those of work in each lane, `waited_s` those in which it could have been worked on and waited;
    `ended_in` is the lane that it ended in, None for one that never had to be worked on.
    """

    job_id: str
    trailer_id: str
    source: str
    site: str
    stage: Stage
    lane: str | None
    first_lane: str
    features_id: str
    model_id: str | None
    priority: int
    attempts: int
    force: bool
    cancel: bool
    created_at: datetime
    updated_at: datetime
    finished_at: datetime | None = None
    not_before: datetime | None = None
    scratch: str | None = None
    lease: Lease | None = None
    video: KeptVideo | None = None
    given: Inputs = field(default_factory=Inputs)
    error: JobError | None = None
    n_frames: int | None = None
    modalities: tuple[str, ...] = ()
    cached: bool = False
    seconds: Mapping[str, float] = field(default_factory=dict)
    waited_s: float = 0.0
    ended_in: str | None = None
    progress: Mapping[str, int | None] = field(default_factory=dict)
    history: tuple[JobEvent, ...] = ()
    batches: tuple[str, ...] = ()
    asked_by: str | None = None
    webhooks: tuple[Webhook, ...] = ()

    @property
    def kind(self) -> JobKind:
        """The kind of thing it is about."""
        return JobKind(self.site)

    @property
    def finished(self) -> bool:
        """Whether it has ended, unless somebody submits it again."""
        return self.stage in FINISHED


@dataclass(frozen=True, slots=True)
class Claim:
    """A worker's claim of a job: each of its writes must still find this token."""

    job_id: str
    token: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """News of a finished job that is ours to send for a while: each write about it must still find this token."""

    job: Job
    webhook: Webhook
    token: str

    @property
    def key(self) -> str:
        """The id of the job."""
        return self.job.job_id


@dataclass(frozen=True, slots=True)
class Result:
    """The result of a job; `cached` when no video was decoded for it, `modalities` are those of the prediction."""

    model_id: str
    n_frames: int
    cached: bool
    modalities: tuple[str, ...] = ("trailer",)


@dataclass(frozen=True, slots=True)
class Worker:
    """A supervisor with its processes."""

    worker_id: str
    host: str
    lanes: tuple[str, ...]
    scratch: str
    started_at: datetime
    seen_at: datetime
