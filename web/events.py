"""Server-sent events: a document whenever it has changed, until it is final."""

import asyncio
import json
import threading
from collections import Counter
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from typing import Any

from fastapi.encoders import jsonable_encoder
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool
from starlette.types import Receive, Scope, Send

from db.errors import StoreError
from web.errors import Refused

POLL_S = 0.5
KEEP_ALIVE_S = 15.0
MAX_S = 3600.0  # a browser reconnects by itself
MAX_OPEN = 100  # for one caller
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


@dataclass(frozen=True, slots=True)
class Update:
    """A document as it is now; `final` says that it will not change any more."""

    document: dict[str, Any]
    final: bool


class _Stream(StreamingResponse):
    """A response that tells its end, also where it never began."""

    def __init__(self, events: AsyncGenerator[str], on_end: Callable[[], None]) -> None:
        super().__init__(events, media_type="text/event-stream", headers=HEADERS)
        self._events, self._on_end = events, on_end

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the events."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._on_end()
            await self._events.aclose()


class Streams:
    """The open streams: a limited number for each caller; all end soon once the process is stopping."""

    def __init__(self) -> None:
        self.stopping = False
        self._n_open: Counter[str] = Counter()
        self._lock = threading.Lock()

    def open(self, name: str, read: Callable[[], Update | None], *, caller: str) -> StreamingResponse:
        """Return events `name` with each new document that `read` returns; None ends them, as a final document does.

        Waits while the database is not available. Raises Refused for a caller with too many open streams.
        """
        with self._lock:
            if self._n_open[caller] >= MAX_OPEN:
                raise Refused(
                    "too_many_requests", f"you have {MAX_OPEN} event streams open already; close some", retry_after_s=10
                )
            self._n_open[caller] += 1
        return _Stream(self._events(name, read), lambda: self._close(caller))

    def _close(self, caller: str) -> None:
        with self._lock:
            self._n_open[caller] -= 1

    async def _events(self, name: str, read: Callable[[], Update | None]) -> AsyncGenerator[str]:
        loop = asyncio.get_running_loop()
        begun = sent_at = loop.time()
        last = ""
        yield "retry: 2000\n\n"
        while loop.time() < begun + MAX_S and not self.stopping:
            try:
                update = await run_in_threadpool(read)
            except StoreError:
                await asyncio.sleep(2 * POLL_S)
                continue
            if update is None:
                return
            data = json.dumps(jsonable_encoder(update.document), separators=(",", ":"))
            if data != last:
                last, sent_at = data, loop.time()
                yield f"event: {name}\ndata: {data}\n\n"
            elif loop.time() > sent_at + KEEP_ALIVE_S:
                sent_at = loop.time()
                yield ": still here\n\n"
            if update.final:
                return
            await asyncio.sleep(POLL_S)
