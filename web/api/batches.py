"""Batches: lists that are sent, watched, retried and downloaded."""

from dataclasses import replace
from typing import Annotated, Any

from fastapi import Path, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from db.queue.batch_records import Mode
from db.queue.jobs import JobFilter
from web import job_responses as responses
from web.api.routing import TEXT, BatchId, CallerDep, Cursor, Key, ServiceDep, make_router
from web.batch_status import batch_document, find_batch, public_rows
from web.callers import Caller
from web.cursors import read_moment, write_moment
from web.events import Update
from web.job_submission import KeyedRequest, check_queue, submit_once
from web.request_bodies import Retry, read_uploads
from web.retries import retry_jobs
from web.service import Service
from web.tables import describe_table, send_table
from web.uploaded_files import read_form
from worker.batches.news import add_webhook
from worker.batches.preparing import MAX_LINKS, BatchRequest, Prepared, prepare
from worker.batches.results import read_page, read_results
from worker.batches.rows import result_document, result_table
from worker.batches.uploads import kept_list
from worker.exporting.tables import TextFormat
from worker.jobs.sent_files import NONE_SENT, SentFiles
from worker.lists.rows import MetadataColumns
from worker.webhooks.notifications import check_webhook

router = make_router("batches")
LIST_FORM = {
    "type": "object",
    "required": ["file"],
    "properties": {
        "file": {"type": "string", "format": "binary", "description": "the list"},
        "uploads": {
            "type": "string",
            "contentMediaType": "application/json",
            "description": "the files that its rows name: an object of the ids that POST /v1/uploads returned, by the "
            "names or paths of the files",
            "example": '{"WB-0001.mp4": "f4daa2cd2c91b06b"}',
        },
    },
}
STRING = {"type": "string"}
ROW = {
    "type": "object",
    "required": ["url"],
    "properties": {
        "url": STRING | {"description": "a link, a YouTube id, upload:ID, or a file below TRAILERS_ROOTS"},
        "title": STRING | {"description": "the film's title"},
        "year": {"type": "integer", "description": "the film's year"},
        "genres": {"type": "array", "items": STRING, "description": "your own tags"},
        "plot": STRING | {"description": "what the film is about"},
        "poster": STRING | {"description": "the SHA-256 that POST /v1/posters returned"},
        "external_id": STRING | {"description": "your own id of the trailer"},
        "film_id": STRING | {"description": "your own id of the film"},
        "imdb_id": STRING | {"description": "IMDb's id of the film"},
        "franchise": STRING | {"description": "the series that the film belongs to"},
    },
    "additionalProperties": True,
}
ROWS = {
    "type": "object",
    "required": ["rows"],
    "properties": {
        "rows": {
            "type": "array",
            "items": ROW,
            "maxItems": MAX_LINKS,
            "description": "the rows; a name that is none of these may be that of any column of a list",
        }
    },
    "example": {"rows": [{"url": "https://youtu.be/eRsGyueVLvQ", "title": "Sintel", "genres": ["Fantasy", "Drama"]}]},
}
FILE = {
    "type": "string",
    "format": "binary",
    "description": "CSV, XLSX, ODS, one link a line, a JSON array or JSON lines, with its own Content-Type (text/csv, "
    "text/plain, application/jsonl, ...) or told by its name or first bytes",
    "example": "url,title,genres\nhttps://youtu.be/eRsGyueVLvQ,Sintel,Fantasy|Drama\n",
}
LIST_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/octet-stream": {"schema": FILE},
            "application/json": {"schema": ROWS},
            "multipart/form-data": {"schema": LIST_FORM},
        },
    }
}


