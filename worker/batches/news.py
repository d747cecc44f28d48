"""News of batches: how far their rows are, when one has ended, and who is told of it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from db.queue.batch_records import Batch, RowCounts
from db.queue.deliveries import webhook_id_of
from db.queue.job_records import FINISHED
from db.queue.jobs import JobFilter
from db.store import Store
from worker.errors import WorkerError


def count_stages(jobs: Mapping[str, int], rows: RowCounts) -> dict[str, int]:
    """Count the rows in each stage: those with jobs, those the database could answer, and bad ones.

    Rows about the trailer of an earlier row share its job: they are queued until the whole batch is finished.
    """
    finished = set(jobs) <= set(FINISHED)
    n_sharing = max(0, rows.with_job - sum(jobs.values()))
    others = Counter({"done": rows.answered, "failed": sum(rows.errors.values())})
    others["done" if finished else "queued"] += n_sharing
    return dict(+(Counter(jobs) + others))


def count_gone(store: Store, batch_id: str, jobs: Mapping[str, int], rows: RowCounts) -> RowCounts:
    """Return the counts where rows have failed whose jobs are gone, as their results say."""
    if rows.jobs <= sum(jobs.values()):
        return rows
    n_gone = store.batches.count_gone(batch_id)
    errors = Counter(rows.errors) + Counter(not_found=n_gone)
    return replace(rows, with_job=rows.with_job - n_gone, errors=errors)


def finish_batches(store: Store) -> None:
    """Note the end of those batches that have ended and have somebody to tell."""
    for batch in store.batches.awaited():
        jobs = store.jobs.count(JobFilter(batch_id=batch.batch_id))
        if set(jobs) <= set(FINISHED):
            rows = count_gone(store, batch.batch_id, jobs, store.batches.count_rows(batch.batch_id))
            store.batches.finish(batch.batch_id, count_stages(jobs, rows))


def add_webhook(store: Store, batch: Batch, url: str) -> Batch:
    """Have a URL be told of a batch's end; raises WorkerError where too many wait already."""
    told = store.batches.add_webhook(batch.batch_id, url) or batch
    if webhook_id_of(url) not in {webhook.id for webhook in told.webhooks}:
        why = f"batch {batch.batch_id} has {len(told.webhooks)} webhooks waiting: look at the batch instead"
        raise WorkerError("bad_source", why)
    return told
