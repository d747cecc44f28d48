"""Request ids: the caller's own, or a new one, in the response and in what the log says of a request."""

import logging
import re
import secrets
from contextvars import ContextVar

from starlette.datastructures import Headers

HEADER = "X-Request-ID"
_USABLE = re.compile(r"[A-Za-z0-9._:-]{1,100}")
_current: ContextVar[str] = ContextVar("request_id", default="")


def begin(headers: Headers) -> str:
    """Return the id of a request that begins: the one it brings, if that can stand in a log."""
    brought = headers.get(HEADER, "")
    request_id = brought if _USABLE.fullmatch(brought) else secrets.token_hex(8)
    _current.set(request_id)  # of this request's task and threads alone
    return request_id


def current() -> str:
    """Return the id of the request that is being answered, "" where there is none."""
    return _current.get()


class RequestIdFilter(logging.Filter):
    """Puts the request's id before what is logged while it is answered."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Change the record, once, and keep it."""
        if (request_id := current()) and not hasattr(record, "request_id"):
            record.request_id = request_id
            record.msg = f"[{request_id}] {record.msg}"
        return True
