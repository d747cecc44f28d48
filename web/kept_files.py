"""Kept files: responses that browsers and programs need not fetch again, whole or in part."""

import re
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any

from fastapi import HTTPException, Request, Response

from web.errors import Refused

FOR_EVER = "private, max-age=31536000, immutable"  # what is named by its own digest
A_DAY = "private, max-age=86400"  # what is made again at most by hand
CHECKED = "private, no-cache"  # asked for again each time, and sent only where it has changed
_RANGE = re.compile(r"bytes=(\d{0,20})-(\d{0,20})", re.ASCII)
NOT_WHOLE: dict[int | str, dict[str, Any]] = {
    206: {"description": "the part that the header Range asks for"},
    304: {"description": "the caller's copy, named by If-None-Match, is the present one"},
    416: {"description": "the file ends before the part that Range asks for"},
}


def describe_file(what: str) -> dict[int | str, dict[str, Any]]:
    """Return how OpenAPI describes the responses with a file."""
    content = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
    return {200: {"content": content, "description": what}, **NOT_WHOLE}


def make_etag(*parts: object) -> str:
    """Return the ETag of what these parts name: other bytes have other parts."""
    return f'"{sha256(repr(parts).encode()).hexdigest()[:32]}"'


def send_file(
    request: Request, etag: str, read: Callable[[], bytes | None], *, kind: str, headers: Mapping[str, str]
) -> Response:
    """Return a file of a media `kind`, or the part that is asked for; 304 without reading where the caller has it.

    Raises Refused (not_found) where `read` finds none, HTTPException (416) for a part behind its end.
    """
    headers = {**headers, "ETag": etag, "Accept-Ranges": "bytes"}
    if _names(request.headers.get("if-none-match", ""), etag):
        return Response(status_code=304, headers=headers)
    if (data := read()) is None:
        raise Refused("not_found", "there is no such file")
    wanted = request.headers.get("range", "") if request.headers.get("if-range", etag) == etag else ""
    if (span := _find_span(wanted, len(data))) is None:
        return Response(data, media_type=kind, headers=headers)
    headers["Content-Range"] = f"bytes {span.start}-{span.stop - 1}/{len(data)}"
    return Response(data[span.start : span.stop], status_code=206, media_type=kind, headers=headers)


def _names(listed: str, etag: str) -> bool:
    return not {etag, "*"}.isdisjoint(each.strip().removeprefix("W/") for each in listed.split(","))


def _find_span(wanted: str, size: int) -> range | None:
    """Return the bytes of a Range (RFC 9110, section 14), None for all: also for several parts, which needs no heed."""
    found = _RANGE.fullmatch(wanted.strip())
    if found is None or not any(found.groups()):
        return None
    first, last = found.groups()
    start = int(first) if first else max(0, size - int(last))
    stop = min(size, int(last) + 1) if first and last else size
    if first and last and int(last) < int(first):
        return None
    if start >= stop:
        raise HTTPException(416, f"the file has {size:,} bytes", headers={"Content-Range": f"bytes */{size}"})
    return range(start, stop)
