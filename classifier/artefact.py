"""The file format of models: a zip of equal bytes for equal content, with nothing unexpected inside."""

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Collection, Mapping

import numpy as np
from numpy.typing import NDArray

from classifier.errors import UnsafeModel

MAX_BYTES = 64 * 1024 * 1024
MAX_MEMBERS = 2000

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time a zip can name
_UNIX = 3
_MODE = 0o100644 << 16
_ZIP_FAULTS = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    RuntimeError,
    ValueError,
    EOFError,
    OSError,
    LookupError,
    OverflowError,
)
_MEMBER = re.compile(r"[A-Za-z0-9_.]{1,60}\.npy")
_NPY_MAGIC = b"\x93NUMPY\x01\x00"
# numpy's own reader evaluates the header and allocates what it declares; a pattern does neither
_NPY_HEADER = re.compile(rb"\{'descr': '<f4', 'fortran_order': False, 'shape': \((\d{1,9}),(?: (\d{1,9}))?\), \} *\n")


def pack(members: Mapping[str, bytes]) -> bytes:
    """Return a zip of `members`; names are sorted and times fixed, so equal content is equal bytes.

    Stored uncompressed, because two zlibs may deflate alike content to different bytes, and such a zip
    can't be a zip bomb.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(members):
            info = zipfile.ZipInfo(name, _EPOCH)
            info.create_system = _UNIX
            info.external_attr = _MODE
            archive.writestr(info, members[name])
    return buffer.getvalue()


def unpack(data: bytes, *, names: Collection[str] | None = None) -> dict[str, bytes]:
    """Return the members of a zip that `pack` wrote, exactly those in `names` (None: at most 2,000 of any name).

    Raises UnsafeModel for more than MAX_BYTES, other or repeated members, compression, damage.
    """
    if len(data) > MAX_BYTES:
        raise UnsafeModel(f"the model file has {len(data):,} bytes; at most {MAX_BYTES:,} are read")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = archive.infolist()
            _check_listing(infos, names=names, n_bytes=len(data))
            return {info.filename: _read(archive, info) for info in infos}
    except _ZIP_FAULTS as exc:
        raise UnsafeModel(f"the model file is not a valid zip file: {exc}") from exc


def _check_listing(infos: list[zipfile.ZipInfo], *, names: Collection[str] | None, n_bytes: int) -> None:
    found = sorted(info.filename for info in infos)
    if names is None and (len(found) > MAX_MEMBERS or len(set(found)) != len(found)):
        raise UnsafeModel(f"the model file holds {len(found)} members: too many, or some of them twice")
    if names is not None and found != sorted(names):
        raise UnsafeModel(f"the model file must hold {sorted(names)}, not {found[:8]!r}")
    if any(info.compress_type != zipfile.ZIP_STORED for info in infos):
        raise UnsafeModel("the model file is compressed; models are stored plain, so that none can be a zip bomb")
    declared = sum(info.file_size for info in infos)
    if declared > n_bytes:
        raise UnsafeModel(f"the model file declares {declared:,} bytes inside, but is {n_bytes:,} long")


def _read(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    with archive.open(info) as member:
        content = member.read(info.file_size + 1)
    if len(content) != info.file_size:
        raise UnsafeModel(f"{info.filename} has {len(content):,} bytes, not the {info.file_size:,} declared")
    return content


def pack_arrays(arrays: Mapping[str, NDArray[np.float32]]) -> bytes:
    """Return an .npz of float32 arrays that `numpy.load(..., allow_pickle=False)` can read too."""
    return pack({f"{name}.npy": _to_npy(array) for name, array in arrays.items()})


def unpack_arrays(data: bytes) -> dict[str, NDArray[np.float32]]:
    """Return the little-endian float32 arrays, of one or two axes, of an .npz that `pack_arrays` wrote.

    Raises UnsafeModel for anything else, pickled objects included.
    """
    arrays = {}
    for member, content in unpack(data).items():
        if not _MEMBER.fullmatch(member):
            raise UnsafeModel(f"the head holds {member[:80]!r}, which is not an array")
        name = member.removesuffix(".npy")
        arrays[name] = _from_npy(content, name=name)
    return arrays


def _to_npy(array: NDArray[np.float32]) -> bytes:
    sizes = ", ".join(str(size) for size in array.shape) + ("," if array.ndim == 1 else "")
    text = f"{{'descr': '<f4', 'fortran_order': False, 'shape': ({sizes}), }}"
    header = text + " " * (-(len(_NPY_MAGIC) + 2 + len(text) + 1) % 64) + "\n"  # data begin at a multiple of 64
    body = np.ascontiguousarray(array, dtype="<f4").tobytes()
    return _NPY_MAGIC + struct.pack("<H", len(header)) + header.encode("ascii") + body


def _from_npy(content: bytes, *, name: str) -> NDArray[np.float32]:
    n_before = len(_NPY_MAGIC) + 2
    start = n_before + int.from_bytes(content[n_before - 2 : n_before], "little")
    header = _NPY_HEADER.fullmatch(content[n_before:start])
    if not content.startswith(_NPY_MAGIC) or header is None:
        raise UnsafeModel(f"array {name!r} is not a plain little-endian float32 array")
    shape = tuple(int(size) for size in header.groups() if size is not None)
    if len(content) - start != 4 * int(np.prod(shape, dtype=object)):
        raise UnsafeModel(f"array {name!r} says it is of shape {shape}, but has {len(content) - start:,} bytes")
    values = np.frombuffer(content, dtype="<f4", offset=start).reshape(shape)
    return values.astype(np.float32)
