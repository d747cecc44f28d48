"""View records of the pages about work: jobs, batches, and the health of the service."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from db.queue.job_records import Worker
from worker.batches.rows import ResultRow
from worker.service.doctor import Finding

Document = Mapping[str, Any]  # a job or a batch as the API shows it


@dataclass(frozen=True, slots=True)
class BatchesPage:
    """The batches, newest first; `columns` are the names that each column of a list may have."""

    batches: tuple[Document, ...] = ()
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BatchPage:
    """One batch and a page of its rows, of all stages or of one; `next_cursor` is None on the last page."""

    batch: Document
    rows: tuple[ResultRow, ...] = ()
    stage: str | None = None
    next_cursor: int | None = None


@dataclass(frozen=True, slots=True)
class PausedLane:
    """A download lane paused until a time (UTC) by an error code; `count` is the number of pauses in a row."""

    lane: str
    code: str
    until: datetime
    count: int = 1


@dataclass(frozen=True, slots=True)
class Health:
    """The health of the service: checks (the database first), workers seen lately, paused lanes, versions."""

    checks: tuple[Finding, ...] = ()
    workers: tuple[Worker, ...] = ()
    paused: tuple[PausedLane, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class JobsPage:
    """The jobs of a stage and a code; `counts` by stage and `codes` by error code cover all jobs."""

    jobs: tuple[Document, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    codes: Mapping[str, int] = field(default_factory=dict)
    stage: str | None = None
    code: str | None = None
    next_cursor: str | None = None
    health: Health = field(default_factory=Health)
