"""Records of batches: a list, and the state of each of its rows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from db.queue.job_records import JobError, Webhook

Mode = Literal["missing", "stale", "all"]


@dataclass(frozen=True, slots=True)
class NewBatch:
    """A list to be run: its file's `name`, `folder` and digest, and the features and model in use now.

    `notes` say what of the list is a guess or not used.
    """

    name: str
    folder: str
    sha256: str
    mode: Mode
    n_rows: int
    features_id: str
    model_id: str | None
    plot_from_description: bool = False
    frames_only: bool = False
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch(NewBatch):
    """A list that is run; `round` counts the batches of the same list and mode.

    `prepared_at` is None until all its rows and jobs are written. `finished_at` is when its end was noticed, which is
    looked for where it has `webhooks` to notify; `stages` are the numbers of its rows then.
    """

    batch_id: str
    round: int
    created_at: datetime
    prepared_at: datetime | None = None
    finished_at: datetime | None = None
    stages: Mapping[str, int] = field(default_factory=dict)
    webhooks: tuple[Webhook, ...] = ()


@dataclass(frozen=True, slots=True)
class BatchDelivery:
    """News of a finished batch, as `Delivery` is of a job."""

    batch: Batch
    webhook: Webhook
    token: str

    @property
    def key(self) -> str:
        """The id of the batch."""
        return self.batch.batch_id


@dataclass(frozen=True, slots=True)
class WatchedFile:
    """A file of a watched folder as it was handled: its size, its time of change, and its digest if it is a video.

    `given` is a digest of what lists said of it, None if nothing; `told` the status that was last told.
    """

    n_bytes: int
    mtime_ns: int
    sha256: str | None = None
    given: str | None = None
    told: str | None = None


@dataclass(frozen=True, slots=True)
class BatchRow:
    """One row of a batch's list; it has a job, or an error, or neither: then its prediction was stored already.

    In that case `model_id` and `modalities` say which one. `note` says what in the row could not be used. A row of a
    watched folder is a file, `watched`.
    """

    batch_id: str
    row: int
    source: str
    id: str | None = None
    title: str | None = None
    trailer_id: str | None = None
    job_id: str | None = None
    error: JobError | None = None
    note: str | None = None
    model_id: str | None = None
    modalities: tuple[str, ...] = ()
    external_id: str | None = None
    watched: WatchedFile | None = None


@dataclass(frozen=True, slots=True)
class RowCounts:
    """Numbers of rows of a batch that have a job, had a stored prediction, or can't be used, by error code.

    `jobs` is the number of jobs that those with one share.
    """

    with_job: int
    jobs: int
    answered: int
    errors: Mapping[str, int]
