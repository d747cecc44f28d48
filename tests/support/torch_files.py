"""Torch files as PyTorch before 1.6 wrote them, made without it."""

import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

HEADER = (0x1950A86A20F9469CFC6C, 1001, {"protocol_version": 1001, "little_endian": True})
EMPTY = b"ccollections\nOrderedDict\n)R"


def save_tensors(path: Path, tensors: Mapping[str, NDArray[np.float32]]) -> Path:
    """Write a table of float32 tensors, each with a storage of its own."""
    table = b"".join(_text(name) + _tensor(name, each) for name, each in tensors.items())
    return write_torch_file(path, b"\x80\x02" + EMPTY + b"(" + table + b"u.", tensors)


def write_torch_file(path: Path, table: bytes, storages: Mapping[str, NDArray[Any]]) -> Path:
    """Write a file whose table is this pickle."""
    parts = [pickle.dumps(each, 2) for each in HEADER] + [table, pickle.dumps(list(storages), 2)]
    for storage in storages.values():
        parts += [storage.size.to_bytes(8, "little"), storage.tobytes("A")]
    path.write_bytes(b"".join(parts))
    return path


def _tensor(name: str, array: NDArray[Any]) -> bytes:
    storage = (
        b"(" + _text("storage") + b"ctorch\nFloatStorage\n" + _text(name) + _text("cpu") + _int(array.size) + b"NtQ"
    )
    strides = [step // array.itemsize for step in array.strides]
    return (
        b"ctorch._utils\n_rebuild_tensor_v2\n("
        + storage
        + _int(0)
        + b"".join(b"(" + b"".join(map(_int, each)) + b"t" for each in (array.shape, strides))
        + b"\x89"
        + EMPTY
        + b"tR"
    )


def _text(text: str) -> bytes:
    return b"X" + len(text).to_bytes(4, "little") + text.encode()


def _int(number: int) -> bytes:
    return b"J" + number.to_bytes(4, "little", signed=True)
