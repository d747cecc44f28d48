"""Trailers12k: `mtgc.csv` with ten genres and three splits by film, `metadata.json` with the YouTube ids.

Layout, from richardtml.github.io/trailers12k for `mtgc.csv` (mid; action ... thriller as 0 or 1; split0, split1, split2
with 0 training, 1 validation, 2 test; also named trailers12k_mtgc.csv, in the authors' programs trailers12k_mgtc.csv).
Of `metadata.json`, as programs that use it show:
{"trailers12k": {key: {"imdb": {"id": ..., "title"?}, "youtube": {"trailers": [{"id": ...}]}}}}, the
IMDb id without tt, the first trailer being the film's; a list in place of the inner object is accepted, too.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from worker.errors import WorkerError
from worker.importers.published_features import PublishedFilm
from worker.importers.rows import PublishedRow, Row, Warn
from worker.importers.tables import SUBSETS, find_beside, find_file, read_json, read_table

TABLES = ("mtgc.csv", "trailers12k_mtgc.csv", "trailers12k_mgtc.csv")
METADATA = ("metadata.json",)
GENRES = ("action", "adventure", "comedy", "crime", "drama", "fantasy", "horror", "romance", "sci-fi", "thriller")
SPLITS = ("split0", "split1", "split2")

Video = tuple[str, str | None]  # a YouTube id, and the film's title


def read(path: Path, warn: Warn) -> Iterator[Row]:
    """Yield the rows of the table at `path`, or in that folder; a film without a YouTube id can't be used."""
    table = find_file(path, TABLES)
    file = find_beside(table, METADATA)
    if file is None:
        raise WorkerError(
            "file_not_found",
            f"there is no {METADATA[0]} beside {table.name}; it has the YouTube ids and is at Zenodo, 5716409",
        )
    for film in read_films(table, _read_videos(file)):
        if film and film.url:
            yield PublishedRow(film.url, film.key, film.title, film.genres, film.split)
        else:
            yield "not_found" if film else "bad_source"


def read_films(table: Path, videos: Mapping[str, Video]) -> Iterator[PublishedFilm | None]:
    """Yield the films of the table, None for a row without one; those of known `videos` have title and YouTube id."""
    for cells in read_table(table, ("mid", *GENRES, *SPLITS)):
        number = _number(cells["mid"])
        video_id, title = videos.get(number, (None, None))
        genres = tuple(genre for genre in GENRES if cells[genre] in ("1", "1.0"))
        split = " ".join(f"{place}:{SUBSETS.get(cells[name], '?')}" for place, name in enumerate(SPLITS))
        yield PublishedFilm(f"tt{number:0>7}", genres, split, title, video_id) if number.isdecimal() else None


def find_videos(table: Path, warn: Warn) -> Mapping[str, Video]:
    """Return what the metadata beside the table says, by the digits of a film's IMDb id; without one nothing."""
    file = find_beside(table, METADATA)
    if file is None:
        warn(f"there is no {METADATA[0]} beside {table.name}: trailers come without titles and links")
        return {}
    return _read_videos(file)


def _read_videos(file: Path) -> Mapping[str, Video]:
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
