"""Progress of long work: a bar on a terminal, nothing elsewhere."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import rich.progress

Report = Callable[[int, int | None], None]


class Progress(Protocol):
    """Where long work says how far it is."""

    def stage(self, name: str) -> Report:
        """Begin a stage; the function returned takes the units done and the units expected (None: unknown)."""


class Quiet:
    """Says nothing."""

    def __enter__(self) -> "Quiet":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing to end."""

    def stage(self, name: str) -> Report:
        """Begin a stage that reports to nobody."""
        return lambda done, total: None


class Bar:
    """One line on stderr for one source, gone when it is done."""

    def __init__(self, title: str) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        self._bar: rich.progress.Progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TextColumn("{task.fields[count]}", markup=False),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self._title = title if len(title) <= 40 else f"...{title[-37:]}"
        self._task = self._bar.add_task(f"{self._title}: starting", total=None, count="")

    def __enter__(self) -> "Bar":
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def stage(self, name: str) -> Report:
        """Begin a stage of this source."""
        unit = "bytes" if name == "downloading" else "s of video" if name == "extracting" else ""
        self._bar.reset(self._task, description=f"{self._title}: {name}", total=None, count="")

        def report(done: int, total: int | None) -> None:
            count = f"{done:,} of {total:,} {unit}" if total else f"{done:,} {unit}"
            self._bar.update(self._task, completed=done, total=total, count=count)

        return report


def show_progress(title: str, *, quiet: bool = False) -> "Bar | Quiet":
    """Return a bar where a person watches stderr, else something that says nothing."""
    return Bar(title) if sys.stderr.isatty() and not quiet else Quiet()


@contextmanager
def show_count(unit: str) -> Iterator[Callable[[int, int, str], None]]:
    """Give a function that shows how many are done, of how many, with rate and time left; on a terminal only."""
    if not sys.stderr.isatty():
        yield lambda done, total, words: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (BarColumn(), TextColumn("{task.description}", markup=False), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(f"counting {unit}", total=None)
        begun, first = time.monotonic(), -1

        def on_count(done: int, total: int, words: str) -> None:
            nonlocal first
            first = done if first < 0 else first
            rate = (done - first) / max(time.monotonic() - begun, 1e-3) * 3600
            pace = f"; {rate:,.0f} an hour" if rate else ""
            bar.update(task, completed=done, total=total, description=f"{done:,} of {total:,} {unit} ({words}{pace})")

        yield on_count
