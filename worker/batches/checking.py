"""Checks of lists before anything is run: what each row was understood to be, and every doubt about it."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from extractor.errors import ExtractorError
from extractor.video.containers import check_container
from worker.errors import WorkerError
from worker.links import is_video_id, looks_like_link, parse_link
from worker.lists.reading import ListRow, absolute_source
from worker.tmdb import poster_doubt


@dataclass(frozen=True, slots=True)
class CheckedRow:
    """A row, the trailer or the path that its source was understood to be, and the code of why it can't be used."""

    row: ListRow
    source: str
    code: str | None
    doubts: tuple[str, ...]

    def describe(self) -> str:
        """Return in words what the row was understood to be."""
        row = self.row
        plot = f"{len(row.plot):,} characters" if row.plot else None
        metadata = ", ".join(f"{name}={value}" for name, value in row.metadata.items())
        known = (("title", row.title), ("id", row.id), ("external_id", row.external_id), ("film_id", row.film))
        more = (("year", row.year), ("franchise", row.franchise), ("genres", " | ".join(row.genres)), ("plot", plot))
        rest = (("poster", row.poster), ("split", row.split), ("metadata", metadata))
        parts = [f"{name} {value}" for name, value in (*known, *more, *rest) if value]
        return ", ".join([self.source if self.code is None else f"{self.code} {self.source!r}", *parts])


def check_row(row: ListRow, folder: Path, *, sites: Collection[str]) -> CheckedRow:
    """Return what a row means in a list of this folder; of a file only the first bytes are read."""
    doubts = (*row.notes, *_poster_doubts(row.poster, folder))
    try:
        source = _check_source(row, folder, sites)
    except (WorkerError, ExtractorError) as exc:
        return CheckedRow(row, row.source[:200], exc.code, (str(exc), *doubts))
    return CheckedRow(row, source, None, doubts)


def _check_source(row: ListRow, folder: Path, sites: Collection[str]) -> str:
    if row.problem is not None:
        raise WorkerError("bad_source", row.problem)
    source = absolute_source(row.source, folder)
    if looks_like_link(source) or is_video_id(source):
        return parse_link(source, sites=sites).trailer_id
    check_container(Path(source))
    return source


def _poster_doubts(poster: str | None, folder: Path) -> tuple[str, ...]:
    if poster is None:
        return ()
    if doubt := poster_doubt(poster):
        return (doubt,)
    if _is_file(absolute_source(poster, folder)):
        return ()
    return (f"there is no poster file {poster[:200]!r}",)


def _is_file(text: str) -> bool:
    try:
        return Path(text).is_file()
    except (OSError, ValueError):
        return False
