"""Batch status: how far a batch is, and its rows as strangers may read them."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from db.queue.batch_records import Batch
from db.queue.job_records import FINISHED
from db.queue.jobs import JobFilter
from web.documents import cause_document, delivery_documents
from web.errors import Refused, public_message
from web.service import Service
from worker.batches.news import count_gone, count_stages
from worker.batches.results import causes
from worker.batches.rows import ResultRow


def public_rows(batch: Batch, rows: Iterable[ResultRow]) -> Iterator[ResultRow]:
    """Yield result rows as strangers may read them: files of this machine by their names, without their folders."""
    for row in rows:
        message = row.message and public_message(row.code or "", row.message)
        source = row.source.rpartition("/")[2] if batch.folder and row.source.startswith(("/", "~")) else row.source
        yield replace(row, source=source, message=message)


def find_batch(service: Service, batch_id: str) -> Batch:
    """Return a batch; raises Refused (not_found)."""
    batch = service.store.batches.get(batch_id)
    if batch is None:
        raise Refused("not_found", f"there is no batch {batch_id}")
    return batch


def batch_document(service: Service, batch: Batch, *, resumed: bool | None = None) -> dict[str, Any]:
    """Return a batch as the API and the page show it: how far it is, and why some of it failed."""
    jobs = service.store.jobs.count(JobFilter(batch_id=batch.batch_id))
    rows = count_gone(service.store, batch.batch_id, jobs, service.count_rows(batch))
    found = causes(service.runtime, batch, rows=rows)
    return {
        "batch_id": batch.batch_id,
        "name": batch.name,
        "mode": batch.mode,
        "n_rows": batch.n_rows,
        "created_at": batch.created_at,
        "prepared": batch.prepared_at is not None,
        "resumed": resumed,
        "stages": count_stages(jobs, rows),
        "causes": [cause_document(cause) for cause in found],
        "notes": list(batch.notes),
        "finished": batch.prepared_at is not None and set(jobs) <= set(FINISHED),
        "webhooks": delivery_documents(batch.webhooks),
    }
