"""LMTD-9: labels and splits in SQLite, trailers as files; no YouTube ids are published.

Layout, of github.com/jwehrmann/lmtd, `lmtd9/database.py` and the notebook `lmtd_demo.ipynb`: `database.db` with tables
lmtd9_0 (id, set 0, 1 or 2 for train, valid, test, isAction ... isThriller), trailers (id, path, imdbID) and movies
(imdbID, Title, ...); videos in `videos/`, by `path` or by the id in six digits. Its features,
of ResNet-152 on key frames, come as a pickle and are not read.
"""

import contextlib
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from worker.errors import WorkerError
from worker.importers.rows import PublishedRow, Row, Warn
from worker.importers.tables import SUBSETS, find_file
from worker.lists.kinds import VIDEO_SUFFIXES

DATABASES = ("database.db", "data/database.db", "lmtd9/data/database.db", "lmtd/lmtd9/data/database.db")
GENRES = ("Action", "Adventure", "Comedy", "Crime", "Drama", "Horror", "Romance", "SciFi", "Thriller")
_QUERY = f"""
    SELECT lmtd9_0.id, lmtd9_0."set", trailers.path, trailers.imdbID, movies.Title,
           {", ".join(f"lmtd9_0.is{genre}" for genre in GENRES)}
    FROM lmtd9_0 JOIN trailers USING (id) LEFT JOIN movies ON movies.imdbID = trailers.imdbID
    ORDER BY lmtd9_0.id
"""  # noqa: S608 - of constants
_IMDB_ID = re.compile(r"tt\d+", re.ASCII)


def read(path: Path, warn: Warn) -> Iterator[Row]:
    """Yield the rows of the database at `path`, or in that folder; `videos/` is looked for beside it and above."""
    database = find_file(path, DATABASES)
    videos = next((up / "videos" for up in database.absolute().parents[:5] if (up / "videos").is_dir()), None)
    if videos is None:
        warn("there is no folder videos/ beside the database or above it: none of its trailers can be queued")
    for row in _rows(database):
        number, subset, name, imdb_id, title, *flags = row
        file = _video(videos, name, number) if videos else None
        if file is None:
            yield "file_not_found"
            continue
        yield PublishedRow(
            source=str(file),
            imdb_id=imdb_id if isinstance(imdb_id, str) and _IMDB_ID.fullmatch(imdb_id) else None,
            title=title if isinstance(title, str) else None,
            genres=tuple(genre for genre, flag in zip(GENRES, flags, strict=True) if flag == 1),
            split=SUBSETS.get(str(subset)),
        )


def _rows(database: Path) -> Iterator[tuple[object, ...]]:
    address = f"file:{quote(str(database.absolute()))}?mode=ro&immutable=1"
    try:
        with contextlib.closing(sqlite3.connect(address, uri=True)) as connection:
            connection.execute("PRAGMA trusted_schema = OFF")
            connection.execute("PRAGMA cell_size_check = ON")
            connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, 1_000_000)
            yield from connection.execute(_QUERY)
    except sqlite3.Error as exc:
        raise WorkerError(
            "bad_source",
            f"{str(database)!r} is not LMTD-9's database ({exc}); expected: lmtd9_0 (id, set, isAction ...), "
            "trailers (id, path, imdbID) and movies (imdbID, Title)",
        ) from exc


def _video(folder: Path, name: object, number: object) -> Path | None:
    """Return the video of a trailer, never one outside the folder, whatever its name."""
    names = [Path(name).name] if isinstance(name, str) and "\0" not in name else []
    if isinstance(number, int):
        names += [f"{number:06d}{suffix}" for suffix in VIDEO_SUFFIXES]
    root = folder.resolve()
    files = (folder / each for each in names if each not in ("", ".", ".."))
    return next((file for file in files if file.is_file() and file.resolve().is_relative_to(root)), None)
