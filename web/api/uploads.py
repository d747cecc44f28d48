"""Uploads: videos and posters for jobs to name."""

from typing import Annotated, Any

from fastapi import Query, Request
from starlette.concurrency import run_in_threadpool

from web.api.routing import ServiceDep, make_router
from web.job_responses import Poster, Upload
from web.uploaded_files import open_file, read_file
from worker.jobs.uploads import PREFIX
from worker.jobs.uploads import Upload as IncomingVideo
from worker.predicting.inputs import keep_poster_bytes

router = make_router("uploads")
FILE_BODY = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}
FileName = Annotated[str | None, Query(min_length=1, max_length=500, description="the file's name")]


@router.post("/uploads", status_code=201, response_model=Upload, openapi_extra=FILE_BODY)
async def upload_video(request: Request, service: ServiceDep, name: FileName = None) -> dict[str, Any]:
    """Upload a video file, as the raw body or as `file` of a form. It is stored until its job is finished."""
    form_name, pieces = await open_file(request)
    video = await run_in_threadpool(IncomingVideo, service.settings, name or form_name or "video")
    try:
        async for piece in pieces:
            await run_in_threadpool(video.write, piece)
        upload_id = await run_in_threadpool(video.finish)
    finally:
        await run_in_threadpool(video.abort)
    return {"upload": upload_id, "source": f"{PREFIX}{upload_id}"}


@router.post("/posters", status_code=201, response_model=Poster, openapi_extra=FILE_BODY)
async def upload_poster(request: Request, service: ServiceDep) -> dict[str, Any]:
    """Upload a poster (JPEG, PNG, WebP, AVIF, at most 20 MiB); a job names it by its SHA-256."""
    _, data = await read_file(request)
    return {"poster": await run_in_threadpool(keep_poster_bytes, service.store, data)}