class ListOptions(BaseModel):
    """The query parameters of a list: its name, and which of its trailers to run."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=500)] | None = Field(
        default=None, description="the list's name; its file's unless given"
    )
    mode: Mode = Field(default="missing", description="which trailers to run: missing, also stale, or all")
    frames_only: bool = Field(default=False, description="whether to look at the frames alone, at no words or posters")
    metadata: Annotated[list[str], Field(max_length=50)] = Field(
        default_factory=list, description="columns without another meaning that are kept as metadata"
    )
    metadata_rest: bool = Field(default=False, description="whether all such columns are kept")
    webhook: Annotated[str, Field(max_length=2048)] | None = Field(
        default=None, description="an https URL to notify when the list is finished"
    )

    def to_request(self, order: BatchRequest, caller: Caller, sent: SentFiles) -> BatchRequest:
        """Return the request to prepare a list with these options."""
        return replace(
            order,
            mode=self.mode,
            frames_only=self.frames_only,
            asked_by=caller.name,
            sent=sent,
            kept=MetadataColumns(tuple(self.metadata), self.metadata_rest),
        )


@router.post("/batches", status_code=202, response_model=responses.Batch, openapi_extra=LIST_BODY)
async def submit_batch(
    request: Request,
    service: ServiceDep,
    caller: CallerDep,
    response: Response,
    options: Annotated[ListOptions, Query()],
    key: Key = None,
) -> dict[str, Any]:
    """Submit a list: CSV, XLSX, ODS, one link a line, JSON, or JSON lines; at most 10,000 rows.

    The same list submitted again continues where it was. Columns: url, id, title, year, imdb_id, film_id, franchise,
    genres, plot, poster (the SHA-256 of an uploaded one); `notes` say what of the list is a guess or not used. A source
    is a link, upload:ID, the name of a file among the `uploads` of the form, or a file below TRAILERS_ROOTS.
    """
    async with service.lists.hold():
        document = await _take_list(request, service, caller, options, key)
    response.headers["Location"] = f"/v1/batches/{document['batch_id']}"
    return document


async def _take_list(
    request: Request, service: Service, caller: Caller, options: ListOptions, key: str | None
) -> dict[str, Any]:
    """Return the document of the batch that the list in a request becomes."""
    form_name, data, uploads = await read_form(request, "uploads")
    sent = SentFiles(read_uploads(uploads)) if uploads else NONE_SENT
    content_type = None if form_name else request.headers.get("content-type")
    if options.webhook is not None:
        check_webhook(options.webhook, service.settings)

    def prepare_list() -> Prepared:
        with kept_list(service.settings, data, options.name or form_name or "list", content_type=content_type) as order:
            prepared = prepare(
                service.runtime,
                options.to_request(order, caller, sent),
                service.bell,
                allow=lambda n_rows: check_queue(service, caller, n_new=n_rows),
            )
        if options.webhook is None:
            return prepared
        return replace(prepared, batch=add_webhook(service.store, prepared.batch, options.webhook))

    def submit_list() -> dict[str, Any]:
        made: list[Prepared] = []
        asked = b"\0".join((b"batch", options.model_dump_json().encode(), uploads, data))

        def create() -> str:
            made.append(prepare_list())
            return made[0].batch.batch_id

        batch_id = submit_once(service, KeyedRequest(caller, key, asked), create)
        resumed = made[0].resumed if made else True
        return batch_document(service, find_batch(service, batch_id), resumed=resumed)

    return await service.lists.run(submit_list)


@router.get("/batches", response_model=responses.Batches)
def list_batches(
    service: ServiceDep,
    limit: Annotated[int, Query(ge=1, le=100, description="at most this many")] = 20,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """List the batches, newest first."""
    after = read_moment(cursor, "batches") if cursor else None
    found = service.store.batches.list(limit=limit + 1, after=after)
    last = found[limit - 1] if len(found) > limit else None
    return {
        "batches": [batch_document(service, batch) for batch in found[:limit]],
        "next": write_moment((last.created_at, last.batch_id), "batches") if last else None,
    }


@router.get("/batches/{batch_id}", response_model=responses.Batch)
def get_batch(batch_id: BatchId, service: ServiceDep) -> dict[str, Any]:
    """Get one batch: how many of its rows are in each stage, and why some failed."""
    return batch_document(service, find_batch(service, batch_id))


@router.get(
    "/batches/{batch_id}/events",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": TEXT}, "description": "`batch` events until it is finished"}},
)
def watch_batch(batch_id: BatchId, service: ServiceDep, caller: CallerDep) -> StreamingResponse:
    """Watch one batch: a server-sent event `batch` whenever it changes."""
    find_batch(service, batch_id)

    def read_update() -> Update | None:
        batch = service.store.batches.get(batch_id)
        if batch is None:
            return None
        document = batch_document(service, batch)
        return Update(document, bool(document["finished"]))

    return service.streams.open("batch", read_update, caller=caller.name)


@router.get("/batches/{batch_id}/rows", response_model=responses.BatchRows)
def list_batch_rows(
    batch_id: BatchId,
    service: ServiceDep,
    after: Annotated[int, Query(ge=0, le=10_000_000, description="`next` of the page before")] = 0,
    limit: Annotated[int, Query(ge=1, le=500, description="at most this many")] = 100,
) -> dict[str, Any]:
    """Page through the result rows in the order of the list."""
    batch = find_batch(service, batch_id)
    page = read_page(service.runtime, batch, after=after, limit=limit)
    rows = [result_document(row) for row in public_rows(batch, page)]
    return {"rows": rows, "next": page[-1].row if len(page) == limit else None}


@router.get(
    "/batches/{batch_id}/results.{kind}",
    response_class=StreamingResponse,
    responses=describe_table("one row for each of the list"),
)
def download_batch_results(
    batch_id: BatchId, kind: Annotated[TextFormat, Path(description="a table, or JSON lines")], service: ServiceDep
) -> StreamingResponse:
    """Download the result rows known so far, as CSV or JSON lines."""
    batch = find_batch(service, batch_id)
    table = result_table(public_rows(batch, read_results(service.runtime, batch)))
    return send_table(table, f"trailers-{batch_id}", kind)


@router.post("/batches/{batch_id}/retry", response_model=responses.Retried)
def retry_batch(batch_id: BatchId, which: Retry, service: ServiceDep, caller: CallerDep) -> dict[str, Any]:
    """Queue the failed, dead and cancelled jobs of a batch again: all, or those of one error code.

    Those that failed for good stay as they are, unless that is forced.
    """
    find_batch(service, batch_id)
    return retry_jobs(service, caller, which, batch_id=batch_id)


@router.delete("/batches/{batch_id}", response_model=responses.Changed)
def cancel_batch(batch_id: BatchId, service: ServiceDep) -> dict[str, Any]:
    """Cancel the jobs of a batch that are not finished."""
    find_batch(service, batch_id)
    return {"jobs": service.store.jobs.cancel(JobFilter(batch_id=batch_id))}
