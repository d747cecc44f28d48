"""Uploaded files: a request's raw body, or the field `file` of a form, read piece by piece."""

from collections.abc import AsyncIterator

from fastapi import Request
from starlette.concurrency import run_in_threadpool

from web.forms import FormFile


async def open_file(request: Request) -> tuple[str | None, AsyncIterator[bytes]]:
    """Return the file's name, if a form gives one, and its bytes in pieces; raises Refused for a form without one."""
    content_type = request.headers.get("content-type", "")
    if not content_type.lower().startswith("multipart/form-data"):
        return None, request.stream()
    form = FormFile(content_type, request.stream())
    await form.begin()
    return form.name, form.pieces()


async def read_file(request: Request) -> tuple[str | None, bytes]:
    """Return the file's name, if a form gives one, and all its bytes, whose number the guard limits."""
    name, pieces = await open_file(request)
    parts = [piece async for piece in pieces]
    return name, await run_in_threadpool(b"".join, parts)
