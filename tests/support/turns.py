"""Turns of tests that run beside each other in several processes: with others, or alone where time is measured."""

import fcntl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path


@contextmanager
def locked(path: Path, kind: int = fcntl.LOCK_EX) -> Iterator[None]:
    """Hold an flock on `path`, however long that takes to get."""
    with path.open("a") as file:
        fcntl.flock(file, kind)
        try:
            yield
        finally:
            fcntl.flock(file, fcntl.LOCK_UN)  # also where a process we forked still has the file


@contextmanager
def turn(folder: Path, *, alone: bool) -> Iterator[None]:
    """Be in the room with others, or alone; who waits to be alone lets nobody else in before."""
    with ExitStack() as room:
        with locked(folder / "door"):
            room.enter_context(locked(folder / "room", fcntl.LOCK_EX if alone else fcntl.LOCK_SH))
        yield
