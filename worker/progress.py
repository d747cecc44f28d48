"""Progress of long work: a bar on a terminal, nothing elsewhere."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import rich.progress

Report = Callable[[int, int | None], None]


class Progress(Protocol):
    """Takes the progress of long work, stage by stage."""

    def stage(self, name: str) -> Report:
        """Start a stage; the function returned takes the units done and the units expected (None: unknown)."""


class Quiet:
    """Shows nothing."""

    def stage(self, name: str) -> Report:
        """Start a stage whose progress is not shown."""
        return lambda done, total: None


class Bar:
    """One line on stderr for one source."""

    def __init__(self, bar: "rich.progress.Progress", title: str) -> None:
        self._bar = bar
        self._title = title if len(title) <= 40 else f"...{title[-37:]}"
        self._task = bar.add_task(f"{self._title}: starting", total=None, count="")

    def stage(self, name: str) -> Report:
        """Start a stage of this source."""
        unit = "bytes" if name == "downloading" else "s of video" if name == "extracting" else ""
        self._bar.reset(self._task, description=f"{self._title}: {name}", total=None, count="")

        def report(done: int, total: int | None) -> None:
            count = f"{done:,} of {total:,} {unit}" if total else f"{done:,} {unit}"
            self._bar.update(self._task, completed=done, total=total, count=count)

        return report


@contextmanager
def show_progress(title: str, *, quiet: bool = False) -> Iterator[Progress]:
    """Give a bar that is gone afterwards, or something quiet where nobody watches stderr."""
    if quiet or not sys.stderr.isatty():
        yield Quiet()
        return
    from rich.progress import BarColumn, TextColumn, TimeRemainingColumn

    with _open_bar(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.fields[count]}", markup=False),
        TimeRemainingColumn(),
    ) as bar:
        yield Bar(bar, title)


@contextmanager
def show_count(unit: str) -> Iterator[Callable[[int, int, str], None]]:
    """Give a function that shows how many are done, of how many, with rate and time left, on a terminal only."""
    if not sys.stderr.isatty():
        yield lambda done, total, words: None
        return
    from rich.progress import BarColumn, TextColumn, TimeRemainingColumn

    with _open_bar(BarColumn(), TextColumn("{task.description}", markup=False), TimeRemainingColumn()) as bar:
        task = bar.add_task(f"counting {unit}", total=None)
        begun, first = time.monotonic(), -1

        def on_count(done: int, total: int, words: str) -> None:
            nonlocal first
            first = done if first < 0 else first
            rate = (done - first) / max(time.monotonic() - begun, 1e-3) * 3600
            pace = f"; {rate:,.0f} an hour" if rate else ""
            bar.update(task, completed=done, total=total, description=f"{done:,} of {total:,} {unit} ({words}{pace})")

        yield on_count


def _open_bar(*columns: "rich.progress.ProgressColumn") -> "rich.progress.Progress":
    from rich.console import Console
    from rich.progress import Progress

    return Progress(*columns, console=Console(stderr=True), transient=True)
