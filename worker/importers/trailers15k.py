"""Trailers15k: labels of 15,000 films in a table, Inception-v3 features of one frame a second in zarr.

Layout (turing.iimas.unam.mx/~bereml/project/trailers). `trailers15k-mltc.csv`: `mid` (film), ten columns of genres
as 0 or 1, `subset` (0 training, 1 validation, 2 test). `train.zip`, `valid.zip`, `test.zip`: zip stores of zarr 2, a
group opened with `zarr.group(store=zarr.ZipStore(...))`. That a trailer's array is found under its mid, of shape
(frames, 2048), is how its successor Trailers12k is documented; the page only shows one trailer loaded this way.

Neither weights nor preprocessing nor frame rule were published, so the features have their own features_id and are
never mixed with ours; the videos were never seen here, so their size, codec and digest are unknown (0, "").
"""

import hashlib
import re
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from classifier.genres import read_genres
from db.features import check
from db.records import Source, Trailer, TrailerLabels, VideoRecord, is_trailer_id
from db.store import Store
from extractor.features import FrameFeatures, Provenance
from extractor.limits import MAX_FRAMES
from worker.batches.waiting import OnCount
from worker.errors import WorkerError, describe
from worker.importers.rows import Warn
from worker.importers.tables import SUBSETS, Cells, find_file, read_table
from worker.importers.tally import Tally
from worker.importers.zarr_arrays import ZarrFile, import_numcodecs

NAME = "trailers15k"
ORIGIN = "https://turing.iimas.unam.mx/~bereml/project/trailers"
DIM = 2048  # of the published vectors
FEATURES_ID = f"inception_v3-{NAME}-{hashlib.sha256(ORIGIN.encode()).hexdigest()[:8]}-1fps"
TABLES = ("trailers15k-mltc.csv",)
STORES = {subset: (f"{subset}.zip", subset, f"{subset}.zarr") for subset in SUBSETS.values()}
N_GENRES = 10
CHUNK = 200
_IMDB_ID = re.compile(r"tt\d{7,10}", re.ASCII)
_PROVENANCE = Provenance("inception_v3", "", f"{NAME}-1fps", "float32", {"published": ORIGIN})


@dataclass(frozen=True, slots=True)
class Film:
    """A row of the table; `genres` in IMDb's words."""

    mid: str
    genres: tuple[str, ...]
    subset: str

    @property
    def trailer_id(self) -> str:
        """The id in the database: that of the film in this data set, since neither video nor link is known."""
        return f"{NAME}:{self.mid}"


def read_films(path: Path) -> tuple[list[Film], tuple[str, ...], int]:
    """Return the films of the table at `path`, or in that folder, its ten genres, and how many rows can't be used.

    Raises WorkerError for another layout.
    """
    file = find_file(path if path.is_dir() else path.parent, TABLES)
    rows = list(read_table(file, ("mid", "subset")))
    columns = [name for cells in rows[:1] for name in cells if name not in ("mid", "subset")]
    genres = read_genres(columns, NAME).genres
    if len(columns) != N_GENRES or len(genres) != N_GENRES:
        raise WorkerError(
            "bad_source", f"{str(file)!r} must have the columns mid, ten genres, subset; found: {', '.join(columns)}"
        )
    films = [_film(cells, dict(zip(columns, genres, strict=True))) for cells in rows]
    good = {film.mid: film for film in films if film}
    return list(good.values()), genres, films.count(None)


def _film(cells: Cells, genres: dict[str, str]) -> Film | None:
    subset = SUBSETS.get(cells["subset"])
    chosen = tuple(genre for column, genre in genres.items() if cells[column] in ("1", "1.0"))
    film = Film(cells["mid"], chosen, subset) if subset else None
    return film if film and is_trailer_id(film.trailer_id) else None


class Importer:
    """Writes the features and labels that aren't stored yet; what a killed run wrote is whole and not written again."""

    def __init__(self, path: Path, *, limit: int | None, warn: Warn) -> None:
        self._folder = path if path.is_dir() else path.parent
        films, self._known, n_bad = read_films(path)
        self._films = films[:limit]
        self._warn = warn
        self.tally = Tally(rows=len(self._films) + n_bad, problems=+Counter(bad_source=n_bad))
        self.n_written = 0

    def run(self, store: Store | None, on_count: OnCount = lambda *_: None) -> None:
        """Import into the store; None only checks which features can be read."""
        import_numcodecs()  # if it is missing, the user hears it before the long work
        films = iter(self._films)
        n_done = 0
        with ExitStack() as stack:
            files = self._open(stack)
            while chunk := list(islice(films, CHUNK)):
                ids = [film.trailer_id for film in chunk]
                counts = store.features.counts(ids) if store else {}
                stored = {trailer_id for trailer_id, kind in counts if kind == FEATURES_ID}
                for film in chunk:
                    self._import_film(store, film, files.get(film.subset), is_stored=film.trailer_id in stored)
                    n_done += 1
                    on_count(n_done, len(self._films), "read")

    def _open(self, stack: ExitStack) -> dict[str, ZarrFile]:
        files = {}
        for subset, names in STORES.items():
            path = next((self._folder / name for name in names if (self._folder / name).exists()), None)
            if path is None:
                self._warn(f"{names[0]} is not in {str(self._folder)!r}: its trailers are left out")
            else:
                files[subset] = stack.enter_context(ZarrFile(path))
        if not files:
            raise WorkerError("file_not_found", f"{str(self._folder)!r} holds none of train.zip, valid.zip, test.zip")
        return files

    def _import_film(self, store: Store | None, film: Film, file: ZarrFile | None, *, is_stored: bool) -> None:
        if file is None or film.mid not in file:
            self.tally.problems["not_found"] += 1
            return
        try:
            if store and not is_stored:
                self._write(store, film, file.read(film.mid, max_rows=MAX_FRAMES, dim=DIM))
        except WorkerError as exc:
            self.tally.problems[describe(exc).code] += 1
            return
        self.tally.used += 1
        self.tally.labelled += bool(film.genres)

    def _write(self, store: Store, film: Film, vectors: NDArray[np.float32]) -> None:
        features = FrameFeatures(FEATURES_ID, vectors, np.arange(len(vectors), dtype=np.float64), _PROVENANCE)
        try:
            check(features, dtype="float16")
        except ValueError as exc:
            raise WorkerError("corrupt", f"the features of {film.mid}: {exc}") from exc
        source = Source(url=film.trailer_id, site=NAME, video_id=film.mid)
        video = VideoRecord(float(len(vectors)), 0, 0, 0.0, "unknown", 0, "")
        store.trailers.save(Trailer(film.trailer_id, source, video))
        imdb_id = film.mid if _IMDB_ID.fullmatch(film.mid) else None
        labels = TrailerLabels(film.genres, NAME, imdb_id, film.subset, self._known)
        store.labels.update({film.trailer_id: labels})
        store.features.save(film.trailer_id, features)  # last, so that a trailer with features has everything
        self.n_written += 1
