"""The records of the queue: jobs, what workers hold of them, and who works."""

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
    "classifying",  # a model looks at its features
    "done",  # its prediction is stored
    "failed",  # its error is permanent
    "cancelled",  # somebody called it off
    "dead",  # its last attempt failed
]
ALL_STAGES: tuple[Stage, ...] = get_args(Stage)
FINISHED: tuple[Stage, ...] = ("done", "failed", "cancelled", "dead")
STAGES: Mapping[str, Stage] = {"download": "downloading", "extract": "extracting", "classify": "classifying"}  # by lane
LANES = tuple(STAGES)
RUNNING = tuple(STAGES.values())


class JobKind(StrEnum):
    """The kind of thing a job is about: the job's `site`, where that doesn't name the site of a link."""

    LINK = "link"
    FILE = "file"  # a video file
    POSTER = "poster"  # a picture alone
    CHECK = "no-op"  # nothing: it only shows that a lane works

    @classmethod
    def _missing_(cls, value: object) -> "JobKind":
        return cls.LINK

    @property
    def first_lane(self) -> str:
        """The lane where the work begins while nothing is stored."""
        return "download" if self is JobKind.LINK else "extract"


@dataclass(frozen=True, slots=True)
class JobError:
    """What a job document, a result row or `--json` says of a failure."""

    code: str
    error_class: ErrorClass
    message: str


@dataclass(frozen=True, slots=True)
class Cause:
    """How often something ended badly for the same reason."""

    code: str
    error_class: ErrorClass
    n: int


@dataclass(frozen=True, slots=True)
class Lease:
    """Who works on a job, and until when (UTC) nobody else may."""

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
    """What the asker knows of a trailer: `label_source` says where the genres are from, `imdb_id` which film it is.

    `split` is the part of a published split it belongs to. With `plot_from_description` what the uploader wrote may
    serve as the plot where there is none.
    """

    title: str | None = None
    genres: tuple[str, ...] = ()
    label_source: str | None = None
    imdb_id: str | None = None
    split: str | None = None
    plot: str | None = None
    poster: str | None = None
    poster_sha256: str | None = None
    plot_from_description: bool = False


@dataclass(frozen=True, slots=True)
class NewJob:
    """What is asked for: `key` is the same for jobs that are the same, `lane` where the work begins.

    `asked_by` names who asked first, where that is known.
    `source` is an address rebuilt from an id, or a file's absolute path; `scratch` names the host's scratch folder
    when only that host can see the file. A job that is `stored` has nothing left to do; of one that is `stale` the
    answer isn't there, or rests on something else: should it be done, it is queued again. One that is asked for `again`
    by somebody who means this very job is queued again whatever it failed of. `webhook` is the URL that is told of the
    end.
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
    """One line of a job's history."""

    at: datetime
    stage: str
    owner: str | None = None
    code: str | None = None
    message: str | None = None


@dataclass(frozen=True, slots=True)
class Webhook:
    """An address that is told when a job is finished, and how far that is; `status` is the last answer's (HTTP)."""

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
    """One request to analyse one trailer; `lane` is where it is worked on or waits, None once it is finished."""

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
        """Whether nothing will happen to it any more, unless somebody asks."""
        return self.stage in FINISHED


@dataclass(frozen=True, slots=True)
class Claim:
    """A claimed job as its worker writes to it: every write must still find this token."""

    job_id: str
    token: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """News of a finished job that is ours to send for a while: what comes of it must still find this token."""

    job: Job
    webhook: Webhook
    token: str


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a job; `cached` when no video was decoded for it, `modalities` are what was looked at."""

    model_id: str
    n_frames: int
    cached: bool
    modalities: tuple[str, ...] = ("trailer",)


@dataclass(frozen=True, slots=True)
class Worker:
    """A supervisor and its processes, as the others see them."""

    worker_id: str
    host: str
    lanes: tuple[str, ...]
    scratch: str
    started_at: datetime
    seen_at: datetime
