"""MovieNet's trailers: a table of imdb_id, youtube_id, genres, title, duration, and the published split beside it.

Layout, read from the files themselves (26,412 rows), published with "Movie trailer genre classification using
multimodal pretrained features" (Sulun, Viana & Davies 2024, doi 10.1016/j.eswa.2024.125209). `genres` is a list as
Python prints it; the authors' programs name the table trailers_genres_clean.csv, in a folder labels. The split is a
JSON object of lists of YouTube ids named trn, val and tst.
"""

from collections.abc import Iterator
from pathlib import Path

from worker.errors import WorkerError
from worker.importers.rows import PublishedRow, Row, Warn
from worker.importers.tables import SPLITS, find_beside, find_file, read_json, read_table
from worker.lists.columns import split_genres

TABLES = tuple(
    f"{folder}{name}"
    for folder in ("", "labels/", "preprocessing/data/labels/")
    for name in ("movienet_trailers_genres_clean.csv", "trailers_genres_clean.csv", "movienet_trailers_genres.csv")
)
SPLIT_FILES = ("movienet_splits.json", "splits.json")
COLUMNS = ("imdb_id", "youtube_id", "genres", "title")


def read(path: Path, warn: Warn) -> Iterator[Row]:
    """Yield the rows of the table at `path`, or in that folder."""
    table = find_file(path, TABLES)
    splits = _read_splits(table, warn)
    for cells in read_table(table, COLUMNS):
        yield PublishedRow(
            source=cells["youtube_id"],
            imdb_id=cells["imdb_id"] or None,
            title=cells["title"] or None,
            genres=split_genres(cells["genres"]),
            split=splits.get(cells["youtube_id"]),
        )


def _read_splits(table: Path, warn: Warn) -> dict[str, str]:
    file = find_beside(table, SPLIT_FILES)
    if file is None:
        warn(f"no {SPLIT_FILES[0]} beside {table.name}: the published split is not imported")
        return {}
    found = read_json(file)
    if not isinstance(found, dict) or not all(isinstance(ids, list) for ids in found.values()):
        raise WorkerError("bad_source", f"{str(file)!r} must be an object of lists of YouTube ids: trn, val, tst")
    return {str(video_id): SPLITS.get(part, part[:20]) for part, ids in found.items() for video_id in ids}
