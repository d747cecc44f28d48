"""Metadata of zarr arrays and the sizes of their chunks, checked before anything is unpacked."""

import math
import zlib
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from worker.errors import WorkerError

DTYPES = ("<f2", "<f4", "<f8")
CODECS = (None, "blosc", "zlib", "gzip")
MAX_CHUNK = 64 * 2**20  # bytes, unpacked
MAX_CHUNKS = 8192


def check_metadata(meta: dict[str, Any], *, max_rows: int, dim: int) -> dict[str, Any]:
    """Return the metadata of an array of floats of shape (rows, dim), reduced to what such an array needs.

    Raises WorkerError for any other array.
    """
    shape, chunks, dtype, compressor = (meta.get(name) for name in ("shape", "chunks", "dtype", "compressor"))
    n_rows, n_columns = _pair(shape)
    if dtype not in DTYPES or meta.get("filters") or meta.get("zarr_format") != 2:
        raise WorkerError(
            "unsupported_format",
            f"an array of {str(dtype)[:40]} with filters {str(meta.get('filters'))[:80]}: only plain floats are read",
        )
    if not 0 < n_rows <= max_rows or n_columns != dim:
        raise WorkerError("bad_dimensions", f"an array of shape {str(shape)[:60]}, not (1 to {max_rows}, {dim})")
    codec = compressor.get("id") if isinstance(compressor, dict) else compressor
    if codec not in CODECS:
        raise WorkerError("unsupported_format", f"chunks packed with {str(codec)[:40]}; known are blosc, zlib, gzip")
    kept = {
        "zarr_format": 2,
        "shape": shape,
        "chunks": chunks,
        "dtype": dtype,
        "filters": None,
        "fill_value": 0,
        "compressor": compressor,
        "order": "F" if meta.get("order") == "F" else "C",
        "dimension_separator": "/" if meta.get("dimension_separator") == "/" else ".",
    }
    if 0 in _pair(chunks) or raw_size(kept) > MAX_CHUNK or math.prod(_grid(kept)) > MAX_CHUNKS:
        raise WorkerError("too_large", f"chunks of {str(chunks)[:60]}: too large or too many")
    return kept


def _pair(value: object) -> tuple[int, int]:
    """Return the two positive numbers of a JSON list, (0, 0) for anything else."""
    if isinstance(value, list) and len(value) == 2 and all(type(n) is int and 0 < n < 2**31 for n in value):
        return value[0], value[1]
    return 0, 0


def raw_size(meta: Mapping[str, Any]) -> int:
    """Return the size of an unpacked chunk in bytes."""
    return int(math.prod(meta["chunks"]) * np.dtype(meta["dtype"]).itemsize)


def _grid(meta: Mapping[str, Any]) -> list[int]:
    return [-(-length // chunk) for length, chunk in zip(meta["shape"], meta["chunks"], strict=True)]


def chunk_keys(meta: Mapping[str, Any]) -> Iterator[str]:
    """Yield the names of the chunks beside the metadata."""
    rows, columns = _grid(meta)
    for row in range(rows):
        for column in range(columns):
            yield f"{row}{meta['dimension_separator']}{column}"


def unpacked_size(data: bytes, codec: str | None, *, at_most: int) -> int:
    """Return the unpacked size of a chunk, unpacking at most one byte more than `at_most`; -1 for a damaged one."""
    if codec is None:
        return len(data)
    if codec == "blosc":  # c-blosc's header: ..., 4 bytes of size unpacked, 4 of block, 4 of size packed
        sizes = np.frombuffer(data[4:16], "<u4")
        return int(sizes[0]) if len(sizes) == 3 and sizes[2] == len(data) else -1
    unpacker = zlib.decompressobj(wbits=31 if codec == "gzip" else 15)
    try:
        return len(unpacker.decompress(data, at_most + 1))
    except zlib.error:
        return -1
