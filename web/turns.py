"""Turns: work on large bodies, of which little is done at once and not much may wait, because each takes memory."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

from starlette.concurrency import run_in_threadpool

from web.errors import Refused

Result = TypeVar("Result")


class Turns:
    """A kind of work, done for `at_once` requests at a time, while `held` of them at most are read or wait."""

    def __init__(self, *, at_once: int, held: int) -> None:
        self._turn = asyncio.Semaphore(at_once)
        self._held, self._n_held = held, 0

    @asynccontextmanager
    async def hold(self) -> AsyncIterator[None]:
        """Count a request from before its body is read until it is answered; raises Refused for one too many."""
        if self._n_held >= self._held:
            raise Refused(
                "too_many_requests",
                f"{self._held} files such as this one are being read just now; try again in a few seconds",
                retry_after_s=5,
            )
        self._n_held += 1
        try:
            yield
        finally:
            self._n_held -= 1

    async def run(self, work: Callable[[], Result]) -> Result:
        """Return what the work returns, done in a thread when it is its turn."""
        async with self._turn:
            return await run_in_threadpool(work)
