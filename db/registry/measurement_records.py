"""Records of measurements: how a model does on the library's own labelled trailers."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from classifier.evaluation.bootstrap import Interval
from classifier.evaluation.measuring import ModelDifference, ModelMeasurement
from db.queue.job_records import JobError

MeasurementState = Literal[
    "waiting",  # for a worker
    "running",  # a worker measures
    "done",  # its report is stored
    "failed",  # its error says why; the report of an earlier time stays
]


@dataclass(frozen=True, slots=True)
class RivalReport:
    """A model beside the one that predicts in its place, on films that neither has learnt from.

    `difference` is None where it can't be told: `finding` says so in words, too. `objections` are what speaks against
    a promotion, in words.
    """

    model_id: str
    finding: str
    objections: tuple[str, ...]
    difference: ModelDifference | None = None


@dataclass(frozen=True, slots=True)
class MeasurementReport:
    """What was measured: `rows_sha256` is of the rows, their labels and what they are compared with.

    `left_out` says in words which labelled trailers were left out, and why.
    """

    made_at: datetime
    rows_sha256: str
    left_out: tuple[str, ...]
    found: ModelMeasurement
    rival: RivalReport | None = None


@dataclass(frozen=True, slots=True)
class Measurement:
    """The measurement of a model, from when somebody asked for it on; `report` is the last one that was finished."""

    model_id: str
    state: MeasurementState
    asked_at: datetime
    asked_by: str
    attempts: int = 0
    error: JobError | None = None
    report: MeasurementReport | None = None


@dataclass(frozen=True, slots=True)
class MeasurementBrief:
    """A measurement in a line: `macro_ap` on `n_rows` trailers, with its interval; None where it could not be told."""

    model_id: str
    state: MeasurementState
    n_rows: int = 0
    macro_ap: float | None = None
    interval: Interval | None = None


@dataclass(frozen=True, slots=True)
class MeasurementClaim:
    """The right of a worker to measure a model: each of its writes must still find this token."""

    model_id: str
    token: str
