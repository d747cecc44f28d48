"""MovieLens 20M YouTube Trailers: youtubeId, movieId, title; genres and IMDb ids from MovieLens' own tables beside it.

Layout, from the README of the amendment (grouplens.org/datasets/movielens/20m-youtube) for `ml-youtube.csv`, from that
of MovieLens (files.grouplens.org) for `movies.csv` (movieId,title,genres; genres between |) and `links.csv` (movieId,
imdbId, tmdbId; imdbId without tt).
"""

from collections.abc import Iterator
from pathlib import Path

from worker.importers.rows import PublishedRow, Row, Warn
from worker.importers.tables import find_beside, find_file, read_table

TABLES = ("ml-youtube.csv", "ml-20m-youtube.csv")
COLUMNS = ("youtubeId", "movieId", "title")


def read(path: Path, warn: Warn) -> Iterator[Row]:
    """Yield the rows of the table at `path`, or in that folder."""
    table = find_file(path, TABLES)
    genres = _read_beside(table, "movies.csv", "genres", warn)
    films = _read_beside(table, "links.csv", "imdbId", warn)
    for cells in read_table(table, COLUMNS):
        number = films.get(cells["movieId"], "")
        yield PublishedRow(
            source=cells["youtubeId"],
            imdb_id=f"tt{number:0>7}" if number.isdecimal() else None,
            title=cells["title"] or None,
            genres=tuple(filter(None, genres.get(cells["movieId"], "").split("|"))),
        )


def _read_beside(table: Path, name: str, column: str, warn: Warn) -> dict[str, str]:
    """Return one column of a table of MovieLens by movieId, empty if the table isn't there."""
    file = find_beside(table, (name,))
    if file is None:
        warn(f"no {name} of MovieLens beside {table.name}: trailers come without {column}")
        return {}
    return {cells["movieId"]: cells[column] for cells in read_table(file, ("movieId", column))}
