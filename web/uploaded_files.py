"""Uploaded files: a request's raw body, or the field `file` of a form, read piece by piece."""

from collections.abc import AsyncIterator

from fastapi import Request
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.concurrency import run_in_threadpool

from web.errors import Refused
from worker.lists.kinds import VIDEO_SUFFIXES

FIELD = "file"
MAX_TEXT = 2**20  # bytes of another field
MAX_PARTS = 12
SUFFIXES = {  # by which a page knows what is to be sent as what
    "videos": tuple(suffix.removeprefix(".") for suffix in VIDEO_SUFFIXES),
    "tables": ("csv", "tsv", "tab", "json", "jsonl", "ndjson", "xlsx", "ods", "xls"),
    "texts": ("txt", "md"),
}


async def open_file(request: Request) -> tuple[str | None, AsyncIterator[bytes]]:
    """Return the file's name, if a form gives one, and its bytes in pieces; raises Refused for a form without one."""
    form = await _open_form(request)
    return (form.name, form.pieces()) if form else (None, request.stream())


async def read_file(request: Request) -> tuple[str | None, bytes]:
    """Return the file's name, if a form gives one, and all its bytes, whose number the guard limits."""
    name, pieces = await open_file(request)
    return name, await run_in_threadpool(b"".join, [piece async for piece in pieces])


async def read_form(request: Request, field: str) -> tuple[str | None, bytes, bytes]:
    """Return the file's name and bytes as `read_file` does, and the text of another field of its form, if there is one.

    Raises Refused also for a longer text than MAX_TEXT.
    """
    form = await _open_form(request, field)
    pieces = form.pieces() if form else request.stream()
    data = await run_in_threadpool(b"".join, [piece async for piece in pieces])
    return (form.name, data, bytes(form.text)) if form else (None, data, b"")


async def _open_form(request: Request, field: str | None = None) -> "FormFile | None":
    """Return the form of a request whose file has begun, None for a raw body."""
    content_type = request.headers.get("content-type", "")
    if not content_type.lower().startswith("multipart/form-data"):
        return None
    form = FormFile(content_type, request.stream(), field=field)
    await form.begin()
    return form


class FormFile:
    """The file in the field `file` of a form whose bytes are `body`, and the text of the field named besides.

    After `begin` its `name` is known; `pieces` are its bytes, and after them `text` is known. Both raise Refused for a
    body that is not such a form.
    """

    def __init__(self, content_type: str, body: AsyncIterator[bytes], *, field: str | None = None) -> None:
        self.name: str | None = None
        self.text = bytearray()
        self._body, self._field = body, field
        self._parser = _make_parser(content_type, self)
        self._ready: list[bytes] = []
        self._header, self._value, self._disposition = b"", b"", b""
        self._n_parts = self._n_files = 0
        self._in_file = self._in_text = self._whole = False

    async def begin(self) -> None:
        """Read until the file begins."""
        while self._n_files == 0:
            piece = await anext(self._body, None)
            if piece is None or self._whole:
                raise Refused("bad_request", f"the form has no file in its field {FIELD!r}")
            self._write(piece)

    async def pieces(self) -> AsyncIterator[bytes]:
        """Yield the bytes of the file as they come, then read the form to its end."""
        while True:
            ready, self._ready = self._ready, []
            for piece in ready:
                yield piece
            coming = await anext(self._body, None)
            if coming is None:
                break
            self._write(coming)
        if not self._whole:
            raise Refused("bad_request", "the form ended too early; send it again")

    def _write(self, piece: bytes) -> None:
        try:
            self._parser.write(piece)
        except FormParserError as exc:
            raise Refused("bad_request", f"the form can't be read: {exc}") from exc

    def on_part_begin(self) -> None:
        """Count the parts, whose number is limited, until one is found to be the file."""
        self._n_parts += 1
        self._disposition, self._in_file, self._in_text = b"", False, False
        if self._n_parts > MAX_PARTS:
            raise Refused("bad_request", f"the form has more than {MAX_PARTS} fields")

    def on_header_field(self, data: bytes, start: int, end: int) -> None:
        """Append to the name of a header."""
        self._header += data[start:end]

    def on_header_value(self, data: bytes, start: int, end: int) -> None:
        """Append to the value of a header."""
        self._value += data[start:end]

    def on_header_end(self) -> None:
        """Keep the Content-Disposition of a part."""
        if self._header.lower() == b"content-disposition":
            self._disposition = self._value
        self._header, self._value = b"", b""

    def on_headers_finished(self) -> None:
        """Find out whether this part is the file."""
        _, options = parse_options_header(self._disposition)
        name = options.get(b"name", b"").decode("utf-8", "replace")
        self._in_text = name == self._field and b"filename" not in options
        if name != FIELD or b"filename" not in options:
            return
        self._n_files += 1
        if self._n_files > 1:
            raise Refused("bad_request", "the form has more than one file; send one at a time")
        self._in_file, self.name = True, options[b"filename"].decode("utf-8", "replace")

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        """Keep the bytes of the file until `pieces` yields them, and those of the text; drop those of other parts."""
        if self._in_file:
            self._ready.append(data[start:end])
        if self._in_text:
            self.text += data[start:end]
            if len(self.text) > MAX_TEXT:
                raise Refused("too_large", f"the field {self._field!r} has more than {MAX_TEXT:,} bytes")

    def on_end(self) -> None:
        """Note that the form is complete."""
        self._whole = True


def _make_parser(content_type: str, form: FormFile) -> MultipartParser:
    _, options = parse_options_header(content_type)
    boundary = options.get(b"boundary")
    if not boundary:
        raise Refused("bad_request", "the form does not name its boundary")
    try:
        return MultipartParser(
            boundary,
            {
                "on_part_begin": form.on_part_begin,
                "on_header_field": form.on_header_field,
                "on_header_value": form.on_header_value,
                "on_header_end": form.on_header_end,
                "on_headers_finished": form.on_headers_finished,
                "on_part_data": form.on_part_data,
                "on_end": form.on_end,
            },
        )
    except FormParserError as exc:
        raise Refused("bad_request", f"the form can't be read: {exc}") from exc
