"""Batches: lists that run, and their rows."""

from typing import Annotated, Any

from fastapi import Query, Request
from fastapi.responses import HTMLResponse

from classifier.prediction import GenreScore
from db.queue.batch_records import Batch
from db.queue.job_records import Cause, JobError, Stage
from web.api.routing import BatchId, Serving
from web.batch_status import batch_document, find_batch
from web.pages.renderer import make_page_router, pages_of
from web.queue_views import BatchesPage, BatchPage, BatchView, RowView
from web.service import Service
from worker.batches.results import read_page, read_stage
from worker.batches.rows import ResultRow
from worker.errors import CLASSES
from worker.lists.columns import NAMES

router = make_page_router()
N_BATCHES = 30
N_ROWS = 100
LOOKED_AT = 3000  # rows at most for a page of those in one stage


@router.get("/batches")
def batches(request: Request, service: Serving) -> HTMLResponse:
    """Show all batches."""
    found = service.store.batches.list(limit=N_BATCHES)
    view = BatchesPage(batches=tuple(_view(service, batch) for batch in found), columns=_columns())
    return pages_of(request).show("batches", "batches", view)


@router.get("/batches/{batch_id}")
def batch(
    batch_id: BatchId,
    request: Request,
    service: Serving,
    stage: Annotated[Stage | None, Query()] = None,
    cursor: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
) -> HTMLResponse:
    """Show a batch and a page of its rows."""
    found = find_batch(service, batch_id)
    rows, following = _rows(service, found, stage, after=cursor)
    view = BatchPage(_view(service, found), tuple(_row(row) for row in rows), stage, following)
    return pages_of(request).show("batch", "batches", view)


def _rows(service: Service, found: Batch, stage: str | None, *, after: int) -> tuple[list[ResultRow], str | None]:
    """Return a page of rows, of all stages or of one, and where the next page begins."""
    if stage is None:
        rows = read_page(service.runtime, found, after=after, limit=N_ROWS)
        following = rows[-1].row if len(rows) == N_ROWS and rows[-1].row < found.n_rows else None
    else:
        rows, following = read_stage(service.runtime, found, stage, after=after, limit=N_ROWS, among=LOOKED_AT)
    return rows, None if following is None else str(following)


def _view(service: Service, found: Batch) -> BatchView:
    document: dict[str, Any] = batch_document(service, found)
    return BatchView(
        batch_id=found.batch_id,
        name=found.name,
        n_rows=found.n_rows,
        stages=document["stages"],
        created_at=found.created_at,
        causes=tuple(Cause(cause["code"], cause["class"], cause["n"]) for cause in document["causes"]),
    )


def _row(row: ResultRow) -> RowView:
    code = row.code
    error = JobError(code, CLASSES.get(code, "permanent"), row.message or "") if code else None
    genres = tuple(
        GenreScore(genre, score, 0.0, genre in row.passed, rank)
        for rank, (genre, score) in enumerate(row.genres, start=1)
    )
    return RowView(
        row=row.row,
        source=row.source,
        stage=row.status,
        title=row.title,
        trailer_id=row.trailer_id,
        genres=genres,
        error=error,
        note=None if error else row.message,
    )


def _columns() -> dict[str, tuple[str, ...]]:
    return {field: tuple(names) for field, names in NAMES.items()}
