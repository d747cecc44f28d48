"""IMDB 5000, a list of trailers: titles with links in one table, titles with genres in another.

Layout, read from the files themselves. `imdb5000_trailer_links.csv`: an unnamed number, movie_title (ending in a
no-break space), trailer_link; 4,070 rows. `imdb5000_genre_matrix.csv`: movie_title and 26 genres as 0 or 1; 4,021 rows.

In the published matrix titles and genres have slipped apart: from its fifth row on the genres are another film's
(mean Jaccard index with IMDb's own genres .20 over 2,183 films, no better than rows off by any other number). So a
matrix is used only if well-known films have their genre in it.
"""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from classifier.counts import count
from worker.importers.rows import PublishedRow, Row, Warn
from worker.importers.tables import find_beside, find_file, read_table

TABLES = ("imdb5000_trailer_links.csv",)
MATRICES = ("imdb5000_genre_matrix.csv",)
COLUMNS = ("movie_title", "trailer_link")
# Undisputed genres of films whose title is unique.
WELL_KNOWN = {
    "Tangled": "Animation",
    "Up": "Animation",
    "Ratatouille": "Animation",
    "Brave": "Animation",
    "Madagascar": "Animation",
    "Shrek 2": "Animation",
    "Monsters University": "Animation",
    "The Conjuring": "Horror",
    "Saw": "Horror",
    "Insidious": "Horror",
    "The Exorcist": "Horror",
    "Chicago": "Musical",
    "Django Unchained": "Western",
    "Unforgiven": "Western",
    "Saving Private Ryan": "War",
    "Alien": "Sci-Fi",
    "Interstellar": "Sci-Fi",
}
MIN_RIGHT = 0.8
TRUE = ("1", "1.0", "true")


def read(path: Path, warn: Warn) -> Iterator[Row]:
    """Yield the rows of the table of links at `path`, or in that folder; links may be missing or channels."""
    table = find_file(path, TABLES)
    genres = _read_genres(table, warn)
    for cells in read_table(table, COLUMNS):
        title = cells["movie_title"]
        yield PublishedRow(source=cells["trailer_link"], title=title or None, genres=genres.get(title, ()))


def _read_genres(table: Path, warn: Warn) -> dict[str, tuple[str, ...]]:
    """Return the genres by title, without titles that several films share; none if the table can't be trusted."""
    file = find_beside(table, MATRICES)
    if file is None:
        warn(f"no {MATRICES[0]} beside {table.name}: trailers come without genres")
        return {}
    genres, counts = _read_matrix(file)
    tried = [(title, genre) for title, genre in WELL_KNOWN.items() if counts[title] == 1]
    right = sum(genre.casefold() in genres[title] for title, genre in tried)
    if tried and right < MIN_RIGHT * len(tried):
        warn(
            f"the genres in {file.name} don't belong to the titles beside them ({right} of {len(tried)} well-known "
            "films have the right one), so they are left out; set them with trailers labels import"
        )
        return {}
    n_shared = sum(n > 1 for n in counts.values())
    if n_shared:
        warn(f"{count(n_shared, 'title')} of several films in {file.name}: they come without genres")
    return {title: named for title, named in genres.items() if counts[title] == 1}


def _read_matrix(file: Path) -> tuple[dict[str, tuple[str, ...]], Counter[str]]:
    genres: dict[str, tuple[str, ...]] = {}
    counts: Counter[str] = Counter()
    for cells in read_table(file, ("movie_title",)):
        title = cells.pop("movie_title")
        counts[title] += 1
        genres[title] = tuple(name for name, cell in cells.items() if cell.casefold() in TRUE)
    return genres, counts
