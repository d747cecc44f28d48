"""Matroska: a scan through the elements of a Matroska or WebM file (RFC 9559)."""

from collections.abc import Iterator
from typing import BinaryIO

from extractor.video.findings import Findings

MAX_ELEMENTS = 2000
MAX_TRACKS_BYTES = 4 * 2**20
_SEGMENT, _CLUSTER, _TRACKS, _TRACK = 0x18538067, 0x1F43B675, 0x1654AE6B, 0xAE
_TRACK_TYPE, _VIDEO = 0x83, 1
_ENCRYPTION = (0x6D80, 0x6240, 0x5035)  # ContentEncodings, ContentEncoding, ContentEncryption


def scan(file: BinaryIO, n_bytes: int) -> Findings:
    """Return the findings before the first cluster; at most 4 MiB of track headers are read."""
    found = Findings()
    offset = 0
    for _ in range(MAX_ELEMENTS):
        if offset >= n_bytes:
            break
        file.seek(offset)
        element, skip, size = _read_head(file.read(12))
        if element in (None, _CLUSTER):
            break
        if element == _SEGMENT:
            found.cut_short = size is not None and offset + skip + size > n_bytes
            size = 0  # continue inside it
        if size is None:
            break
        if element == _TRACKS:
            file.seek(offset + skip)
            tracks = memoryview(file.read(min(size, MAX_TRACKS_BYTES)))
            found.encrypted = any(_is_encrypted(body) for name, body in _elements(tracks) if name == _TRACK)
        offset += skip + size
    return found


def _is_encrypted(track: memoryview) -> bool:
    kinds = [int.from_bytes(body, "big") for name, body in _elements(track) if name == _TRACK_TYPE]
    level = [track]
    for wanted in _ENCRYPTION:
        level = [body for outer in level for name, body in _elements(outer) if name == wanted]
    return _VIDEO in kinds and bool(level)


def _elements(data: memoryview) -> Iterator[tuple[int, memoryview]]:
    for _ in range(MAX_ELEMENTS):
        element, skip, size = _read_head(bytes(data[:12]))
        if element is None or size is None:
            return
        yield element, data[skip : skip + size]
        data = data[skip + size :]


def _read_head(head: bytes) -> tuple[int | None, int, int | None]:
    """Return an element's id (None: not an element), the length of its head, and its size (None: unknown)."""
    id_length = _length(head, longest=4)
    if id_length is None:
        return None, 0, None
    size_length = _length(head[id_length:], longest=8)
    if size_length is None:
        return None, 0, None
    size = int.from_bytes(head[id_length : id_length + size_length], "big")
    ones = (1 << 7 * size_length) - 1
    skip = id_length + size_length
    return int.from_bytes(head[:id_length], "big"), skip, None if size & ones == ones else size & ones


def _length(data: bytes, *, longest: int) -> int | None:
    """Return the length of a variable-size integer: the leading zeros of its first byte, plus one."""
    length = 9 - data[0].bit_length() if data else 9
    return length if length <= min(longest, len(data)) else None
