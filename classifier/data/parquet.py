"""The Parquet form of a data set: one row a trailer, for work with tables; needs pyarrow, which is optional.

Columns: `trailer_id`, `genres` and `known` (lists of texts), `group`, `sha256`, `published` ("" where there is none, as
for all rows of a file that lacks it), `n_frames`, `dim`, and `vectors` (little-endian, row by row); the file's metadata
names `trailers.features_id`, `.modality`, `.genres` and `.dtype`.
"""

import json
from collections.abc import Collection
from itertools import compress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from classifier.data.dataset import Dataset
from classifier.errors import BadTrainingData
from classifier.ragged import Ragged

if TYPE_CHECKING:
    import pyarrow.parquet

DTYPES = ("float16", "float32")
ROWS_A_GROUP = 64
ROWS_AT_ONCE = 8
NEW = "published"  # the column that files of an earlier version lack
SMALL = ("trailer_id", "genres", "known", "group", "sha256", NEW, "n_frames", "dim")
MAX_DIM = 2**16
WAY_OUT = "install it (.venv/bin/pip install 'pyarrow>=20'), or use .npz, which needs nothing more"


def write_parquet(dataset: Dataset, path: Path) -> None:
    """Write a data set, some rows at a time; raises BadTrainingData where pyarrow isn't installed."""
    pa, pq = _pyarrow()
    texts = {
        "features_id": dataset.features_id,
        "modality": dataset.modality,
        "genres": json.dumps(dataset.genres),
        "dtype": dataset.X.values.dtype.name,
    }
    schema = _schema(pa).with_metadata({f"trailers.{name}": text for name, text in texts.items()})
    with pq.ParquetWriter(path, schema, compression="none", use_dictionary=False) as writer:
        for first in range(0, len(dataset), ROWS_A_GROUP):
            rows = [_row(dataset, place) for place in range(first, min(first + ROWS_A_GROUP, len(dataset)))]
            writer.write_table(pa.Table.from_pylist(rows, schema=schema))


def read_parquet(path: Path) -> Dataset:
    """Return the data set of a file; raises BadTrainingData for what isn't one, or where pyarrow isn't installed."""
    pa, pq = _pyarrow()
    try:
        with pq.ParquetFile(path) as file:
            return _read(file, n_bytes=path.stat().st_size)
    except BadTrainingData as exc:
        raise BadTrainingData(f"{str(path)!r} is not a valid data set: {exc}") from exc
    except (OSError, pa.ArrowException, ValueError, KeyError, TypeError, RecursionError, MemoryError) as exc:
        raise BadTrainingData(f"{str(path)!r} can't be read as a data set: {exc}") from exc


def _pyarrow() -> tuple[Any, Any]:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as exc:
        raise BadTrainingData(f"Parquet files need pyarrow, which isn't installed: {WAY_OUT}") from exc
    return pyarrow, pyarrow.parquet


def _schema(pa: Any) -> Any:
    kinds = {name: pa.string() for name in ("trailer_id", "group", "sha256", NEW)}
    kinds |= {name: pa.list_(pa.string()) for name in ("genres", "known")}
    kinds |= {name: pa.int32() for name in ("n_frames", "dim")}
    kinds["vectors"] = pa.binary()
    return pa.schema([pa.field(name, kinds[name], nullable=False) for name in (*SMALL, "vectors")])


def _row(dataset: Dataset, place: int) -> dict[str, Any]:
    vectors = dataset.X[place]
    little = np.ascontiguousarray(vectors, vectors.dtype.newbyteorder("<"))
    return {
        "trailer_id": dataset.ids[place],
        "genres": list(compress(dataset.genres, dataset.Y[place])),
        "known": list(compress(dataset.genres, dataset.known[place])),
        "group": dataset.groups[place],
        "sha256": dataset.digests[place],
        NEW: dataset.published[place] if dataset.published else "",
        "n_frames": len(vectors),
        "dim": dataset.X.dim,
        "vectors": little.tobytes(),
    }


