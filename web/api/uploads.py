"""Videos and posters that are sent in, for jobs to name."""

from typing import Annotated, Any

from fastapi import Query, Request
from starlette.concurrency import run_in_threadpool

from web.api.routing import Serving, make_router
from web.job_responses import Poster, Upload
from web.uploaded_files import receive, receive_whole
from worker.jobs.uploads import Upload as Coming
from worker.predicting.inputs import keep_poster_bytes

router = make_router("uploads")
BYTES = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}
FileName = Annotated[str | None, Query(min_length=1, max_length=500, description="what the file is called")]


@router.post("/uploads", status_code=201, response_model=Upload, openapi_extra=BYTES)
async def upload(request: Request, service: Serving, name: FileName = None) -> dict[str, Any]:
    """Send a video file: as the raw body, or as `file` of a form. It is kept until its job is finished."""
    form_name, pieces = await receive(request)
    receipt = await run_in_threadpool(Coming, service.settings, name or form_name or "video")
    try:
        async for piece in pieces:
            await run_in_threadpool(receipt.write, piece)
        upload_id = await run_in_threadpool(receipt.finish)
    finally:
        await run_in_threadpool(receipt.abort)
    return {"upload": upload_id, "source": f"upload:{upload_id}"}


@router.post("/posters", status_code=201, response_model=Poster, openapi_extra=BYTES)
async def poster(request: Request, service: Serving) -> dict[str, Any]:
    """Send a poster (JPEG, PNG, WEBP, at most 20 MiB); its SHA-256 is what a job names it by."""
    _, data = await receive_whole(request)
    return {"poster": await run_in_threadpool(keep_poster_bytes, service.store, data)}
