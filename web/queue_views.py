"""View records of the pages about work: jobs, batches, and the health of what does it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from classifier.prediction import GenreScore
from db.queue.job_records import FINISHED, Cause, JobError, Worker
from worker.service.doctor import Finding


@dataclass(frozen=True, slots=True)
class JobView:
    """A job as people see it; `done` of `total` frames are worked on, `genres` are the first of a done one."""

    job_id: str
    trailer_id: str
    title: str
    source: str
    stage: str
    created_at: datetime
    updated_at: datetime
    lane: str | None = None
    attempts: int = 0
    done: int | None = None
    total: int | None = None
    error: JobError | None = None
    finished_at: datetime | None = None
    genres: tuple[GenreScore, ...] = ()
    batch_id: str | None = None

    @property
    def finished(self) -> bool:
        """Whether nothing will happen to it any more, unless somebody asks."""
        return self.stage in FINISHED


@dataclass(frozen=True, slots=True)
class BatchView:
    """A batch: how many of its rows are in each stage, and the causes of the failed ones."""

    batch_id: str
    name: str
    n_rows: int
    stages: Mapping[str, int]
    created_at: datetime
    causes: tuple[Cause, ...] = ()

    @property
    def n_finished(self) -> int:
        """How many rows nothing will happen to any more."""
        return sum(n for stage, n in self.stages.items() if stage in FINISHED)

    @property
    def finished(self) -> bool:
        """Whether all rows are finished."""
        return self.n_finished >= self.n_rows


@dataclass(frozen=True, slots=True)
class BatchesPage:
    """The batches, newest first; `columns` are the names a list's columns may have, by what they hold."""

    batches: tuple[BatchView, ...] = ()
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RowView:
    """One row of a batch and what became of it."""

    row: int
    source: str
    stage: str
    title: str | None = None
    trailer_id: str | None = None
    genres: tuple[GenreScore, ...] = ()
    error: JobError | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class BatchPage:
    """One batch and a page of its rows, of all stages or of one; `next_cursor` is None on the last page."""

    batch: BatchView
    rows: tuple[RowView, ...] = ()
    stage: str | None = None
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True)
class PausedLane:
    """A download lane that is paused until then (UTC), for which error code, the how manieth time, and the way out."""

    lane: str
    code: str
    until: datetime
    count: int = 1
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Health:
    """How the service does: checks (the database first), workers seen lately, paused lanes, versions."""

    checks: tuple[Finding, ...] = ()
    workers: tuple[Worker, ...] = ()
    paused: tuple[PausedLane, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class JobsPage:
    """The jobs of a stage and a code; `counts` by stage and `codes` by error code are of all jobs."""

    jobs: tuple[JobView, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    codes: Mapping[str, int] = field(default_factory=dict)
    stage: str | None = None
    code: str | None = None
    next_cursor: str | None = None
    health: Health = field(default_factory=Health)
