"""Kept vectors: what was computed of posters and plots, in chunks in a folder, so that nothing is computed twice."""

import hashlib
import os
import zlib
from contextlib import suppress
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

Chunk = dict[str, NDArray[np.float32] | None]  # vectors by name; None of what could not be read


def save_chunk(folder: Path, chunk: Chunk, *, dim: int) -> None:
    """Write a chunk whole or not at all; what could not be read is a row of NaN."""
    blank = np.full(dim, np.nan, dtype=np.float32)
    vectors = np.stack([blank if vector is None else vector for vector in chunk.values()])
    key = hashlib.sha256("\n".join(chunk).encode()).hexdigest()[:16]
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = folder / f"{key}.part"
    with unfinished.open("wb") as file:
        np.savez(file, names=np.array(list(chunk)), vectors=vectors)
    os.replace(unfinished, folder / f"{key}.npz")  # noqa: PTH105 - the atomic one, by name


def load_chunks(folder: Path) -> Chunk:
    """Return everything in a folder, nothing where there is none; a damaged chunk is left out, and made again."""
    cached: Chunk = {}
    for path in sorted(folder.glob("*.npz")):
        with suppress(OSError, EOFError, KeyError, ValueError, BadZipFile, zlib.error):
            cached |= _load_chunk(path)
    return cached


def _load_chunk(path: Path) -> Chunk:
    with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
        pairs = zip(arrays["names"].tolist(), arrays["vectors"], strict=True)
        return {name: None if np.isnan(vector[0]) else vector for name, vector in pairs}
