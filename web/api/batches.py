"""Batches: lists that are sent, watched, tried again and downloaded."""

from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal

from fastapi import Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from db.queue.batch_records import Mode
from db.queue.jobs import JobFilter
from web.api.routing import Asking, BatchId, Serving, make_router
from web.batch_status import batch_document, find_batch, public_rows, retry
from web.callers import Caller
from web.events import Update
from web.job_responses import Batch as BatchAnswer
from web.job_responses import Batches, BatchRows, Changed
from web.job_submission import check_queue
from web.request_bodies import Retry
from web.service import Service
from web.uploaded_files import receive_whole
from worker.batches.preparing import prepare
from worker.batches.results import read_page, read_results
from worker.batches.rows import render_results, result_document
from worker.batches.uploads import kept_list

router = make_router("batches")
LIST = {
    "requestBody": {
        "required": True,
        "content": {
            kind: {"schema": {"type": "string", "example": example}}
            for kind, example in {
                "text/csv": "url,title,genres\nhttps://youtu.be/eRsGyueVLvQ,Sintel,Fantasy|Drama\n",
                "text/plain": "https://youtu.be/eRsGyueVLvQ\n",
                "application/json": '[{"url": "https://youtu.be/eRsGyueVLvQ", "genres": ["Fantasy", "Drama"]}]',
                "application/jsonl": '{"url": "https://youtu.be/eRsGyueVLvQ", "title": "Sintel"}\n',
            }.items()
        },
    }
}
TABLES = {"csv": "text/csv; charset=utf-8", "jsonl": "application/jsonl"}


class ListOptions(BaseModel):
    """What is said of a list beside it: its name, and which of its trailers are to be run."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=500)] | None = None
    mode: Mode = "missing"


@dataclass(frozen=True, slots=True)
class Sent:
    """A list as it came, its name and its media type."""

    data: bytes
    name: str
    kind: str | None
    mode: Mode

    @property
    def n_lines(self) -> int:
        """How many rows it may have."""
        return self.data.count(b"\n") + 1


@router.post("/batches", status_code=202, response_model=BatchAnswer, openapi_extra=LIST)
async def send(
    request: Request,
    service: Serving,
    caller: Asking,
    response: Response,
    options: Annotated[ListOptions, Query()],
) -> dict[str, Any]:
    """Send a list: CSV, a link a line, a JSON array, or JSON lines; at most 10,000 rows, whose sources are links.

    The same list again goes on where it was. Columns: url, id, title, genres, plot, poster (the SHA-256 of a kept one).
    """
    form_name, data = await receive_whole(request)
    kind = None if form_name else request.headers.get("content-type")
    sent = Sent(data, options.name or form_name or "list", kind, options.mode)
    document = await run_in_threadpool(_prepare, service, caller, sent)
    response.headers["Location"] = f"/v1/batches/{document['batch_id']}"
    return document


def _prepare(service: Service, caller: Caller, sent: Sent) -> dict[str, Any]:
    check_queue(service, caller, n_new=sent.n_lines)
    with kept_list(service.settings, sent.data, sent.name, content_type=sent.kind) as order:
        order = replace(order, mode=sent.mode, asked_by=caller.name)
        prepared = prepare(service.runtime, order, service.bell)
    return batch_document(service, prepared.batch, resumed=prepared.resumed)


@router.get("/batches", response_model=Batches)
def listed(service: Serving, limit: Annotated[int, Query(ge=1, le=100)] = 20) -> dict[str, Any]:
    """List the batches, the newest first."""
    return {"batches": [batch_document(service, batch) for batch in service.store.batches.list(limit=limit)]}


@router.get("/batches/{batch_id}", response_model=BatchAnswer)
def look(batch_id: BatchId, service: Serving) -> dict[str, Any]:
    """Look at one batch: how far its rows are, and why some failed."""
    return batch_document(service, find_batch(service, batch_id))


@router.get(
    "/batches/{batch_id}/events",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": {}}, "description": "events `batch`, until it is finished"}},
)
def watch(batch_id: BatchId, service: Serving, caller: Asking) -> StreamingResponse:
    """Watch one batch: server-sent events `batch` whenever it changes."""
    find_batch(service, batch_id)

    def news() -> Update | None:
        batch = service.store.batches.get(batch_id)
        if batch is None:
            return None
        document = batch_document(service, batch)
        return Update(document, bool(document["finished"]))

    return service.streams.open("batch", news, caller=caller.name)


@router.get("/batches/{batch_id}/rows", response_model=BatchRows)
def rows(
    batch_id: BatchId,
    service: Serving,
    after: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> dict[str, Any]:
    """Page through the result rows in the list's order."""
    batch = find_batch(service, batch_id)
    page = read_page(service.runtime, batch, after=after, limit=limit)
    told = [result_document(row) for row in public_rows(batch, page)]
    return {"rows": told, "next": page[-1].row if len(page) == limit else None}


@router.get(
    "/batches/{batch_id}/results.{kind}",
    response_class=StreamingResponse,
    responses={200: {"content": {kind: {} for kind in TABLES.values()}, "description": "a row for each of the list"}},
)
def results(batch_id: BatchId, kind: Literal["csv", "jsonl"], service: Serving) -> StreamingResponse:
    """Download the result rows as far as they are known, as CSV or JSON lines."""
    batch = find_batch(service, batch_id)
    headers = {"Content-Disposition": f'attachment; filename="trailers-{batch_id}.{kind}"'}
    data = render_results(public_rows(batch, read_results(service.runtime, batch)), kind)
    return StreamingResponse(data, media_type=TABLES[kind], headers=headers)


@router.post("/batches/{batch_id}/retry", response_model=Changed)
def again(batch_id: BatchId, which: Retry, service: Serving) -> dict[str, Any]:
    """Queue the jobs of a batch again that failed, died or were cancelled: all, or those of one error code."""
    find_batch(service, batch_id)
    return {"jobs": retry(service, batch_id, code=which.code)}


@router.delete("/batches/{batch_id}", response_model=Changed)
def cancel(batch_id: BatchId, service: Serving) -> dict[str, Any]:
    """Cancel what is not finished of a batch."""
    find_batch(service, batch_id)
    return {"jobs": service.store.jobs.cancel(JobFilter(batch_id=batch_id))}
