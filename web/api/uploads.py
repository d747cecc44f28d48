"""Uploads: videos and posters for jobs to name."""

from typing import Annotated, Any

from fastapi import Query, Request
from starlette.concurrency import run_in_threadpool

from web.api.routing import ServiceDep, UploadId, make_router
from web.errors import Refused
from web.job_responses import Poster, Upload, UploadDetail
from web.uploaded_files import open_file, read_file
from worker.documents import fields_of
from worker.jobs.uploads import PREFIX, describe_upload, remove_upload
from worker.jobs.uploads import Upload as IncomingVideo
from worker.predicting.inputs import keep_sent_poster

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


@router.get("/uploads/{upload_id}", response_model=UploadDetail)
def get_upload(upload_id: UploadId, service: ServiceDep) -> dict[str, Any]:
    """Get one upload, and until when it is kept."""
    video = describe_upload(service.settings, upload_id)
    return {"upload": upload_id, "source": f"{PREFIX}{upload_id}", **fields_of(video)}


@router.delete("/uploads/{upload_id}", status_code=204)
def delete_upload(upload_id: UploadId, service: ServiceDep) -> None:
    """Delete an upload; 409 while a job needs it."""
    if service.store.jobs.unfinished_about([f"file:{upload_id}"]):
        raise Refused("conflict", f"a job needs the upload {upload_id}: cancel it first")
    if not remove_upload(service.settings.home, upload_id):
        raise Refused("not_found", f"there is no upload {upload_id} (any more)")


@router.post("/posters", status_code=201, response_model=Poster, openapi_extra=FILE_BODY)
async def upload_poster(request: Request, service: ServiceDep) -> dict[str, Any]:
    """Upload a poster (JPEG, PNG, WebP, AVIF, at most 20 MiB); a job names it by its SHA-256."""
    async with service.pictures.hold():
        _, data = await read_file(request)
        return {"poster": await service.pictures.run(lambda: keep_sent_poster(service.store, data))}
