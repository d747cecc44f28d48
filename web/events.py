"""Server-sent events: a document whenever it has changed, until there is nothing more to come."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

from fastapi.encoders import jsonable_encoder
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from db.errors import StoreError
from web.errors import Refused

LOOK_S = 0.5
KEEP_ALIVE_S = 15.0
MAX_S = 3600.0  # a browser asks again by itself
MAX_OPEN = 100  # by one caller
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


@dataclass(frozen=True, slots=True)
class Update:
    """A document as it is now; `over` says that it will not change any more."""

    document: dict[str, Any]
    over: bool


class Streams:
    """The streams that are open: a bounded number for each caller, and none for long once the process is stopping."""

    def __init__(self) -> None:
        self.stopping = False
        self._n_open: Counter[str] = Counter()

    def open(self, name: str, look: Callable[[], Update | None], *, caller: str) -> StreamingResponse:
        """Return the events `name`, each with the document that `look` gives; None ends them, as its end does.

        A database that is away for a while is waited for. Raises Refused for a caller who watches too much at once.
        """
        if self._n_open[caller] >= MAX_OPEN:
            raise Refused("too_many_requests", f"you watch {MAX_OPEN} things already; close some", retry_after_s=10)
        events = self._counted(caller, self._events(name, look))
        return StreamingResponse(events, media_type="text/event-stream", headers=HEADERS)

    async def _counted(self, caller: str, events: AsyncGenerator[str]) -> AsyncIterator[str]:
        self._n_open[caller] += 1
        try:
            async for event in events:
                yield event
        finally:
            self._n_open[caller] -= 1
            await events.aclose()

    async def _events(self, name: str, look: Callable[[], Update | None]) -> AsyncGenerator[str]:
        loop = asyncio.get_running_loop()
        begun = told_at = loop.time()
        last = ""
        yield "retry: 2000\n\n"
        while loop.time() < begun + MAX_S and not self.stopping:
            try:
                news = await run_in_threadpool(look)
            except StoreError:
                await asyncio.sleep(2 * LOOK_S)
                continue
            if news is None:
                return
            data = json.dumps(jsonable_encoder(news.document), separators=(",", ":"))
            if data != last:
                last, told_at = data, loop.time()
                yield f"event: {name}\ndata: {data}\n\n"
            elif loop.time() > told_at + KEEP_ALIVE_S:
                told_at = loop.time()
                yield ": still here\n\n"
            if news.over:
                return
            await asyncio.sleep(LOOK_S)
