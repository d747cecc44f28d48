"""Arrays in a zarr store, a zip file or a folder: each checked by its metadata before any of it is unpacked.

Only zarr format 2 as Zarr 2 wrote it by default is read: floats, no filters, Blosc, zlib, gzip or no compression.
Object arrays, whose codecs run pickle, are refused.
"""

import json
import math
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import IO, Any, Self

import numpy as np
from numpy.typing import NDArray

from extractor.limits import MAX_FRAMES
from worker.errors import WorkerError
from worker.importers.published_features import PublishedFilm

DTYPES = ("<f2", "<f4", "<f8")
CODECS = (None, "blosc", "zlib", "gzip")
MAX_METADATA = 65_536  # bytes
MAX_CHUNK = 64 * 2**20  # bytes, unpacked
MAX_CHUNKS = 8192
WAY_OUT = "install it: .venv/bin/pip install 'numcodecs>=0.16,<1' (or '.[import]')"
_SLACK = 65_536  # a packed chunk may be a little longer than an unpacked one


@dataclass(frozen=True, slots=True)
class _Layout:
    """The layout of an array of shape (rows, columns) in chunks, the last of a row or column partly unused."""

    shape: tuple[int, int]
    chunks: tuple[int, int]
    dtype: str
    codec: str | None

    @property
    def grid(self) -> list[int]:
        """The numbers of chunks, down and across."""
        return [-(-length // chunk) for length, chunk in zip(self.shape, self.chunks, strict=True)]

    @property
    def n_bytes(self) -> int:
        """The size of an unpacked chunk."""
        return math.prod(self.chunks) * np.dtype(self.dtype).itemsize


class ZarrFile:
    """The arrays of a store; use it in a `with`. Raises WorkerError if the path isn't one."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._zip = _open_zip(path) if path.is_file() else None
        self._arrays = _by_name(self._zip.namelist() if self._zip else _metadata_files(path))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        if self._zip:
            self._zip.close()

    def __contains__(self, name: str) -> bool:
        return bool(self._arrays.get(name))

    def read(self, name: str, *, max_rows: int, dim: int) -> NDArray[np.float32]:
        """Return an array as float32 of shape (rows, dim); raises WorkerError for any other, or a damaged one."""
        folder = self._arrays.get(name)
        if not folder:
            raise WorkerError("not_found", f"{self._path.name} holds no array {name!r}, or several")
        layout = _read_layout(self._bytes(f"{folder}/.zarray", MAX_METADATA), max_rows=max_rows, dim=dim)
        array = np.empty(layout.shape, np.float32)
        height, width = layout.chunks
        for row, column in product(*map(range, layout.grid)):
            part = array[row * height : (row + 1) * height, column * width : (column + 1) * width]
            chunk = self._chunk(f"{folder}/{row}.{column}", layout)
            with np.errstate(over="ignore"):  # a float64 too large becomes infinite, and is refused as such
                part[...] = chunk[: part.shape[0], : part.shape[1]]
        return array

    def _chunk(self, name: str, layout: _Layout) -> NDArray[np.floating]:
        packed = self._bytes(name, layout.n_bytes + _SLACK)
        try:
            data = _unpack(packed, layout.codec, layout.n_bytes)
        except (struct.error, zlib.error, RuntimeError) as exc:
            raise WorkerError("corrupt", f"{name} can't be unpacked: {exc}") from exc
        if len(data) != layout.n_bytes:
            raise WorkerError("corrupt", f"{name} does not unpack to {layout.n_bytes:,} bytes")
        return np.frombuffer(data, layout.dtype).reshape(layout.chunks)

    def _bytes(self, name: str, at_most: int) -> bytes:
        """Return a whole member of at most this many bytes."""
        try:
            with self._open(name) as member:
                data = member.read(at_most + 1)
        except (KeyError, FileNotFoundError) as exc:
            raise WorkerError("truncated", f"{self._path.name} lacks {name}") from exc
        except (OSError, zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError, zlib.error) as exc:
            raise WorkerError("corrupt", f"{name} in {self._path.name} can't be read: {exc}") from exc
        if len(data) > at_most:
            raise WorkerError("too_large", f"{name} has more than {at_most:,} bytes")
        return data

    def _open(self, name: str) -> IO[bytes]:
        if self._zip:
            return self._zip.open(name)
        path = self._path / name
        if not stat.S_ISREG(path.lstat().st_mode):
            raise OSError("it is not a regular file")
        return path.open("rb")


@dataclass(frozen=True, slots=True)
class ZarrVectors:
    """Published vectors that are arrays of a store; `file_of` says which store holds those of a film."""

    file_of: Callable[[PublishedFilm], ZarrFile | None]
    dim: int

    def __contains__(self, film: PublishedFilm) -> bool:
        """Tell whether there are some of a film."""
        file = self.file_of(film)
        return file is not None and film.key in file

    def read(self, film: PublishedFilm) -> NDArray[np.float32]:
        """Return those of a film, of shape (frames, dim); raises WorkerError for damaged ones."""
        file = self.file_of(film)
        if file is None:
            raise WorkerError("not_found", f"there are no vectors of {film.key}")
        return file.read(film.key, max_rows=MAX_FRAMES, dim=self.dim)


def _open_zip(path: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except (OSError, zipfile.BadZipFile) as exc:
        raise WorkerError("bad_source", f"{str(path)!r} is not a valid zip file: {exc}") from exc


def _metadata_files(store: Path) -> list[str]:
    """Return the files in a folder that describe arrays; links are not followed."""
    files = [*store.rglob(".zarray"), *store.rglob("zarr.json")]
    return [file.relative_to(store).as_posix() for file in files]


def _by_name(members: list[str]) -> dict[str, str | None]:
    """Return the folder of each array by its name or that of a group that holds only it; None for several."""
    folders: dict[str, str | None] = {}
    for member in members:
        folder, _, last = member.rpartition("/")
        if last == ".zarray" and folder and ".." not in folder.split("/") and not folder.startswith("/"):
            for name in set(folder.split("/")):
                folders[name] = None if name in folders else folder
        elif last == "zarr.json" and folder:
            raise WorkerError("unsupported_format", f"{member} is of zarr format 3; the published store is of format 2")
    return folders


def _read_layout(text: bytes, *, max_rows: int, dim: int) -> _Layout:
    """Return the layout of an array of floats of shape (rows, dim); raises WorkerError for any other array."""
    try:
        meta = dict[str, Any](json.loads(text))
    except (ValueError, TypeError, RecursionError) as exc:
        raise WorkerError("corrupt", f"the metadata of an array is not a valid JSON object: {exc}") from exc
    dtype, filters, packing = meta.get("dtype"), meta.get("filters"), meta.get("compressor")
    codec = packing.get("id") if isinstance(packing, dict) else packing
    is_default = (meta.get("zarr_format"), meta.get("order"), meta.get("dimension_separator", ".")) == (2, "C", ".")
    if dtype not in DTYPES or filters or codec not in CODECS or not is_default:
        raise WorkerError(
            "unsupported_format",
            f"an array of {str(dtype)[:40]} with filters {str(filters)[:80]} and packed with {str(codec)[:40]}: only "
            "plain floats in rows are read, packed with blosc, zlib, gzip or not at all",
        )
    (n_rows, n_columns), chunks = _pair(meta.get("shape")), _pair(meta.get("chunks"))
    if not 0 < n_rows <= max_rows or n_columns != dim:
        raise WorkerError("bad_dimensions", f"an array of shape {n_rows, n_columns}, not (1 to {max_rows}, {dim})")
    layout = _Layout((n_rows, n_columns), chunks, dtype, codec)
    if 0 in chunks or layout.n_bytes > MAX_CHUNK or math.prod(layout.grid) > MAX_CHUNKS:
        raise WorkerError("too_large", f"chunks of {chunks}: too large or too many")
    return layout


def _pair(value: object) -> tuple[int, int]:
    """Return the two positive numbers of a JSON list, (0, 0) for anything else."""
    if isinstance(value, list) and len(value) == 2 and all(type(n) is int and 0 < n < 2**31 for n in value):
        return value[0], value[1]
    return 0, 0


def _unpack(data: bytes, codec: str | None, n_bytes: int) -> bytes:
    """Return an unpacked chunk, b"" for one that says it has another size; at most a byte more than `n_bytes`."""
    if codec is None:
        return data
    if codec == "blosc":  # c-blosc's header: ..., 4 bytes of size unpacked, 4 of block, 4 of size packed
        unpacked, _, packed = struct.unpack_from("<III", data, 4)
        return import_numcodecs().blosc.decompress(data) if (unpacked, packed) == (n_bytes, len(data)) else b""
    unpacker = zlib.decompressobj(wbits=31 if codec == "gzip" else 15)
    unpacked = unpacker.decompress(data, n_bytes + 1)
    return unpacked if unpacker.eof else b""


def import_numcodecs() -> Any:
    """Return the package numcodecs; raises WorkerError if it isn't installed."""
    try:
        import numcodecs.blosc
    except ImportError as exc:
        raise WorkerError("bad_source", f"features in zarr need numcodecs: {WAY_OUT}") from exc
    return numcodecs
