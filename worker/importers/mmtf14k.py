"""MMTF-14K: AlexNet features of 13,623 trailers, means over their frames, with MovieLens' ids and genres.

Layout, of the unpacked Final_MMTF14K_Web.zip: `Data/movie_description.csv` with movieId, title, YTId, as its page says
(mmprj.github.io/mtrm_dataset); the others as programs that read it show: `Metadata/GenreFeatures.csv`, movieId and a
column of 0 or 1 for each of MovieLens' genres, and `Visual/AlexNet features/Avg/AlexNetFeatures - AVG - fc7.csv`, a
heading, then movieId and 4,096 numbers a row. No part is said to be for tests: there is no published split.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from worker.errors import WorkerError
from worker.importers.published_features import PublishedFeatures, PublishedFilm, find_url
from worker.importers.rows import Warn
from worker.importers.tables import find_file, read_table

DIM = 4096
FILMS = ("Data/movie_description.csv", "Final_MMTF14K_Web/Data/movie_description.csv")
GENRES = "Metadata/GenreFeatures.csv"
VECTORS = "Visual/AlexNet features/Avg/AlexNetFeatures - AVG - fc7.csv"
MAX_LINE = 2**18  # bytes; 4,096 numbers of 17 digits have 90,000


def read(path: Path, warn: Warn) -> PublishedFeatures:
    """Return the features in a folder; raises WorkerError for another layout."""
    table = find_file(path, FILMS)
    folder = table.parent.parent
    genres = _read_genres(folder / GENRES, warn)
    films = {cells["movieId"]: cells for cells in read_table(table, ("movieId", "title", "YTId"))}
    return PublishedFeatures(
        name="mmtf14k",
        published="https://mmprj.github.io/mtrm_dataset",
        backbone="alexnet",
        frames="avg",
        vocabulary="movielens",
        films=[
            PublishedFilm(key, genres.get(key, ()), title=cells["title"] or None, url=find_url(cells["YTId"]))
            for key, cells in films.items()
        ],
        open=partial(_open, folder / VECTORS),
    )


def _read_genres(file: Path, warn: Warn) -> dict[str, tuple[str, ...]]:
    if not file.is_file():
        warn(f"there is no {GENRES}: trailers come without genres")
        return {}
    return {
        cells.pop("movieId"): tuple(name for name, cell in cells.items() if cell in ("1", "1.0"))
        for cells in read_table(file, ("movieId",))
    }


@dataclass(frozen=True, slots=True)
class _Rows:
    """The rows of an open table of vectors; `places` are where those of a film begin, in bytes."""

    file: IO[bytes]
    places: dict[str, int]

    def __contains__(self, film: PublishedFilm) -> bool:
        """Tell whether there is one of a film."""
        return film.key in self.places

    def read(self, film: PublishedFilm) -> NDArray[np.float32]:
        """Return that of a film, of shape (1, 4096); raises WorkerError for a damaged one."""
        self.file.seek(self.places[film.key])
        _, *numbers = self.file.readline(MAX_LINE).split(b",")
        try:
            with np.errstate(over="ignore"):  # a number too large becomes infinite, and is refused as such
                vector = np.array(numbers, dtype=np.float32)
        except ValueError as exc:
            raise WorkerError("corrupt", f"the vector of {film.key} is not one of numbers: {exc}") from exc
        if len(vector) != DIM:
            raise WorkerError("bad_dimensions", f"the vector of {film.key} has {len(vector):,} numbers, not {DIM:,}")
        return vector[np.newaxis]


@contextmanager
def _open(path: Path) -> Iterator[_Rows]:
    try:
        file = path.open("rb")
    except OSError as exc:
        raise WorkerError("file_not_found", f"{str(path)!r} can't be read: {exc.strerror}") from exc
    with file:
        places, start = dict[str, int](), len(file.readline(MAX_LINE))
        while line := file.readline(MAX_LINE):
            places[line.partition(b",")[0].decode("ascii", "replace")] = start
            start += len(line)
        yield _Rows(file, places)
