"""Body limits: the size allowed for each path, enforced while the body comes in."""

import asyncio
import time
from collections.abc import Mapping
from contextlib import suppress

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import Message, Receive

from extractor.posters import MAX_BYTES as MAX_POSTER
from web.errors import Refused
from web.uploaded_files import MAX_TEXT
from worker.batches.uploads import MAX_BYTES as MAX_LIST
from worker.settings import Settings

MAX_BODY = 64 * 1024
MAX_DRAINED = 4 * 2**20
DRAIN_S = 5.0
IDLE_S = 60.0  # allowed until the next bytes of a body
GRACE_S = 60.0  # waited for a body in all, and as long again as one takes that comes at
MIN_RATE = 4096  # bytes a second
MAX_DIGITS = 18
FORM_BYTES = 8 * 1024  # a form's own bytes around its file


def find_limit(path: str, settings: Settings) -> int:
    """Return how many bytes the body of a request to this path may have."""
    larger: Mapping[str, int] = {
        "/v1/uploads": settings.max_download_bytes,
        "/v1/posters": MAX_POSTER,
        "/v1/posters/predict": MAX_POSTER,
        "/v1/batches": MAX_LIST + MAX_TEXT,
    }
    return larger[path] + FORM_BYTES if path in larger else MAX_BODY


def check_length(headers: Headers, limit: int) -> None:
    """Raise Refused for a Content-Length that is too large, or not a number."""
    length = headers.get("content-length")
    if length is None:
        return
    if not (length.isascii() and length.isdigit()):
        raise Refused("bad_request", "Content-Length is not a number")
    if len(length) > MAX_DIGITS or int(length) > limit:
        raise Refused("too_large", _too_large(limit))


async def drain(receive: Receive) -> None:
    """Read the rest of a refused body, up to 4 MiB, so that its sender receives the response."""
    n_bytes = 0
    with suppress(TimeoutError):
        async with asyncio.timeout(DRAIN_S):
            while n_bytes < MAX_DRAINED:
                message = await receive()
                n_bytes += len(message.get("body", b""))
                if not message.get("more_body", False):
                    return


def limit_body(receive: Receive, limit: int) -> Receive:
    """Return `receive` with an end to a body that turns out too large, or that stops coming or hardly comes."""
    n_bytes, waited_s, whole = 0, 0.0, False

    async def take() -> Message:
        nonlocal n_bytes, waited_s, whole
        if whole:
            return await receive()  # the disconnect, whenever it comes
        began = time.monotonic()
        try:
            async with asyncio.timeout(max(0.0, min(IDLE_S, GRACE_S + n_bytes / MIN_RATE - waited_s))):
                message = await receive()
        except TimeoutError as exc:
            raise HTTPException(408, "the rest of the body did not arrive", headers={"Connection": "close"}) from exc
        waited_s += time.monotonic() - began  # not what reading takes here
        whole = not message.get("more_body", False)
        n_bytes += len(message.get("body", b""))
        if n_bytes > limit:
            raise HTTPException(413, _too_large(limit))
        return message

    return take


def _too_large(limit: int) -> str:
    return f"the body is larger than the {limit:,} bytes allowed here"
