"""Preparation of batches: a list's rows become jobs, unless their predictions are stored; a crash loses no work."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import islice
from pathlib import Path

from classifier.errors import NoModel
from classifier.taxonomy import HOUSE, Taxonomy
from db.queue.batch_records import Batch, BatchRow, Mode, NewBatch
from db.queue.job_records import FINISHED, Inputs, Job, JobError
from db.queue.jobs import JobFilter
from db.records import PLACEMENT
from extractor.networks.weights import file_digest
from worker.batches.requests import RowRequest, merge_inputs, read_row_requests
from worker.batches.waiting import OnCount
from worker.errors import WorkerError, shown_as
from worker.jobs.bells import Bell
from worker.jobs.sent_files import NONE_SENT, SentFiles
from worker.jobs.submission import Identity, JobRequest, identify, submit
from worker.lists.layout import Columns
from worker.lists.reading import TrailerList, read_list
from worker.lists.rows import NO_METADATA, MetadataColumns
from worker.lists.tags import TagCounts, describe_reviews
from worker.predicting.planning import PlannedPrediction, plan_predictions
from worker.runtime import UNKNOWN, Runtime

CHUNK = 1000
MAX_LINKS = 10_000  # rows of a list that came over HTTP


@dataclass(frozen=True, slots=True)
class BatchRequest:
    """A list, which of its trailers are to be run, and how urgent they are.

    Mode `missing` runs those without any prediction, and those with none that has used the poster or plot that a row
    gives; `stale` also those whose prediction is another model's, of other features, or rests on another poster or
    plot than the one now known; `all` runs everything again. `label_source` names the vocabulary of its genres; without
    one they are the house's. With `plot_from_description` what uploaders wrote serves as plots; with `frames_only`
    nothing but frames is looked at. `columns` are those
    that the user names, `kept` those to be metadata. TMDB's names of posters are fetched from `poster_base`, where
    there is one.

    `sent` is for lists that come over HTTP, and has the files that came with them: paths name these, or files below
    TRAILERS_ROOTS, and the list's own folder is not shown. `name` is the sender's name for it.
    """

    path: Path
    mode: Mode = "missing"
    priority: int = 0
    label_source: str | None = None
    plot_from_description: bool = False
    frames_only: bool = False
    columns: Columns | None = None
    kept: MetadataColumns = NO_METADATA
    poster_base: str | None = None
    sent: SentFiles | None = None
    name: str | None = None
    asked_by: str | None = None

    @property
    def folder(self) -> Path | None:
        """The folder that relative paths start from, None for a list that came over HTTP."""
        return None if self.sent is not None else self.path.absolute().parent

    @property
    def place(self) -> Path | SentFiles:
        """Where the files are that its rows name."""
        return self.path.absolute().parent if self.sent is None else self.sent

    @property
    def title(self) -> str:
        """The name that people know the list by."""
        return self.name or self.path.name

    @property
    def source_of_labels(self) -> str:
        """The source of its genres."""
        return self.label_source or HOUSE

    def read(self, taxonomy: Taxonomy) -> TrailerList:
        """Return the list's rows, read by all that the user says of it."""
        return read_list(self.path, columns=self.columns, kept=self.kept, taxonomy=taxonomy)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A batch whose rows and jobs are written; `resumed` if it was begun before, `heard` as in Submitted."""

    batch: Batch
    resumed: bool
    heard: bool


def prepare(
    runtime: Runtime,
    request: BatchRequest,
    bell: Bell,
    *,
    on_count: OnCount = lambda *_: None,
    allow: Callable[[int], None] = lambda n_rows: None,
) -> Prepared:
    """Return the batch of a list with all its jobs committed; an unfinished one of the same list and mode goes on.

    `on_count` is told how many rows are done, of how many; `allow` may refuse a list for its number of rows. Raises
    WorkerError for a list that can't be read at all.
    """
    identity = identify(runtime)
    new = _new_batch(request, identity, runtime.store.taxonomies.current())
    allow(new.n_rows)
    last = runtime.store.batches.latest(new)
    if last is not None and _goes_on(runtime, last, new, identity):
        batch, resumed = last, True
    else:
        batch, resumed = runtime.store.batches.begin(new, number=last.round + 1 if last else 1), False
    if batch.prepared_at is not None:
        return Prepared(batch, resumed, heard=True)
    heard = Preparation(runtime, request, bell, batch).run(on_count)
    return Prepared(runtime.store.batches.get(batch.batch_id) or batch, resumed, heard)


def already_prepared(runtime: Runtime, request: BatchRequest) -> Batch | None:
    """Return the last batch of a list and mode if all its rows and jobs are written, finished or not."""
    last = runtime.store.batches.latest(_new_batch(request, identify(runtime), runtime.store.taxonomies.current()))
    return last if last is not None and last.prepared_at is not None else None


def is_finished(runtime: Runtime, batch: Batch) -> bool:
    """Tell whether all jobs of a batch are written and finished."""
    counts = runtime.store.jobs.count(JobFilter(batch_id=batch.batch_id))
    return batch.prepared_at is not None and set(counts) <= set(FINISHED)


def _new_batch(request: BatchRequest, identity: Identity, taxonomy: Taxonomy) -> NewBatch:
    # Before the digest: it says what is wrong with a list that can't be read.
    n_rows, notes = _read_through(request, taxonomy)
    return NewBatch(
        name=request.title,
        folder=str(request.folder or ""),
        sha256=_digest(request),
        mode=request.mode,
        n_rows=n_rows,
        features_id=identity.features_id,
        model_id=identity.model_id,
        plot_from_description=request.plot_from_description,
        frames_only=request.frames_only,
        notes=notes,
    )


def _digest(request: BatchRequest) -> str:
    """Return the digest of a list and of what else its rows are read by."""
    digest = file_digest(request.path, "sha256")
    kept = [request.kept] * (request.kept != NO_METADATA)
    read_by = [
        *sorted((request.columns or {}).items()),
        *filter(None, (request.poster_base, request.label_source)),
        *kept,
        *sorted(request.sent.uploads.items() if request.sent else ()),
    ]
    return sha256(f"{digest} {read_by}".encode()).hexdigest() if read_by else digest


def _read_through(request: BatchRequest, taxonomy: Taxonomy) -> tuple[int, tuple[str, ...]]:
    """Return the number of rows of a list, and what is to be noted of it, such as its unknown words."""
    counts, n_rows, sent = TagCounts(), 0, request.sent or NONE_SENT
    named: set[str] = set()
    with shown_as(request.path, request.name) if request.name else nullcontext():
        rows = request.read(taxonomy)
        for row in islice(rows, MAX_LINKS + 1 if request.sent is not None else None):
            n_rows += 1
            counts.read_tags(row.genres, request.source_of_labels, taxonomy)
            named.update(sent.candidates(row.source).values())
    if request.sent is not None and n_rows > MAX_LINKS:
        raise WorkerError("too_large", f"the list {request.title!r} has more than {MAX_LINKS:,} rows; send it in parts")
    return n_rows, (*rows.notes, *counts.notes(), *sent.note_left(named))


def _goes_on(runtime: Runtime, last: Batch, new: NewBatch, identity: Identity) -> bool:
    """Tell whether the last batch of a list was begun alike and isn't finished."""
    same = last.features_id == UNKNOWN or Identity(last.features_id, last.model_id) == identity
    words = [(each.plot_from_description, each.frames_only) for each in (last, new)]
    return same and words[0] == words[1] and not is_finished(runtime, last)


