"""Batches: submitted lists, and their rows."""

from typing import Annotated

from fastapi import Query, Request
from fastapi.responses import HTMLResponse

from db.queue.batch_records import Batch
from db.queue.job_records import Stage
from web.api.routing import BatchId, ServiceDep
from web.batch_status import batch_document, find_batch, public_rows
from web.pages.renderer import make_page_router, show_page
from web.service import Service
from web.uploaded_files import SUFFIXES
from worker.batches.results import read_page, read_stage
from worker.batches.rows import ResultRow
from worker.lists.columns import NAMES

router = make_page_router()
N_BATCHES = 30
N_ROWS = 100
MAX_SCANNED = 3000  # rows read at most for a page of those in one stage


@router.get("/batches")
def show_batches(request: Request, service: ServiceDep) -> HTMLResponse:
    """Show all batches."""
    found = service.store.batches.list(limit=N_BATCHES)
    documents = [batch_document(service, batch) for batch in found]
    return show_page(
        request,
        "batches",
        batches=documents,
        columns=NAMES,
        max_mb=service.settings.max_download_bytes // 2**20,
        suffixes=SUFFIXES,
    )


@router.get("/batches/{batch_id}")
def show_batch(
    batch_id: BatchId,
    request: Request,
    service: ServiceDep,
    stage: Annotated[Stage | None, Query()] = None,
    cursor: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
) -> HTMLResponse:
    """Show a batch and a page of its rows."""
    batch = find_batch(service, batch_id)
    document = batch_document(service, batch)  # before the rows: one that says finished has no row that isn't
    rows, next_cursor = _read_rows(service, batch, stage, after=cursor)
    return show_page(
        request,
        "batch",
        section="batches",
        batch=document,
        rows=list(public_rows(batch, rows)),
        stage=stage,
        next_cursor=next_cursor,
    )


def _read_rows(service: Service, batch: Batch, stage: str | None, *, after: int) -> tuple[list[ResultRow], int | None]:
    """Return a page of rows, of all stages or of one, and where the next page begins."""
    if stage is not None:
        return read_stage(service.runtime, batch, stage, after=after, limit=N_ROWS, among=MAX_SCANNED)
    rows = read_page(service.runtime, batch, after=after, limit=N_ROWS)
    return rows, rows[-1].row if len(rows) == N_ROWS and rows[-1].row < batch.n_rows else None
