"""Connections: how many there may be, how long a request's headers may take and how large they may be.

uvicorn bounds none of these: a stranger's half request would be held, and grow, for as long as the stranger likes.
"""

import asyncio
import json
import logging
import resource
from typing import Any

import httptools
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol
from uvicorn.server import ServerState

MAX_CONNECTIONS = 1000
OTHER_FILES = 256  # of the database, the log, children, uploads
MAX_HEADER_BYTES = 64 * 1024  # of a request's line and headers, and of what follows a chunked body
MAX_HEADERS = 100
HEADERS_S = 10.0  # from a connection's first second, or a later request's first byte, until its headers are complete
WRITE_S = 60.0  # for a reader to take some of what is waiting for it
log = logging.getLogger("trailers")


class _Refusal(Exception):
    """A request's headers can't be taken: the status, code and message of the response."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code = status, code


TOO_LARGE = _Refusal(
    431,
    "too_large",
    f"the headers are larger than {MAX_HEADER_BYTES:,} bytes, or more than {MAX_HEADERS}; delete this site's cookies",
)
TOO_SLOW = _Refusal(408, "bad_request", f"the headers were not complete within {HEADERS_S:.0f} s; send them again")
TOO_MANY = _Refusal(503, "not_ready", "too many requests are being answered just now; try again in a few seconds")
NOT_HTTP = _Refusal(400, "bad_request", "this is not a valid HTTP request")


class BoundedConnection(HttpToolsProtocol):
    """A connection whose headers are bounded in bytes, number and time, one of a bounded number.

    When there are too many, the one that has waited longest with nothing to answer makes room for a new one.
    """

    max_connections = MAX_CONNECTIONS

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._n_bytes = 0  # since the last that were a body, or complete headers
        self._begun = False  # a request's headers
        self._deadline: asyncio.TimerHandle | None = None
        self._stall: asyncio.TimerHandle | None = None
        self._refused: _Refusal | None = None
        self._opened_at = self.loop.time()

    @property
    def is_waiting(self) -> bool:
        """Whether nothing is being answered here."""
        return self.cycle is None or self.cycle.response_complete

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take a connection, if need be in the place of the one that has waited longest."""
        super().connection_made(transport)
        self._deadline = self.loop.call_later(HEADERS_S, self._headers_are_late)
        if len(self.connections) > self.max_connections:
            self._make_room()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        super().connection_lost(exc)
        self._stop_waiting()
        self.resume_writing()

    def data_received(self, data: bytes) -> None:
        """Read more of a request; refuse what is not one, or has too large headers."""
        self._unset_keepalive_if_required()
        self._n_bytes += len(data)
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserError:
            self._refuse(self._refused or NOT_HTTP)
        except httptools.HttpParserUpgrade:
            pass  # the request is answered as any other
        else:
            if self._n_bytes > MAX_HEADER_BYTES:
                self._refuse(TOO_LARGE)

    def on_message_begin(self) -> None:
        """Give a request's headers their time; a connection's first has had it since it was opened."""
        super().on_message_begin()
        self._begun = True
        if self._deadline is None:
            self._deadline = self.loop.call_later(HEADERS_S, self._headers_are_late)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Add a header, or one of those that follow a chunked body."""
        if len(self.headers) >= MAX_HEADERS:
            self._stop_parsing(TOO_LARGE)
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Answer the request."""
        if len(self.url) + sum(len(name) + len(value) for name, value in self.headers) > MAX_HEADER_BYTES:
            self._stop_parsing(TOO_LARGE)
        self._stop_waiting()
        self._n_bytes, self._begun = 0, False
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Take some of a body, whose size the application limits."""
        self._n_bytes = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Note that the next bytes are another request's."""
        self._n_bytes = 0
        super().on_message_complete()

    def pause_writing(self) -> None:
        """Wait for a reader, but not for ever."""
        super().pause_writing()
        self._stall = self._stall or self.loop.call_later(WRITE_S, self.transport.abort)

    def resume_writing(self) -> None:
        """Go on writing."""
        super().resume_writing()
        if self._stall is not None:
            self._stall.cancel()
            self._stall = None

    def _make_room(self) -> None:
        others = [each for each in self.connections if isinstance(each, BoundedConnection) and each is not self]
        waiting = [each for each in others if each.is_waiting]
        log.warning("there are %d connections, as many as may be", self.max_connections)
        if not waiting:
            self._refuse(TOO_MANY)
            return
        oldest = min(waiting, key=lambda each: each._opened_at)
        self.connections.discard(oldest)
        oldest.transport.abort()

    def _headers_are_late(self) -> None:
        self._deadline = None
        if self._begun:
            self._refuse(TOO_SLOW)
        else:
            self.transport.close()

    def _stop_waiting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _stop_parsing(self, refusal: _Refusal) -> None:
        """Raise a refusal, which the parser turns into an error of its own."""
        self._refused = refusal
        raise refusal

    def _refuse(self, refusal: _Refusal) -> None:
        """Send a refusal, unless another response has begun, and close the connection."""
        self._stop_waiting()
        if self.transport.is_closing():
            return
        if self.is_waiting:
            self.transport.write(_response(refusal))
            self.transport.close()
        else:
            self.transport.abort()


def connection_type(max_connections: int) -> type[asyncio.Protocol]:
    """Return the type of connections of which there may be so many."""
    return type("Connection", (BoundedConnection,), {"max_connections": max_connections})


def find_room() -> int:
    """Return how many connections there may be, once this process may open as many files as it needs for them."""
    needed = MAX_CONNECTIONS + OTHER_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < needed:
        soft = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return MAX_CONNECTIONS
    room = max(1, soft - OTHER_FILES)
    log.warning("only %d connections at once: raise the limit of open files (ulimit -n %d)", room, needed)
    return room


def _response(refusal: _Refusal) -> bytes:
    body = json.dumps({"code": refusal.code, "message": str(refusal), "job_id": None, "fields": []}).encode()
    headers = f"content-type: application/json\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"
    return STATUS_LINE[refusal.status] + headers.encode() + body
