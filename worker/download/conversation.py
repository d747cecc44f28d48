"""Conversations with a download child: one JSON request, then its JSON lines, within a time limit and a stall limit."""

import json
import selectors
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from worker.errors import WorkerError

CHUNK_BYTES = 65_536
MAX_LINE_BYTES = 2**20
STDERR_BYTES = 8_192
TICK_S = 1.0


class Conversation:
    """One child's pipes; `listen` returns its final message, None when it ended without one.

    Any line puts off the stall limit; nothing puts off the time limit.
    """

    def __init__(self, process: "subprocess.Popen[bytes]", *, timeout_s: float, stall_s: float) -> None:
        self._process, self._timeout_s, self._stall_s = process, timeout_s, stall_s
        self._deadline = time.monotonic() + timeout_s
        self._heard = time.monotonic()
        self._unread = b""
        self._progress: tuple[int, int | None] = (0, None)
        self.stderr_tail = b""

    def send(self, request: str) -> None:
        """Send the request; `listen` notices a child that is dead already."""
        assert self._process.stdin is not None  # noqa: S101 - started with a pipe
        with suppress(BrokenPipeError), self._process.stdin as stdin:
            stdin.write(request.encode())

    def listen(self, on_progress: Callable[[int, int | None], None]) -> dict[str, Any] | None:
        """Return the line that is a result or an error; raises WorkerError (network_timeout) at either limit.

        `on_progress` is called at least once a second, so that it can end the wait by raising an exception.
        """
        with selectors.DefaultSelector() as selector:
            for stream in (self._process.stdout, self._process.stderr):
                if stream is not None:
                    selector.register(stream, selectors.EVENT_READ)
            while True:
                events = selector.select(min(self._seconds_left(), TICK_S))
                if not events:
                    on_progress(*self._progress)
                for key, _ in events:
                    chunk = key.fileobj.read(CHUNK_BYTES)  # type: ignore[union-attr]
                    if key.fileobj is self._process.stderr:
                        self._keep_stderr(chunk) if chunk else selector.unregister(key.fileobj)
                    elif not chunk:
                        return None
                    elif message := self._read(chunk, on_progress):
                        return message

    def last_status(self, *, wait_s: float) -> int | None:
        """Return the exit status of a child that has closed its pipes, None if it doesn't exit."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(wait_s)
        return self._process.returncode

    def close(self) -> None:
        """Close the pipes."""
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            if stream is not None:
                stream.close()

    def _seconds_left(self) -> float:
        """Return the seconds to wait for the next line."""
        now = time.monotonic()
        if now >= self._deadline:
            raise WorkerError(
                "network_timeout",
                f"the download took longer than {self._timeout_s:.0f} s (TRAILERS_DOWNLOAD_TIMEOUT_S); try again later",
            )
        if now >= self._heard + self._stall_s:
            raise WorkerError("network_timeout", f"the download stalled for {self._stall_s:.0f} s; try again later")
        return min(self._deadline, self._heard + self._stall_s) - now

    def _read(self, chunk: bytes, on_progress: Callable[[int, int | None], None]) -> dict[str, Any] | None:
        *lines, self._unread = (self._unread + chunk).split(b"\n")
        if len(self._unread) > MAX_LINE_BYTES:
            raise WorkerError(
                "download_failed", "the download process wrote a megabyte without a line end; report this"
            )
        for line in lines:
            self._heard = time.monotonic()
            message: dict[str, Any] = json.loads(line)
            if "progress" not in message:
                return message
            done, total = message["progress"]
            self._progress = (done, total)
            on_progress(done, total)
        return None

    def _keep_stderr(self, chunk: bytes) -> None:
        self.stderr_tail = (self.stderr_tail + chunk)[-STDERR_BYTES:]