def _read(file: "pyarrow.parquet.ParquetFile", *, n_bytes: int) -> Dataset:
    texts = _metadata(file)
    columns = _check_columns(file)
    table = file.read(columns=[name for name in SMALL if name in columns]).to_pydict()
    if any(value is None for column in table.values() for value in column):
        raise BadTrainingData("it has rows with something missing")
    values = _allocate(table, np.dtype(texts["dtype"]).newbyteorder("<"), n_bytes=n_bytes)
    offsets = np.concatenate([[0], np.cumsum(table["n_frames"], dtype=np.int64)])
    batches = file.iter_batches(batch_size=ROWS_AT_ONCE, columns=["vectors"])
    for place, vectors in enumerate(value.as_py() for batch in batches for value in batch.column(0)):
        rows = values[offsets[place] : offsets[place + 1]]
        if vectors is None or len(vectors) != rows.nbytes:
            raise BadTrainingData(f"the vectors of row {place} don't fit its n_frames and dim")
        rows[...] = np.frombuffer(vectors, values.dtype).reshape(rows.shape)
    genres = tuple(texts["genres"])
    return Dataset(
        X=Ragged(values.astype(values.dtype.newbyteorder("="), copy=False), offsets),
        Y=_matrix(table["genres"], genres),
        known=_matrix(table["known"], genres),
        genres=genres,
        ids=tuple(table["trailer_id"]),
        groups=tuple(table["group"]),
        digests=tuple(table["sha256"]),
        published=tuple(table[NEW]) if any(table.get(NEW, ())) else (),
        features_id=texts["features_id"],
        modality=texts["modality"],
    )


def _metadata(file: "pyarrow.parquet.ParquetFile") -> dict[str, Any]:
    kept = file.schema_arrow.metadata or {}
    names = ("features_id", "modality", "genres", "dtype")
    texts: dict[str, Any] = {name: kept.get(f"trailers.{name}".encode(), b"").decode() for name in names}
    if texts["dtype"] not in DTYPES or not texts["features_id"]:
        raise BadTrainingData("its metadata lacks trailers.features_id, .modality, .genres or .dtype (float16)")
    texts["genres"] = json.loads(texts["genres"])
    if not isinstance(texts["genres"], list) or not all(isinstance(genre, str) for genre in texts["genres"]):
        raise BadTrainingData("trailers.genres must be a JSON list of texts")
    return texts


def _check_columns(file: "pyarrow.parquet.ParquetFile") -> Collection[str]:
    """Return the names of the columns; raises BadTrainingData for others, or compressed ones."""
    pa, _ = _pyarrow()
    kinds = {field.name: field.type for field in file.schema_arrow}
    if {NEW: pa.string(), **kinds} != {field.name: field.type for field in _schema(pa)}:
        raise BadTrainingData(f"its columns must be {', '.join((*SMALL, 'vectors'))}, not {', '.join(kinds)}")
    meta = file.metadata
    for group in range(meta.num_row_groups):
        for column in range(meta.num_columns):
            if (codec := meta.row_group(group).column(column).compression) != "UNCOMPRESSED":
                raise BadTrainingData(f"it is compressed ({codec}); write it with compression='none'")
    return kinds


def _allocate(table: dict[str, list[Any]], dtype: np.dtype[Any], *, n_bytes: int) -> NDArray[Any]:
    dims = set(table["dim"])
    if len(dims) != 1 or not 0 < max(dims) <= MAX_DIM or min(table["n_frames"]) < 1:
        raise BadTrainingData("every row needs frames, and all of one dim")
    dim, n_frames = dims.pop(), sum(table["n_frames"])
    if n_frames * dim * dtype.itemsize > n_bytes:
        raise BadTrainingData(f"{n_frames:,} frames of {dim} numbers don't fit {n_bytes:,} bytes")
    return np.empty((n_frames, dim), dtype)


def _matrix(rows: list[list[str]], genres: tuple[str, ...]) -> NDArray[np.bool_]:
    places = {genre: place for place, genre in enumerate(genres)}
    matrix = np.zeros((len(rows), len(genres)), dtype=np.bool_)
    for row, named in enumerate(rows):
        matrix[row, [places[genre] for genre in named]] = True
    return matrix
