"""Results of a batch: a row for each row of its list, in order, however far its job is."""

import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from classifier.prediction import GenrePrediction
from db.library_records import LibraryTrailer
from db.queue.batch_records import Batch, BatchRow, RowCounts
from db.queue.job_records import FINISHED, Cause, ErrorClass, Job, JobError
from db.queue.jobs import LONG, JobFilter
from worker.batches.rows import ResultRow, result_table
from worker.errors import CLASSES
from worker.exporting.tables import json_lines, write_table
from worker.runtime import Runtime

CHUNK = 500
OF_PREDICTIONS = ("done", "failed")  # statuses that depend on whether the prediction is still stored


@dataclass(slots=True)
class Tally:
    """Counts of rows by status, and by error code."""

    statuses: Counter[str] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)

    def count(self, rows: Iterable[ResultRow]) -> Iterator[ResultRow]:
        """Yield the rows and count them."""
        for row in rows:
            self.statuses[row.status] += 1
            if row.status in FINISHED and row.status != "done":
                self.codes[row.code or "internal"] += 1
            yield row

    @property
    def n_rows(self) -> int:
        """The number of rows."""
        return self.statuses.total()

    @property
    def n_unfinished(self) -> int:
        """The number of rows whose jobs aren't finished."""
        return sum(n for status, n in self.statuses.items() if status not in FINISHED)


def read_results(runtime: Runtime, batch: Batch) -> Iterator[ResultRow]:
    """Yield the result rows of a batch as the database knows them now, in bounded memory."""
    page = read_page(runtime, batch, after=0)
    while page:
        yield from page
        page = read_page(runtime, batch, after=page[-1].row)


def read_page(runtime: Runtime, batch: Batch, *, after: int, limit: int = CHUNK) -> list[ResultRow]:
    """Return at most `limit` result rows of a batch, those after row number `after`, in a handful of queries."""
    rows = runtime.patiently(lambda: runtime.store.batches.rows(batch.batch_id, after=after, limit=limit))
    return runtime.patiently(lambda: row_results(runtime, batch, rows)) if rows else []


def read_stage(
    runtime: Runtime, batch: Batch, stage: str, *, after: int, limit: int, among: int
) -> tuple[list[ResultRow], int | None]:
    """Return at most `limit` result rows in a stage, of the `among` rows after row number `after`, and a row number.

    The search goes on after that row; None means that the last row was reached. Little is read of rows in other
    stages.
    """
    found: list[BatchRow] = []
    last: int | None = after
    while last is not None and last < after + among and len(found) < limit:
        rows, last = _in_stage(runtime, batch, stage, after=last)
        found += rows
    if len(found) > limit:
        found, last = found[:limit], found[limit - 1].row
    results = runtime.patiently(lambda: row_results(runtime, batch, found)) if found else []
    return results, last


def _in_stage(runtime: Runtime, batch: Batch, stage: str, *, after: int) -> tuple[list[BatchRow], int | None]:
    """Return those of the next rows that are in a stage, and the last row read, None when no more follow."""
    rows = runtime.patiently(lambda: runtime.store.batches.rows(batch.batch_id, after=after, limit=CHUNK))
    stages = runtime.patiently(lambda: _stages(runtime, batch, rows, with_predictions=stage in OF_PREDICTIONS))
    last = rows[-1].row if len(rows) == CHUNK and rows[-1].row < batch.n_rows else None
    return [row for row, its in zip(rows, stages, strict=True) if its == stage], last


def _stages(runtime: Runtime, batch: Batch, rows: Sequence[BatchRow], *, with_predictions: bool) -> list[str]:
    """Return the status of each row's result, in order; `with_predictions` matters to those that are done."""
    store = runtime.store
    trailer_ids = {row.trailer_id for row in rows if row.trailer_id and with_predictions}
    stored = _Stored(
        jobs=store.jobs.get_many({row.job_id for row in rows if row.job_id}, without=LONG),
        predictions=store.predictions.load_bare(trailer_ids) if trailer_ids else {},
    )
    jobs = [stored.jobs.get(row.job_id or "") for row in rows]
    return [_status(row, job, _prediction(batch, row, job, stored))[0] for row, job in zip(rows, jobs, strict=True)]


def causes(runtime: Runtime, batch: Batch, *, rows: RowCounts | None = None) -> list[Cause]:
    """Return the causes why rows can't be used and jobs failed or died, the most frequent first.

    `rows` are their counts, where known already. Rows about the same trailer have one job, which counts once.
    """
    counts: Counter[tuple[str, ErrorClass]] = Counter()
    retryable: Counter[tuple[str, ErrorClass]] = Counter()
    for cause in runtime.store.jobs.causes(JobFilter(batch_id=batch.batch_id)):
        counts[cause.code, cause.error_class] += cause.n
        retryable[cause.code, cause.error_class] += cause.retryable
    rows = rows or runtime.store.batches.count_rows(batch.batch_id)
    for code, n in rows.errors.items():
        counts[code, CLASSES.get(code, "permanent")] += n
    found = [Cause(*reason, n, retryable[reason]) for reason, n in counts.items()]
    return sorted(found, key=lambda cause: (-cause.n, cause.code))


