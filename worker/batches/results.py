"""The results of a batch: a row for each row of its list, in order, however far its job is."""

import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from classifier.prediction import GenrePrediction
from db.queue.batch_records import Batch, BatchRow, RowCounts
from db.queue.job_records import FINISHED, Cause, ErrorClass, Job, JobError
from db.queue.jobs import JobFilter
from db.records import Trailer
from worker.batches.rows import ResultRow, json_lines, write_results
from worker.errors import CLASSES
from worker.runtime import Runtime

CHUNK = 500
OF_ANSWERS = ("done", "failed")  # stages that hang on whether the answer is still there


@dataclass(slots=True)
class Tally:
    """What the rows that were counted say: how many there are of each status, and of each error code."""

    statuses: Counter[str] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)

    def count(self, rows: Iterable[ResultRow]) -> Iterator[ResultRow]:
        """Pass rows on and count them."""
        for row in rows:
            self.statuses[row.status] += 1
            if row.status in FINISHED and row.status != "done":
                self.codes[row.code or "internal"] += 1
            yield row

    @property
    def n_rows(self) -> int:
        """How many rows there are."""
        return self.statuses.total()

    @property
    def n_unfinished(self) -> int:
        """How many rows something will still happen to."""
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
    return runtime.patiently(lambda: _results(runtime, batch, rows)) if rows else []


def read_stage(
    runtime: Runtime, batch: Batch, stage: str, *, after: int, limit: int, among: int
) -> tuple[list[ResultRow], int | None]:
    """Return at most `limit` result rows in a stage, of the `among` rows after row number `after`, and where to go on.

    That is a row number, None after the last row. Of the rows in other stages little is read.
    """
    found: list[BatchRow] = []
    last: int | None = after
    while last is not None and last < after + among and len(found) < limit:
        rows, last = _in_stage(runtime, batch, stage, after=last)
        found += rows
    if len(found) > limit:
        found, last = found[:limit], found[limit - 1].row
    results = runtime.patiently(lambda: _results(runtime, batch, found)) if found else []
    return results, last


def _in_stage(runtime: Runtime, batch: Batch, stage: str, *, after: int) -> tuple[list[BatchRow], int | None]:
    """Return those of the next rows that are in a stage, and the last row looked at, None when no more follow."""
    rows = runtime.patiently(lambda: runtime.store.batches.rows(batch.batch_id, after=after, limit=CHUNK))
    stages = runtime.patiently(lambda: _stages(runtime, batch, rows, verdicts=stage in OF_ANSWERS))
    last = rows[-1].row if len(rows) == CHUNK and rows[-1].row < batch.n_rows else None
    return [row for row, its in zip(rows, stages, strict=True) if its == stage], last


def _stages(runtime: Runtime, batch: Batch, rows: Sequence[BatchRow], *, verdicts: bool) -> list[str]:
    """Return the status that each row's result has, in order; without verdicts what is done seems to have failed."""
    store, judged = runtime.store, {row.trailer_id for row in rows if row.trailer_id} if verdicts else ()
    known = _Known(
        jobs=store.jobs.brief({row.job_id for row in rows if row.job_id}),
        verdicts=store.predictions.load_bare(judged) if judged else {},
    )
    jobs = [known.jobs.get(row.job_id or "") for row in rows]
    return [_status(row, job, _verdict(batch, row, job, known))[0] for row, job in zip(rows, jobs, strict=True)]


def causes(runtime: Runtime, batch: Batch, *, rows: RowCounts | None = None) -> list[Cause]:
    """Return why rows can't be used and jobs have failed or died, the most frequent cause first.

    `rows` are their counts, where those are known. Rows about the same trailer have one job, which counts once.
    """
    counts: Counter[tuple[str, ErrorClass]] = Counter()
    for cause in runtime.store.jobs.causes(JobFilter(batch_id=batch.batch_id)):
        counts[cause.code, cause.error_class] += cause.n
    rows = rows or runtime.store.batches.count_rows(batch.batch_id)
    for code, n in rows.errors.items():
        counts[code, CLASSES.get(code, "permanent")] += n
    found = [Cause(code, error_class, n) for (code, error_class), n in counts.items()]
    return sorted(found, key=lambda cause: (-cause.n, cause.code))