class Preparation:
    """The work of writing the rows and jobs of a batch that aren't there yet; `heard` as in Submitted."""

    def __init__(self, runtime: Runtime, request: BatchRequest, bell: Bell, batch: Batch) -> None:
        self._runtime, self._request, self._bell, self._batch = runtime, request, bell, batch
        self._store = runtime.store
        self._identity = Identity(batch.features_id, batch.model_id)
        self.heard = True
        self._kept_reviews = self._reopened = 0

    def run(self, on_count: OnCount) -> bool:
        """Write what is missing; tell whether the bell was heard."""
        batch, request = self._batch, self._request
        n_done = self._store.batches.n_written(batch.batch_id)
        taxonomy = self._store.taxonomies.current()
        rows = request.read(taxonomy)
        common = Inputs(
            label_source=request.source_of_labels,
            label_list=request.title,
            offered=rows.one_hot.words,
            plot_from_description=request.plot_from_description,
            frames_only=request.frames_only,
        )
        requests = read_row_requests(
            self._runtime, rows, request.place, after=n_done, common=common, poster_base=request.poster_base
        )
        on_count(n_done, batch.n_rows, "read")
        while chunk := list(islice(requests, CHUNK)):
            self._store.batches.write(self.prepare_rows(chunk))  # after their jobs: a written row is finished with
            n_done += len(chunk)
            on_count(n_done, batch.n_rows, "read")
        self._store.batches.prepared(batch.batch_id, notes=describe_reviews(self._kept_reviews, self._reopened))
        return self.heard

    def prepare_rows(self, requests: Sequence[RowRequest]) -> list[BatchRow]:
        """Have a job for each trailer without a good enough prediction; return the rows."""
        inputs: dict[str, Inputs] = {}
        for request in requests:
            if request.trailer_id:
                inputs[request.trailer_id] = merge_inputs(
                    inputs.get(request.trailer_id, request.inputs), request.inputs
                )
        predicted = self._find_predicted(inputs)
        update = self._store.trailers.add_all_inputs((trailer_id, inputs[trailer_id]) for trailer_id in predicted)
        self._kept_reviews += update.kept_reviews
        self._reopened += update.reopened
        todo = [
            replace(request, inputs=inputs[request.trailer_id])
            for request in requests
            if request.trailer_id and request.trailer_id not in predicted
        ]
        jobs = self._submit_all(todo)
        return [self._row(request, jobs, predicted) for request in requests]

    def _find_predicted(self, inputs: Mapping[str, Inputs]) -> dict[str, PlannedPrediction]:
        """Return the plans of those trailers whose stored predictions are as good as the mode wants them."""
        if self._batch.mode == "all":
            return {}
        plans = plan_predictions(self._runtime, list(inputs.items()), features_id=self._identity.features_id)
        if self._batch.mode == "stale":
            return {planned.trailer_id: planned for planned in plans if planned.stored}
        stored = self._store.predictions.load_inputs(inputs)
        return {
            planned.trailer_id: planned
            for planned in plans
            if any(self._is_enough(used, planned) for used in stored.get(planned.trailer_id, ()))
        }

    def _is_enough(self, used: Mapping[str, str], planned: PlannedPrediction) -> bool:
        """Tell whether a prediction that used these inputs is as good as one that was asked for."""
        if self._batch.frames_only:
            return not used.keys() - {PLACEMENT}
        return planned.requested_inputs.items() <= used.items()

    def _submit_all(self, requests: Sequence[RowRequest]) -> dict[str, Job]:
        """Return the jobs of these requests by trailer_id.

        A job that was done with other features, while there is no prediction, is done again for this batch.
        """
        if self._batch.mode == "all":
            return self._submit(requests, force=True)
        jobs = self._submit(requests, force=False)
        finished = {trailer_id for trailer_id, job in jobs.items() if job.stage == "done"}
        done = {request.trailer_id: request.inputs for request in requests if request.trailer_id in finished}
        lost = done.keys() - self._find_predicted(done).keys() if done else set()
        return jobs | self._submit([request for request in requests if request.trailer_id in lost], force=True)

    def _submit(self, rows: Sequence[RowRequest], *, force: bool) -> dict[str, Job]:
        batch_id = self._batch.batch_id
        priority, token, asked_by = self._request.priority, batch_id if force else None, self._request.asked_by
        requests = [
            JobRequest(row.source, priority, token, row.inputs, batch_id, asked_by)
            for row in rows
            if not isinstance(row.source, JobError)
        ]
        submitted = submit(self._runtime, requests, self._bell, identity=self._identity)
        self.heard = self.heard and submitted.heard
        return {job.trailer_id: job for job in submitted.jobs}

    def _row(
        self, request: RowRequest, jobs: Mapping[str, Job], predicted: Mapping[str, PlannedPrediction]
    ) -> BatchRow:
        row, trailer_id = request.row, request.trailer_id or ""
        job, planned = jobs.get(trailer_id), predicted.get(trailer_id)
        basis = None if planned is None or isinstance(planned.model, NoModel) else planned.basis
        return BatchRow(
            batch_id=self._batch.batch_id,
            row=row.row,
            source=row.source,
            id=row.id,
            title=row.title,
            external_id=row.external_id,
            trailer_id=request.trailer_id,
            job_id=job.job_id if job else None,
            error=request.source if isinstance(request.source, JobError) else None,
            note=request.note,
            model_id=basis.model_id if basis else None,
            modalities=basis.modalities if basis else (),
        )