def deliver(runtime: Runtime, batch: Batch, out: Path | None, *, as_json: bool) -> Tally:
    """Write the results to a file, or as CSV or JSON lines to stdout; return their counts."""
    tally = Tally()
    table = result_table(tally.count(read_results(runtime, batch)))
    if as_json and out is None:
        sys.stdout.writelines(json_lines(table))
    else:
        write_table(table, out)
    return tally


@dataclass(frozen=True, slots=True)
class _Stored:
    """The documents about the trailers of some rows."""

    jobs: Mapping[str, Job]
    predictions: Mapping[str, Sequence[GenrePrediction]]
    trailers: Mapping[str, LibraryTrailer] = field(default_factory=dict)
    frames: Mapping[tuple[str, str], int] = field(default_factory=dict)


def row_results(runtime: Runtime, batch: Batch, rows: Sequence[BatchRow]) -> list[ResultRow]:
    """Return the result rows of some rows of a batch, in order."""
    store = runtime.store
    trailer_ids = {row.trailer_id for row in rows if row.trailer_id}
    stored = _Stored(
        jobs=store.jobs.get_many({row.job_id for row in rows if row.job_id}),
        trailers=store.library.get_all(trailer_ids),
        predictions=store.predictions.load_scores(trailer_ids),
        frames=store.features.counts(trailer_ids),
    )
    return [_result(batch, row, stored) for row in rows]


def _result(batch: Batch, row: BatchRow, stored: _Stored) -> ResultRow:
    job = stored.jobs.get(row.job_id or "")
    prediction = _prediction(batch, row, job, stored)
    status, error = _status(row, job, prediction)
    if status != "done":
        prediction = None
    trailer = stored.trailers.get(row.trailer_id or "")
    message = "; ".join(filter(None, (error.message if error else None, row.note))) or None
    return ResultRow(
        row=row.row,
        source=row.source,
        id=row.id,
        title=row.title or (trailer.shown_title if trailer and prediction else None),
        trailer_id=row.trailer_id,
        status=status,
        code=error.code if error else None,
        message=message,
        n_frames=_n_frames(row, job, prediction, stored),
        duration_s=trailer.video.duration_s if trailer else None,
        genres=tuple((score.genre, score.score) for score in prediction.top(3)) if prediction else (),
        passed=tuple(score.genre for score in prediction.genres if score.passed) if prediction else (),
        model_id=prediction.model_id if prediction else None,
        seconds=sum(job.seconds.values()) if job and job.seconds else 0.0 if status == "done" else None,
        external_id=row.external_id or (trailer.external_id if trailer else None),
        film_id=trailer.film_id if trailer else None,
        year=trailer.year if trailer else None,
        imdb_id=trailer.labels.imdb_id if trailer else None,
        franchise=trailer.franchise if trailer else None,
        metadata=trailer.metadata if trailer else {},
    )


def _status(row: BatchRow, job: Job | None, prediction: GenrePrediction | None) -> tuple[str, JobError | None]:
    if row.error is not None:
        return "failed", row.error
    if row.job_id is not None and job is None:
        return "failed", _gone("its job")
    if job is not None and job.stage != "done":
        return job.stage, job.error
    return ("done", None) if prediction else ("failed", _gone("its prediction"))


def _gone(what: str) -> JobError:
    return JobError("not_found", "permanent", f"{what} is no longer in the database; run the batch again")


def _prediction(batch: Batch, row: BatchRow, job: Job | None, stored: _Stored) -> GenrePrediction | None:
    """Return the prediction that the job made; without a job, that of the requested model, else the newest."""
    predictions = stored.predictions.get(row.trailer_id or "", ())
    model_id = job.model_id if job else row.model_id or batch.model_id
    modalities = job.modalities if job else row.modalities
    features_id = job.features_id if job else batch.features_id
    fitting = [each for each in predictions if each.model_id == model_id]
    exact = [each for each in fitting if each.features_id == features_id]
    same = [each for each in exact if each.modalities == modalities]
    return next(iter(same or exact or fitting or ([] if job else predictions)), None)


def _n_frames(row: BatchRow, job: Job | None, prediction: GenrePrediction | None, stored: _Stored) -> int | None:
    if job is not None and job.n_frames is not None:
        return job.n_frames
    return stored.frames.get((row.trailer_id or "", prediction.features_id)) if prediction else None
