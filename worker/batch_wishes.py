"""From a list's row to a wish: what it asks about, and what of its labels, plot and poster can be used."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from db.job_records import Given, JobError
from extractor.errors import BadPoster
from extractor.plots import MAX_PLOT
from extractor.posters import MAX_BYTES, read_poster
from worker.errors import CLASSES
from worker.links import Link, looks_like_link
from worker.lists import ListRow, absolute_source, read_list
from worker.runtime import Runtime
from worker.sources import LocalFile
from worker.submission import resolve

_IMDB_ID = re.compile(r"tt\d+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Wish:
    """A row with what its source turned out to be; `note` says what else of it can't be used, and why."""

    row: ListRow
    source: Link | LocalFile | JobError
    given: Given
    note: str | None

    @property
    def trailer_id(self) -> str | None:
        """The trailer it is about, None if its source can't be used."""
        return None if isinstance(self.source, JobError) else self.source.trailer_id


def read_wishes(runtime: Runtime, path: Path, *, after: int, label_source: str | None = None) -> Iterator[Wish]:
    """Yield a wish for each row of a list after row number `after`; files are read for their digests.

    `label_source` says whose words the genres are, the list's name unless given.
    """
    folder = path.absolute().parent
    for row in read_list(path):
        if row.row > after:
            yield _to_wish(runtime, row, folder, label_source=label_source or path.name)


def _to_wish(runtime: Runtime, row: ListRow, folder: Path, *, label_source: str) -> Wish:
    if row.problem is not None:
        return Wish(row, JobError("bad_source", CLASSES["bad_source"], row.problem), Given(), None)
    source = resolve(runtime, absolute_source(row.source, folder))
    if isinstance(source, JobError):
        return Wish(row, source, Given(), None)
    plot, plot_note = _usable_plot(row.plot)
    poster, digest, poster_note = _usable_poster(row.poster, folder)
    given = Given(
        title=row.title,
        genres=row.genres,
        label_source=label_source if row.genres else None,
        split=row.split,
        imdb_id=row.id if row.id and _IMDB_ID.fullmatch(row.id) else None,
        plot=plot,
        poster=poster,
        poster_sha256=digest,
    )
    slim = replace(row, plot=None)  # a thousand rows at once are in memory
    return Wish(slim, source, given, "; ".join(filter(None, (plot_note, poster_note))) or None)


def _usable_plot(plot: str | None) -> tuple[str | None, str | None]:
    """Return the plot and None, or None and why it can't be used."""
    if plot is None or len(plot) <= MAX_PLOT:
        return plot, None
    return None, f"plot not used (bad_plot): it has {len(plot):,} characters, over the limit of {MAX_PLOT:,}"


def _usable_poster(text: str | None, folder: Path) -> tuple[str | None, str | None, str | None]:
    """Return the poster's path, its sha256 and None, or None, None and why it can't be used."""
    if text is None:
        return None, None, None
    try:
        path, data = _read_poster_file(text, folder)
        read_poster(data)
    except BadPoster as exc:
        return None, None, f"poster not used ({exc.code}): {exc}"
    return str(path), sha256(data).hexdigest(), None


def _read_poster_file(text: str, folder: Path) -> tuple[Path, bytes]:
    if looks_like_link(text):
        raise BadPoster(f"{text[:80]!r} is a link; give the picture's file")
    path = Path(absolute_source(text, folder))
    try:
        if not path.is_file():  # a pipe would never end
            raise BadPoster(f"there is no file {text!r}")
        with path.open("rb") as file:
            return path, file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as exc:
        raise BadPoster(f"the poster {text!r} can't be read: {getattr(exc, 'strerror', exc)}") from exc
