"""The .npz form of a data set: arrays for numpy, each checked against the file's size before memory is taken.

Members: `vectors` float16 or float32 (all frames, dim), `offsets` int64 (n + 1,), `Y` and `known` bool (n, genres),
and as JSON in UTF-8 bytes (uint8): `ids`, `groups`, `digests`, `published`, `genres`, `features_id`, `modality`. A file
of an earlier version lacks `published`.
"""

import json
import math
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from classifier.data.dataset import Dataset
from classifier.errors import BadTrainingData
from classifier.ragged import Ragged

ARRAYS = {"vectors": ("<f2", "<f4"), "offsets": ("<i8",), "Y": ("|b1",), "known": ("|b1",)}
LISTS = ("ids", "groups", "digests", "published", "genres")
NAMES = (*ARRAYS, *LISTS, "features_id", "modality")
NEW = ("published",)
MAX_TEXT = 2**28  # bytes of JSON; a million ids have 30 million

_BROKEN = (OSError, ValueError, EOFError, KeyError, RuntimeError, NotImplementedError, MemoryError, zipfile.BadZipFile)


def write_npz(dataset: Dataset, path: Path) -> None:
    """Write a data set; float16 stays float16."""
    X = dataset.X.packed()
    texts: dict[str, list[str] | str] = {name: list(getattr(dataset, name)) for name in LISTS}
    texts |= {"features_id": dataset.features_id, "modality": dataset.modality}
    arrays: dict[str, NDArray[Any]] = {
        "vectors": X.values,
        "offsets": X.offsets,
        "Y": dataset.Y,
        "known": dataset.known,
        **{name: np.frombuffer(json.dumps(text).encode(), np.uint8) for name, text in texts.items()},
    }
    with path.open("wb") as file:
        np.savez(file, allow_pickle=False, **arrays)


def read_npz(path: Path) -> Dataset:
    """Return the data set of a file; raises BadTrainingData for what isn't one."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = _members(archive)
            return _to_dataset({name: _read(archive, members[name]) for name in NAMES if name in members})
    except (BadTrainingData, json.JSONDecodeError, RecursionError) as exc:
        raise BadTrainingData(f"{str(path)!r} is not a valid data set: {exc}") from exc
    except _BROKEN as exc:
        raise BadTrainingData(f"{str(path)!r} can't be read as a data set: {exc}") from exc


def _members(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    infos = archive.infolist()
    names = [info.filename.removesuffix(".npy") for info in infos]
    if sorted({*names, *NEW}) != sorted(NAMES) or len(set(names)) != len(names):
        raise BadTrainingData(f"its members must be {', '.join(NAMES)}, each once")
    for info in infos:
        if info.compress_type != zipfile.ZIP_STORED or info.compress_size != info.file_size:
            raise BadTrainingData(f"{info.filename} is compressed; write it with numpy.savez")
    return dict(zip(names, infos, strict=True))


def _read(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> NDArray[Any]:
    """Return one array; its header may declare no more bytes than there are."""
    name = info.filename.removesuffix(".npy")
    with archive.open(info) as file:
        version = npy.read_magic(file)
        read_header = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}.get(version)
        if read_header is None:
            raise BadTrainingData(f"{name} is in an unknown version of numpy's format, {version}")
        shape, is_fortran, dtype = read_header(file)
        allowed = ARRAYS.get(name, ("|u1",))
        if dtype.str not in allowed or is_fortran:
            raise BadTrainingData(f"{name} must be {' or '.join(allowed)} in C order, not {dtype.str}")
        n_bytes = dtype.itemsize * math.prod(shape)
        if n_bytes != info.file_size - file.tell() or (name not in ARRAYS and n_bytes > MAX_TEXT):
            raise BadTrainingData(f"{name} of shape {shape} doesn't fit its {info.file_size:,} bytes")
    with archive.open(info) as file:
        return npy.read_array(file, allow_pickle=False)


def _to_dataset(found: dict[str, NDArray[Any]]) -> Dataset:
    texts: dict[str, Any] = {name: json.loads(found[name].tobytes()) for name in found if name not in ARRAYS}
    for name, text in texts.items():
        words, kind = (text, "a list of texts") if name in LISTS else ([text], "a text")
        if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
            raise BadTrainingData(f"{name} must be {kind}")
    texts |= {name: tuple(text) for name, text in texts.items() if name in LISTS}
    X = Ragged(found["vectors"], found["offsets"])
    return Dataset(X=X, Y=found["Y"], known=found["known"], **texts)
