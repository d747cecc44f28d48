"""MP4 boxes taken apart and put together again, for videos that lie."""

from collections.abc import Callable, Sequence

HEADERS = {b"stsd": 8, b"dref": 8}


def box(kind: bytes, body: bytes) -> bytes:
    """Return one box."""
    return (len(body) + 8).to_bytes(4, "big") + kind + body


def full_box(kind: bytes, body: bytes, *, flags: int = 0) -> bytes:
    """Return one box with version 0 and flags."""
    return box(kind, flags.to_bytes(4, "big") + body)


def split(data: bytes) -> list[tuple[bytes, bytes]]:
    """Return the kind and body of each box in a row."""
    boxes = []
    while len(data) >= 8:
        size = int.from_bytes(data[:4], "big")
        boxes.append((data[4:8], data[8:size]))
        data = data[size:]
    return boxes


def change(data: bytes, path: Sequence[bytes], new: Callable[[bytes], bytes]) -> bytes:
    """Return the file with the body of each box at `path` changed; the box goes when `new` gives nothing.

    Chunk offsets are not moved: what grows must stand behind the media.
    """
    parts = []
    for kind, body in split(data):
        if kind != path[0]:
            parts.append(box(kind, body))
            continue
        skip = HEADERS.get(kind, 0)
        changed = new(body) if len(path) == 1 else body[:skip] + change(body[skip:], path[1:], new)
        parts.append(box(kind, changed) if changed else b"")
    return b"".join(parts)
