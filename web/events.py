"""Server-sent events: a document whenever it has changed, until there is nothing more to come."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

from fastapi.encoders import jsonable_encoder
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from db.errors import StoreError

LOOK_S = 0.5
KEEP_ALIVE_S = 15.0
MAX_S = 3600.0  # a browser asks again by itself
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


@dataclass(frozen=True, slots=True)
class News:
    """A document as it is now; `over` says that it will not change any more."""

    document: dict[str, Any]
    over: bool


def stream(name: str, look: Callable[[], News | None]) -> StreamingResponse:
    """Return the events `name`, each with the document that `look` gives; None ends them, as its end does.

    A database that is away for a while is waited for.
    """
    return StreamingResponse(_events(name, look), media_type="text/event-stream", headers=HEADERS)


async def _events(name: str, look: Callable[[], News | None]) -> AsyncIterator[str]:
    loop = asyncio.get_running_loop()
    begun = told_at = loop.time()
    last = ""
    yield "retry: 2000\n\n"
    while loop.time() < begun + MAX_S:
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
