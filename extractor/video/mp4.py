"""MP4: a scan through the boxes of an MP4 or MOV file (ISO/IEC 14496-12, QuickTime File Format)."""

from collections.abc import Iterator
from typing import BinaryIO

from extractor.video.findings import Findings

MAX_BOXES = 20_000
MAX_HEADER_BYTES = 64 * 2**20
_CONTAINERS = (b"trak", b"mdia", b"minf", b"dinf", b"stbl")
_ENCRYPTED = (b"encv", b"drmi")
_VIDEO_ENTRY_BYTES = 78  # of a visual sample entry before its own boxes
_SELF_CONTAINED = 1


def scan(file: BinaryIO, n_bytes: int) -> Findings:
    """Return the findings in the top-level boxes and the header (`moov`), of which at most 64 MiB are read."""
    found = Findings()
    offset, has_header = 0, False
    for _ in range(MAX_BOXES):
        if offset >= n_bytes:
            found.cut_short = offset > n_bytes or not has_header
            break
        file.seek(offset)
        kind, skip, size = _read_box(file.read(16), n_bytes - offset)
        if size < skip or not (kind.isascii() and kind.isalnum()):
            break  # not a box: damage, not an early end
        if kind == b"moov":
            has_header = True
            _scan_header(_read_body(file, offset + skip, size - skip), found)
        offset += size
    return found


def _read_body(file: BinaryIO, start: int, size: int) -> bytes:
    file.seek(start)
    return file.read(min(size, MAX_HEADER_BYTES))


def _read_box(head: bytes, n_left: int) -> tuple[bytes, int, int]:
    """Return a box's kind, the length of its head, and its size, 0 where there is no box."""
    size, kind = int.from_bytes(head[:4], "big"), head[4:8]
    if len(head) < 8:
        return b"", 8, 0
    if size == 1 and len(head) == 16:
        return kind, 16, int.from_bytes(head[8:], "big")
    return kind, 8, size or n_left


def _scan_header(header: bytes, found: Findings) -> None:
    waiting, n_boxes = [memoryview(header)], 0
    while waiting:
        for kind, body in _boxes(waiting.pop()):
            n_boxes += 1
            if n_boxes > MAX_BOXES:
                return
            if kind in _CONTAINERS:
                waiting.append(body)
            elif kind == b"rmra":  # a QuickTime reference movie
                found.external = True
            elif kind == b"dref":
                found.external |= any(_is_elsewhere(entry) for _, entry in _boxes(body[8:]))
            elif kind == b"stsd":
                found.encrypted |= any(_is_encrypted(name, entry) for name, entry in _boxes(body[8:]))
                found.color = found.color or next(filter(None, (_color(entry) for _, entry in _boxes(body[8:]))), None)


def _boxes(data: memoryview) -> Iterator[tuple[bytes, memoryview]]:
    while len(data) >= 8:
        kind, skip, size = _read_box(bytes(data[:16]), len(data))
        if size < skip:
            return
        yield kind, data[skip:size]
        data = data[size:]


def _is_elsewhere(entry: memoryview) -> bool:
    """Return whether a data reference points to another file."""
    return len(entry) > 4 and not entry[3] & _SELF_CONTAINED and any(entry[4:])


def _color(entry: memoryview) -> tuple[int, int, int] | None:
    """Return the codes of a sample entry's `colr`, as MP4 and QuickTime have it."""
    for name, body in _boxes(entry[_VIDEO_ENTRY_BYTES:]):
        if name == b"colr" and bytes(body[:4]) in (b"nclx", b"nclc") and len(body) >= 10:
            primaries, transfer, matrix = (int.from_bytes(body[place : place + 2], "big") for place in (4, 6, 8))
            return primaries, transfer, matrix
    return None


def _is_encrypted(kind: bytes, entry: memoryview) -> bool:
    return kind in _ENCRYPTED or any(name == b"sinf" for name, _ in _boxes(entry[_VIDEO_ENTRY_BYTES:]))
