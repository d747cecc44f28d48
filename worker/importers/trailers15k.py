"""Trailers15k: labels of 15,000 films in a table, Inception-v3 features of one frame a second in zarr.

Layout (turing.iimas.unam.mx/~bereml/project/trailers). `trailers15k-mltc.csv`: `mid` (film), ten columns of genres
as 0 or 1, `subset` (0 training, 1 validation, 2 test). `train.zip`, `valid.zip`, `test.zip`: zip stores of zarr 2, a
group opened with `zarr.group(store=zarr.ZipStore(...))`. That a trailer's array is found under its mid, of shape
(frames, 2048), is how its successor Trailers12k is documented; the page only shows one trailer loaded this way.
"""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

from classifier.genres import read_genres
from worker.errors import WorkerError
from worker.importers.published_features import PublishedFeatures, PublishedFilm
from worker.importers.rows import Warn
from worker.importers.tables import SUBSETS, Cells, find_file, read_table
from worker.importers.zarr_arrays import ZarrFile, ZarrVectors, import_numcodecs

NAME = "trailers15k"
DIM = 2048  # of the published vectors
TABLES = ("trailers15k-mltc.csv",)
STORES = {subset: (f"{subset}.zip", subset, f"{subset}.zarr") for subset in SUBSETS.values()}
N_GENRES = 10


def read(path: Path, warn: Warn) -> PublishedFeatures:
    """Return the features in the folder of `path`, or in that folder; raises WorkerError for another layout."""
    folder = path if path.is_dir() else path.parent
    films, genres, n_bad = _read_films(folder)
    return PublishedFeatures(
        name=NAME,
        published="https://turing.iimas.unam.mx/~bereml/project/trailers",
        backbone="inception_v3",
        frames="1fps",
        vocabulary=NAME,
        films=films,
        open=partial(_open, folder, warn),
        known=genres,
        n_bad=n_bad,
    )


def _read_films(folder: Path) -> tuple[list[PublishedFilm], tuple[str, ...], int]:
    """Return the films of the table, its ten genres, and how many rows can't be used."""
    file = find_file(folder, TABLES)
    rows = list(read_table(file, ("mid", "subset")))
    columns = [name for cells in rows[:1] for name in cells if name not in ("mid", "subset")]
    genres = read_genres(columns, NAME).genres
    if len(columns) != N_GENRES or len(genres) != N_GENRES:
        raise WorkerError(
            "bad_source", f"{str(file)!r} must have the columns mid, ten genres, subset; found: {', '.join(columns)}"
        )
    films = [_film(cells, dict(zip(columns, genres, strict=True))) for cells in rows]
    good = {film.key: film for film in films if film}
    return list(good.values()), genres, films.count(None)


def _film(cells: Cells, genres: Mapping[str, str]) -> PublishedFilm | None:
    subset = SUBSETS.get(cells["subset"])
    chosen = tuple(genre for column, genre in genres.items() if cells[column] in ("1", "1.0"))
    return PublishedFilm(cells["mid"], chosen, subset) if subset and cells["mid"] else None


@contextmanager
def _open(folder: Path, warn: Warn) -> Iterator[ZarrVectors]:
    import_numcodecs()  # if it is missing, the user hears it before the long work
    with ExitStack() as stack:
        files: dict[str | None, ZarrFile] = {}
        for subset, names in STORES.items():
            path = next((folder / name for name in names if (folder / name).exists()), None)
            if path is None:
                warn(f"{names[0]} is not in {str(folder)!r}: its trailers are left out")
            else:
                files[subset] = stack.enter_context(ZarrFile(path))
        if not files:
            raise WorkerError("file_not_found", f"{str(folder)!r} holds none of train.zip, valid.zip, test.zip")
        yield ZarrVectors(lambda film: files.get(film.split), DIM)
