"""Trailers12k: `mtgc.csv` with ten genres and three splits by film, `metadata.json` with the YouTube ids.

Layout, from richardtml.github.io/trailers12k for `mtgc.csv` (mid; action ... thriller as 0 or 1; split0, split1, split2
with 0 training, 1 validation, 2 test; also named trailers12k_mtgc.csv). Of `metadata.json`, as programs that use it
show: {"trailers12k": {key: {"imdb": {"id": ..., "title"?}, "youtube": {"trailers": [{"id": ...}]}}}}, the
IMDb id without tt, the first trailer being the film's; a list in place of the inner object is accepted, too.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from worker.errors import WorkerError
from worker.importers.rows import PublishedRow, Row, Warn
from worker.importers.tables import SUBSETS, find_beside, find_file, read_json, read_table

TABLES = ("mtgc.csv", "trailers12k_mtgc.csv")
METADATA = ("metadata.json",)
GENRES = ("action", "adventure", "comedy", "crime", "drama", "fantasy", "horror", "romance", "sci-fi", "thriller")
SPLITS = ("split0", "split1", "split2")


def read(path: Path, warn: Warn) -> Iterator[Row]:
    """Yield the rows of the table at `path`, or in that folder; a film without a YouTube id can't be used."""
    table = find_file(path, TABLES)
    videos = _read_videos(table)
    for cells in read_table(table, ("mid", *GENRES, *SPLITS)):
        video_id, title = videos.get(_number(cells["mid"]), ("", None))
        if not video_id:
            yield "not_found" if cells["mid"] else "bad_source"
            continue
        yield PublishedRow(
            source=video_id,
            imdb_id=f"tt{_number(cells['mid']):0>7}",
            title=title,
            genres=tuple(genre for genre in GENRES if cells[genre] in ("1", "1.0")),
            split=" ".join(f"{place}:{SUBSETS.get(cells[name], '?')}" for place, name in enumerate(SPLITS)),
        )


def _read_videos(table: Path) -> dict[str, tuple[str, str | None]]:
    """Return the YouTube id and title of each film by the digits of its IMDb id."""
    file = find_beside(table, METADATA)
    if file is None:
        raise WorkerError(
            "file_not_found",
            f"there is no {METADATA[0]} beside {table.name}; it has the YouTube ids and is at Zenodo, 5716409",
        )
    document = read_json(file)
    entries = document.get("trailers12k") if isinstance(document, dict) else None
    if isinstance(entries, dict):
        entries = list(entries.values())
    if not isinstance(entries, list):
        raise WorkerError("bad_source", f'{str(file)!r} must be {{"trailers12k": {{...}}}} with a film in each entry')
    return dict(filter(None, map(_video, entries)))


def _video(entry: Any) -> tuple[str, tuple[str, str | None]] | None:
    try:
        film, video_id = entry["imdb"], entry["youtube"]["trailers"][0]["id"]
        number, title = _number(str(film["id"])), film.get("title")
    except (TypeError, LookupError, AttributeError):
        return None
    if not number.isdecimal() or not isinstance(video_id, str):
        return None
    return number, (video_id, title if isinstance(title, str) else None)


def _number(film_id: str) -> str:
    return film_id.removeprefix("tt").lstrip("0")
