"""Files that come in a request's body: raw, or as the field `file` of a form, a piece at a time."""

from collections.abc import AsyncIterator

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from web.errors import Refused

PIECE = 256 * 1024  # bytes
FIELD = "file"


async def receive(request: Request) -> tuple[str | None, AsyncIterator[bytes]]:
    """Return the file's name, if a form gives one, and its bytes in pieces; raises Refused for a form without one."""
    if not request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        return None, request.stream()
    form = await request.form(max_files=1, max_fields=10)
    file = form.get(FIELD)
    if not isinstance(file, UploadFile):
        raise Refused("bad_request", f"the form has no file in its field {FIELD!r}")
    return file.filename, _pieces(file)


async def receive_whole(request: Request) -> tuple[str | None, bytes]:
    """Return the file's name, if a form gives one, and all its bytes; how many there may be the guard holds."""
    name, pieces = await receive(request)
    parts = [piece async for piece in pieces]
    return name, await run_in_threadpool(b"".join, parts)


async def _pieces(file: UploadFile) -> AsyncIterator[bytes]:
    while piece := await file.read(PIECE):
        yield piece
