"""Arrays in a zarr store, a zip file or a folder: each checked by its metadata before any of it is unpacked.

Only zarr format 2 as Zarr 2 wrote it by default is read: numbers, no filters, Blosc, zlib, gzip or no compression.
Object arrays, whose codecs run pickle, are refused. zarr gets one array's bytes in memory, never a path.
"""

import json
import os
import stat
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from worker.errors import WorkerError
from worker.importers.zarr_metadata import check_metadata, chunk_keys, raw_size, unpacked_size

MAX_METADATA = 65_536  # bytes
MAX_NAMES = 20_000_000
WAY_OUT = "install it: .venv/bin/pip install 'zarr>=3.1,<4' (or '.[import]')"
_SLACK = 65_536  # a packed chunk may be a little longer than an unpacked one


class ZarrFile:
    """The arrays of a store; use it in a `with`. Raises WorkerError if the path isn't one."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._zip = _open_zip(path) if path.is_file() else None
        self._arrays = _by_name(self._names())

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
        meta = check_metadata(self._metadata(f"{folder}/.zarray"), max_rows=max_rows, dim=dim)
        chunks = {".zarray": json.dumps(meta).encode()}
        for key in chunk_keys(meta):
            chunks[key] = self._chunk(f"{folder}/{key}", meta)
        return _unpack(chunks, name)

    def _names(self) -> Iterator[str]:
        if self._zip:
            yield from self._zip.namelist()
            return
        for folder, _, files in os.walk(self._path):  # follows no links
            if ".zarray" in files or "zarr.json" in files:
                where = Path(folder).relative_to(self._path)
                yield from ((where / name).as_posix() for name in (".zarray", "zarr.json") if name in files)

    def _metadata(self, name: str) -> dict[str, Any]:
        try:
            meta = json.loads(self._bytes(name, MAX_METADATA))
        except (ValueError, RecursionError) as exc:
            raise WorkerError("corrupt", f"{name} is not valid JSON: {exc}") from exc
        if not isinstance(meta, dict):
            raise WorkerError("corrupt", f"{name} is not a JSON object")
        return meta

    def _chunk(self, name: str, meta: Mapping[str, Any]) -> bytes:
        raw = raw_size(meta)
        data = self._bytes(name, raw + _SLACK)
        codec = (meta["compressor"] or {}).get("id")
        if unpacked_size(data, codec, at_most=raw) != raw:
            raise WorkerError("corrupt", f"{name} does not unpack to {raw:,} bytes")
        return data

    def _bytes(self, name: str, at_most: int) -> bytes:
        """Return a whole member of at most this many bytes."""
        try:
            if self._zip:
                info = self._zip.getinfo(name)
                if info.file_size > at_most:
                    raise WorkerError("too_large", f"{name} has {info.file_size:,} bytes, over {at_most:,}")
                with self._zip.open(info) as member:
                    return _exactly(member.read(at_most + 1), at_most, name)
            descriptor = os.open(self._path / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            with open(descriptor, "rb") as file:  # noqa: PTH123 - a descriptor, not a path
                if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                    raise WorkerError("bad_source", f"{name} is not a regular file")
                return _exactly(file.read(at_most + 1), at_most, name)
        except (KeyError, FileNotFoundError) as exc:
            raise WorkerError("truncated", f"{self._path.name} lacks {name}") from exc
        except (OSError, zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError, zlib.error) as exc:
            raise WorkerError("corrupt", f"{name} in {self._path.name} can't be read: {exc}") from exc


def _open_zip(path: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except (OSError, zipfile.BadZipFile) as exc:
        raise WorkerError("bad_source", f"{str(path)!r} is not a valid zip file: {exc}") from exc


def _by_name(members: Iterator[str]) -> dict[str, str | None]:
    """Return the folder of each array by its name or that of a group that holds only it; None for several."""
    folders: dict[str, str | None] = {}
    for number, member in enumerate(members):
        if number >= MAX_NAMES:
            raise WorkerError("too_large", f"the store holds more than {MAX_NAMES:,} files")
        folder, _, last = member.rpartition("/")
        if last == ".zarray" and folder and ".." not in folder.split("/") and not folder.startswith("/"):
            for name in set(folder.split("/")):
                folders[name] = None if name in folders else folder
        elif last == "zarr.json" and folder:
            raise WorkerError("unsupported_format", f"{member} is of zarr format 3; the published store is of format 2")
    return folders


def _exactly(data: bytes, at_most: int, name: str) -> bytes:
    if len(data) > at_most:
        raise WorkerError("too_large", f"{name} has more than {at_most:,} bytes")
    return data


def _unpack(members: Mapping[str, bytes], name: str) -> NDArray[np.float32]:
    zarr = import_zarr()
    buffers = {key: zarr.buffer.cpu.Buffer.from_bytes(data) for key, data in members.items()}
    try:
        array = zarr.open_array(zarr.storage.MemoryStore(buffers, read_only=True), mode="r", zarr_format=2)
        with np.errstate(over="ignore"):  # a float64 too large becomes infinite, and is refused as such
            return np.asarray(array[:], dtype=np.float32)  # (rows, dim)
    except (ValueError, TypeError, KeyError, RuntimeError, OSError, MemoryError) as exc:
        raise WorkerError("corrupt", f"the array {name!r} can't be unpacked: {exc}") from exc


def import_zarr() -> Any:
    """Return the package zarr; raises WorkerError if it isn't installed."""
    try:
        import zarr
        import zarr.buffer.cpu
        import zarr.storage
    except ImportError as exc:
        raise WorkerError("bad_source", f"Trailers15k's features need zarr, which isn't installed: {WAY_OUT}") from exc
    return zarr
