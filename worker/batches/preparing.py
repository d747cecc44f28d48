"""Batches: a list's rows become jobs, unless the database has their answers; a crash on the way costs nothing."""

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from db.queue.batch_records import Batch, BatchRow, Mode, NewBatch
from db.queue.job_records import FINISHED, Inputs, Job, JobError
from db.queue.jobs import JobFilter
from extractor.networks.weights import file_digest
from worker.batches.requests import RowRequest, merge, read_wishes
from worker.batches.waiting import OnCount
from worker.errors import WorkerError, shown_as
from worker.jobs.bells import Bell
from worker.jobs.submission import Identity, JobRequest, identify, submit
from worker.lists.reading import read_list
from worker.predicting.prediction import PlannedPrediction, plan_predictions
from worker.runtime import UNKNOWN, Runtime

CHUNK = 1000
MAX_LINKS = 10_000  # rows of a list from somebody who may give links only


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked for: a list, which of its trailers are to be run, and how urgent they are.

    Mode `missing` runs those without any verdict, and those with none that has looked at the poster or plot that a row
    gives; `stale` also those whose verdict is another model's, of other features, or rests on another poster or plot
    than the one now known; `all` everything anew. `label_source` says whose words its genres are, the list's name
    unless given. With `plot_from_description` what uploaders wrote may serve as plots.

    `links_only` is for lists from strangers: paths in it mean nothing, and where it lies is not shown. `name` is what
    whoever sent it calls it.
    """

    path: Path
    mode: Mode = "missing"
    priority: int = 0
    label_source: str | None = None
    plot_from_description: bool = False
    links_only: bool = False
    name: str | None = None
    asked_by: str | None = None

    @property
    def title(self) -> str:
        """What people know the list by."""
        return self.name or self.path.name


@dataclass(frozen=True, slots=True)
class Prepared:
    """A batch whose rows and jobs are written; `resumed` if it was begun before, `heard` as in Submitted."""

    batch: Batch
    resumed: bool
    heard: bool


def prepare(runtime: Runtime, order: Order, bell: Bell, *, on_count: OnCount = lambda *_: None) -> Prepared:
    """Return the batch of a list with all its jobs committed; an unfinished one of the same list and mode goes on.

    `on_count` is told how many rows are done, of how many. Raises WorkerError for a list that can't be read at all.
    """
    identity = identify(runtime)
    new = _look_at(order, identity)
    last = runtime.store.batches.latest(new)
    if last is not None and _asks_the_same(last, new) and _goes_on(runtime, last, identity):
        batch, resumed = last, True
    else:
        batch, resumed = runtime.store.batches.begin(new, number=last.round + 1 if last else 1), False
    if batch.prepared_at is not None:
        return Prepared(batch, resumed, heard=True)
    heard = _Preparation(runtime, order, bell, batch).run(on_count)
    return Prepared(runtime.store.batches.get(batch.batch_id) or batch, resumed, heard)


def already_prepared(runtime: Runtime, order: Order) -> Batch | None:
    """Return the last batch of a list and mode if all its rows and jobs are written, finished or not."""
    last = runtime.store.batches.latest(_look_at(order, identify(runtime)))
    return last if last is not None and last.prepared_at is not None else None


def is_finished(runtime: Runtime, batch: Batch) -> bool:
    """Tell whether all jobs of a batch are written and finished."""
    counts = runtime.store.jobs.count(JobFilter(batch_id=batch.batch_id))
    return batch.prepared_at is not None and set(counts) <= set(FINISHED)


def _look_at(order: Order, identity: Identity) -> NewBatch:
    path = order.path.absolute()
    n_rows = _count_rows(order)  # before the digest: it says what is wrong with a list that can't be read
    return NewBatch(
        name=order.title,
        folder="" if order.links_only else str(path.parent),  # relative paths are meant from there
        sha256=file_digest(path, "sha256"),
        mode=order.mode,
        n_rows=n_rows,
        features_id=identity.features_id,
        model_id=identity.model_id,
        plot_from_description=order.plot_from_description,
    )


def _count_rows(order: Order) -> int:
    with shown_as(order.path, order.name) if order.name else nullcontext():
        n_rows = sum(1 for _ in islice(read_list(order.path), MAX_LINKS + 1 if order.links_only else None))
    if order.links_only and n_rows > MAX_LINKS:
        raise WorkerError("too_large", f"the list {order.title!r} has more than {MAX_LINKS:,} rows; send it in parts")
    return n_rows


def _asks_the_same(batch: Batch, new: NewBatch) -> bool:
    return batch.plot_from_description == new.plot_from_description


def _goes_on(runtime: Runtime, batch: Batch, identity: Identity) -> bool:
    same = batch.features_id == UNKNOWN or Identity(batch.features_id, batch.model_id) == identity
    return same and not is_finished(runtime, batch)


class _Preparation:
    """Writes the rows and jobs of a batch that aren't there yet."""

    def __init__(self, runtime: Runtime, order: Order, bell: Bell, batch: Batch) -> None:
        self._runtime, self._order, self._bell, self._batch = runtime, order, bell, batch
        self._store = runtime.store
        self._identity = Identity(batch.features_id, batch.model_id)
        self._heard = True

    def run(self, on_count: OnCount) -> bool:
        """Write what is missing; tell whether the bell was heard."""
        batch = self._batch
        n_done = self._store.batches.n_written(batch.batch_id)
        order = self._order
        common = Inputs(
            label_source=order.label_source or order.title, plot_from_description=order.plot_from_description
        )
        wishes = read_wishes(self._runtime, order.path, after=n_done, common=common, links_only=order.links_only)
        on_count(n_done, batch.n_rows, "read")
        while chunk := list(islice(wishes, CHUNK)):
            self._store.batches.write(self._rows(chunk))  # after their jobs: a row that is there is done with
            n_done += len(chunk)
            on_count(n_done, batch.n_rows, "read")
        self._store.batches.prepared(batch.batch_id)
        return self._heard

    def _rows(self, wishes: Sequence[RowRequest]) -> list[BatchRow]:
        given: dict[str, Inputs] = {}
        for wish in wishes:
            if wish.trailer_id:
                given[wish.trailer_id] = merge(given.get(wish.trailer_id, wish.given), wish.given)
        answered = self._answered(given)
        self._store.trailers.add_all_inputs((trailer_id, given[trailer_id]) for trailer_id in answered)
        todo = [
            replace(wish, given=given[wish.trailer_id])
            for wish in wishes
            if wish.trailer_id and wish.trailer_id not in answered
        ]
        jobs = self._jobs(todo)
        return [self._row(wish, jobs, answered) for wish in wishes]

    def _answered(self, given: Mapping[str, Inputs]) -> dict[str, PlannedPrediction]:
        """Return those of the trailers that the database has an answer for, as good as the mode wants it."""
        if self._batch.mode == "all":
            return {}
        prospects = dict(
            zip(
                given,
                plan_predictions(self._runtime, list(given.items()), features_id=self._identity.features_id),
                strict=True,
            )
        )
        if self._batch.mode == "stale":
            return {trailer_id: prospect for trailer_id, prospect in prospects.items() if prospect.stored}
        judged = self._store.predictions.load_inputs(prospects)
        return {
            trailer_id: prospect
            for trailer_id, prospect in prospects.items()
            if any(prospect.asked.items() <= inputs.items() for inputs in judged.get(trailer_id, ()))
        }

    def _jobs(self, wishes: Sequence[RowRequest]) -> dict[str, Job]:
        """Return the jobs of these wishes by trailer_id.

        A job that was done with other features, while there is no answer, is done anew, for this batch.
        """
        if self._batch.mode == "all":
            return self._submit(wishes, force=True)
        jobs = self._submit(wishes, force=False)
        done = {wish.trailer_id: wish.given for wish in wishes if wish.trailer_id and _is_done(jobs, wish)}
        lost = done.keys() - self._answered(done).keys() if done else set()
        return jobs | self._submit([wish for wish in wishes if wish.trailer_id in lost], force=True)

    def _submit(self, wishes: Sequence[RowRequest], *, force: bool) -> dict[str, Job]:
        batch_id = self._batch.batch_id
        fresh = batch_id if force else None
        asks = [
            JobRequest(wish.source, self._order.priority, fresh, wish.given, batch_id, self._order.asked_by)
            for wish in wishes
            if not isinstance(wish.source, JobError)
        ]
        submitted = submit(self._runtime, asks, self._bell, identity=self._identity)
        self._heard = self._heard and submitted.heard
        return {job.trailer_id: job for job in submitted.jobs}

    def _row(self, wish: RowRequest, jobs: Mapping[str, Job], answered: Mapping[str, PlannedPrediction]) -> BatchRow:
        row, job, prospect = wish.row, jobs.get(wish.trailer_id or ""), answered.get(wish.trailer_id or "")
        basis = prospect.basis if prospect else None
        return BatchRow(
            batch_id=self._batch.batch_id,
            row=row.row,
            source=row.source,
            id=row.id,
            title=row.title,
            trailer_id=wish.trailer_id,
            job_id=job.job_id if job else None,
            error=wish.source if isinstance(wish.source, JobError) else None,
            note=wish.note,
            model_id=basis.model_id if basis else None,
            modalities=basis.modalities if basis else (),
        )


def _is_done(jobs: Mapping[str, Job], wish: RowRequest) -> bool:
    job = jobs.get(wish.trailer_id or "")
    return job is not None and job.stage == "done"