def deliver(runtime: Runtime, batch: Batch, out: Path | None, *, as_json: bool) -> Tally:
    """Write the results to a file, or as CSV or JSON lines to stdout; return what they say."""
    tally = Tally()
    rows = tally.count(read_results(runtime, batch))
    if as_json and out is None:
        sys.stdout.writelines(json_lines(rows))
    else:
        write_results(rows, out)
    return tally


@dataclass(frozen=True, slots=True)
class _Known:
    """What the database has on the trailers of some rows."""

    jobs: Mapping[str, Job]
    verdicts: Mapping[str, Sequence[GenrePrediction]]
    trailers: Mapping[str, Trailer] = field(default_factory=dict)
    frames: Mapping[tuple[str, str], int] = field(default_factory=dict)


def _results(runtime: Runtime, batch: Batch, rows: Sequence[BatchRow]) -> list[ResultRow]:
    store = runtime.store
    trailer_ids = {row.trailer_id for row in rows if row.trailer_id}
    known = _Known(
        jobs=store.jobs.of({row.job_id for row in rows if row.job_id}),
        trailers=store.trailers.get_all(trailer_ids),
        verdicts=store.predictions.load_scores(trailer_ids),
        frames=store.features.counts(trailer_ids),
    )
    return [_result(batch, row, known) for row in rows]


def _result(batch: Batch, row: BatchRow, known: _Known) -> ResultRow:
    job = known.jobs.get(row.job_id or "")
    verdict = _verdict(batch, row, job, known)
    status, error = _status(row, job, verdict)
    if status != "done":
        verdict = None
    trailer = known.trailers.get(row.trailer_id or "")
    said = "; ".join(filter(None, (error.message if error else None, row.note))) or None
    return ResultRow(
        row=row.row,
        source=row.source,
        id=row.id,
        title=row.title or (trailer.source.title if trailer and verdict else None),
        trailer_id=row.trailer_id,
        status=status,
        code=error.code if error else None,
        message=said,
        n_frames=_n_frames(row, job, verdict, known),
        duration_s=trailer.video.duration_s if trailer else None,
        genres=tuple((score.genre, score.score) for score in verdict.top(3)) if verdict else (),
        passed=tuple(score.genre for score in verdict.genres if score.passed) if verdict else (),
        model_id=verdict.model_id if verdict else None,
        seconds=sum(job.seconds.values()) if job and job.seconds else 0.0 if status == "done" else None,
    )


def _status(row: BatchRow, job: Job | None, verdict: GenrePrediction | None) -> tuple[str, JobError | None]:
    if row.error is not None:
        return "failed", row.error
    if row.job_id is not None and job is None:
        return "failed", _gone("its job")
    if job is not None and job.stage != "done":
        return job.stage, job.error
    return ("done", None) if verdict else ("failed", _gone("its answer"))


def _gone(what: str) -> JobError:
    return JobError("not_found", "permanent", f"{what} is no longer in the database; run the batch again")


def _verdict(batch: Batch, row: BatchRow, job: Job | None, known: _Known) -> GenrePrediction | None:
    """Return the verdict that the job came to; without one, that of the model asked for, else the newest."""
    verdicts = known.verdicts.get(row.trailer_id or "", ())
    model_id = job.model_id if job else row.model_id or batch.model_id
    modalities = job.modalities if job else row.modalities
    features_id = job.features_id if job else batch.features_id
    fitting = [verdict for verdict in verdicts if verdict.model_id == model_id]
    exact = [verdict for verdict in fitting if verdict.features_id == features_id]
    same = [verdict for verdict in exact if verdict.modalities == modalities]
    return next(iter(same or exact or fitting or ([] if job else verdicts)), None)


def _n_frames(row: BatchRow, job: Job | None, verdict: GenrePrediction | None, known: _Known) -> int | None:
    if job is not None and job.n_frames is not None:
        return job.n_frames
    return known.frames.get((row.trailer_id or "", verdict.features_id)) if verdict else None
