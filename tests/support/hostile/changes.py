"""Changes of the bytes of a good video, each of which makes it hostile or odd."""

import random
import re
import zlib
from collections.abc import Callable, Sequence

from tests.support import boxes

MOOV = (b"moov", b"trak", b"mdia")
_VP8_SIZE = re.compile(rb"\x9d\x01\x2a....", re.DOTALL)


def cut(share: float) -> Callable[[bytes], bytes]:
    return lambda data: data[: int(len(data) * share)]


def flipped(seed: int, *, n_bits: int, first: float = 0.3, last: float = 1.0) -> Callable[[bytes], bytes]:
    """Flip bits at random within a part of the file."""

    def change(data: bytes) -> bytes:
        chance, damaged = random.Random(seed), bytearray(data)
        for _ in range(n_bits):
            damaged[chance.randrange(int(len(data) * first), int(len(data) * last))] ^= 1 << chance.randrange(8)
        return bytes(damaged)

    return change


def blanked(first: float, last: float) -> Callable[[bytes], bytes]:
    def change(data: bytes) -> bytes:
        start, end = int(len(data) * first), int(len(data) * last)
        return data[:start] + bytes(end - start) + data[end:]

    return change


def without_packets(data: bytes) -> bytes:
    """Lose every tenth packet of a transport stream after the first fifty."""
    packets = [data[i : i + 188] for i in range(0, len(data), 188)]
    return b"".join(packet for i, packet in enumerate(packets) if i < 50 or i % 10)


def boxed(path: Sequence[bytes], new: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
    return lambda data: boxes.change(data, path, new)


def poked(offset: int, data: bytes) -> Callable[[bytes], bytes]:
    return lambda body: body[:offset] + data + body[offset + len(data) :]


def lasting(clock: str) -> Callable[[bytes], bytes]:
    """Have the tag of a Matroska track tell another duration."""
    return lambda data: data.replace(b"00:00:04.", f"{clock}.".encode())


def held(delta: int) -> Callable[[bytes], bytes]:
    """Give every picture the same long time on screen (stts, mdhd), and no edit list."""

    def change(data: bytes) -> bytes:
        data = boxes.change(data, (b"moov", b"trak", b"edts"), lambda b: b"")
        data = boxes.change(data, (*MOOV, b"mdhd"), poked(16, b"\x7f\xff\xff\xff"))
        stts = (*MOOV, b"minf", b"stbl", b"stts")
        return boxes.change(data, stts, lambda b: b[:12] + delta.to_bytes(4, "big"))

    return change


def turned(a: int, b: int, c: int, d: int) -> Callable[[bytes], bytes]:
    """Write a display matrix: a stored (x, y) is shown at (a x + c y, b x + d y)."""
    rows = ((a, b, 0), (c, d, 0))
    matrix = b"".join((n << 16).to_bytes(4, "big", signed=True) for row in rows for n in row)
    return boxed((b"moov", b"trak", b"tkhd"), poked(40, matrix))


def looped(times: int) -> Callable[[bytes], bytes]:
    """Have an edit list play the film again and again."""
    entry = (4500).to_bytes(4, "big") + (0).to_bytes(4, "big") + (1 << 16).to_bytes(4, "big")
    edits = boxes.full_box(b"elst", times.to_bytes(4, "big") + entry * times)
    return boxed((b"moov", b"trak", b"edts"), lambda b: edits)


def referring(kind: bytes, place: bytes) -> Callable[[bytes], bytes]:
    """Say that the media lies elsewhere (dref)."""
    entry = (1).to_bytes(4, "big") + boxes.full_box(kind, place)
    return boxed((*MOOV, b"minf", b"dinf", b"dref"), lambda b: bytes(4) + entry)


def reference_movie(data: bytes) -> bytes:
    link = boxes.box(b"rdrf", bytes(4) + b"url " + (20).to_bytes(4, "big") + b"http://127.0.0.1/x\0\0")
    return boxes.box(b"ftyp", b"qt  \0\0\0\0qt  ") + boxes.box(b"moov", boxes.box(b"rmra", boxes.box(b"rmda", link)))


def compressed_header(data: bytes) -> bytes:
    """Hide the header in zlib (cmov), saying that it is 3 GB long."""
    packed = zlib.compress(bytes(50_000_000), 9)
    body = boxes.box(b"dcom", b"zlib") + boxes.box(b"cmvd", (3_000_000_000).to_bytes(4, "big") + packed)
    return boxes.box(b"ftyp", b"qt  \0\0\0\0qt  ") + boxes.box(b"moov", boxes.box(b"cmov", body))


def deep_boxes(data: bytes) -> bytes:
    body = b""
    for _ in range(5000):
        body = boxes.box(b"trak", body)
    return boxes.box(b"ftyp", b"isom\0\0\0\0isom") + boxes.box(b"moov", body)


def element(name: int, body: bytes) -> bytes:
    """Return one Matroska element with a size of eight bytes."""
    return name.to_bytes((name.bit_length() + 7) // 8, "big") + (len(body) | 1 << 56).to_bytes(8, "big") + body


def encrypted_matroska(data: bytes) -> bytes:
    """A header whose one video track says ContentEncryption (AES)."""
    encryption = element(0x5035, element(0x47E1, b"\x05"))
    encoding = element(0x6D80, element(0x6240, element(0x5033, b"\x01") + encryption))
    picture = element(0xE0, element(0xB0, b"\x01\x40") + element(0xBA, b"\xf0"))
    codec = element(0x86, b"V_MPEG4/ISO/AVC")
    track = element(
        0xAE, element(0xD7, b"\1") + element(0x73C5, b"\1") + element(0x83, b"\1") + codec + picture + encoding
    )
    return element(0x1A45DFA3, element(0x4282, b"matroska")) + element(0x18538067, element(0x1654AE6B, track))


def licensed(data: bytes) -> bytes:
    """Put an encryption object into the header of a Windows Media file."""
    licence = bytes.fromhex("fbb3112223bdd211b4b700a0c955fc6e") + (24).to_bytes(8, "little")
    n_objects = int.from_bytes(data[24:28], "little") + 1
    size = int.from_bytes(data[16:24], "little") + len(licence)
    head = data[:16] + size.to_bytes(8, "little") + n_objects.to_bytes(4, "little") + data[28:30]
    return head + licence + data[30:]


def huge_vp8(data: bytes) -> bytes:
    """Have the key frames say 8000x8000 while the container says 320x240."""
    return _VP8_SIZE.sub(b"\x9d\x01\x2a\x40\x1f\x40\x1f", data)


def late_huge_vp8(data: bytes) -> bytes:
    """Have all key frames but the first say 8000x8000."""
    first = data.index(b"\x9d\x01\x2a") + 7
    return data[:first] + huge_vp8(data[first:])
