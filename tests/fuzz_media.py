"""Throw damaged videos at probe and decoder until the time is up; keep the files that break a promise.

    python -m tests.fuzz_media --minutes 10 [--seed N] [--failures FOLDER]

Promises: every file gives frames or an ExtractorError with a code of the table, within half a minute, and
leaves no process behind.
"""

# ruff: noqa: T201 - a command that reports to a person

import argparse
import random
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import psutil

from extractor.errors import ExtractorError
from extractor.limits import Limits
from extractor.video.frames import FrameStream
from extractor.video.probe import probe
from tests.support.hostile.options import DNXHR, FASTSTART, FRAGMENTS, VP8, VP9
from tests.support.hostile.workshop import Workshop
from worker.errors import CLASSES

SECONDS = 30
LIMITS = Limits(max_duration_s=60, max_decode_s=20)


def main() -> int:
    """Run for so many minutes; return 1 when a promise was broken."""
    parser = argparse.ArgumentParser(description="Fuzz the probe and the decoder.")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=time.time_ns() % 10**6)
    parser.add_argument("--failures", type=Path, default=Path("fuzz-failures"))
    given = parser.parse_args()
    print(f"seed {given.seed}", flush=True)
    begun, counts, n_broken = time.monotonic(), Counter[str](), 0
    with tempfile.TemporaryDirectory() as folder:
        for number, (name, data) in enumerate(damaged_videos(random.Random(given.seed), Path(folder))):
            if time.monotonic() - begun > given.minutes * 60:
                break
            path = Path(folder) / "fuzzed"
            path.write_bytes(data)
            outcome, broken = try_file(path)
            counts[outcome] += 1
            if broken:
                n_broken += 1
                given.failures.mkdir(exist_ok=True)
                (given.failures / f"{given.seed}-{number}-{name}").write_bytes(data)
                print(f"{given.seed}-{number}-{name}: {broken}", flush=True)
    n_files, seconds = sum(counts.values()), time.monotonic() - begun
    print(f"{n_files} files in {seconds:.0f} s, {n_files / seconds:.1f} a second; {n_broken} broke a promise")
    for outcome, count in counts.most_common():
        print(f"{count:7} {outcome}")
    return 1 if n_broken else 0


def try_file(path: Path) -> tuple[str, str | None]:
    """Return a code or "frames", and which promise was broken, if any."""
    begun, outcome, broken = time.monotonic(), "frames", None
    try:
        with FrameStream(path, probe(path, limits=LIMITS), limits=LIMITS) as stream:
            outcome = "frames" if sum(len(batch) for batch in stream) else "no frames"
    except ExtractorError as exc:
        outcome = exc.code
        broken = None if exc.code in CLASSES else f"code {exc.code!r} is not in the table"
    except Exception as exc:  # noqa: BLE001 - whatever it is, it is what we look for
        outcome = type(exc).__name__
        broken = f"{outcome}: {exc}"
    if children := psutil.Process().children(recursive=True):
        broken = f"left {[child.name() for child in children]} behind"
    if time.monotonic() - begun > SECONDS:
        broken = f"took {time.monotonic() - begun:.0f} s"
    return outcome, "no frames and no error" if outcome == "no frames" else broken


def damaged_videos(chance: random.Random, folder: Path) -> Iterator[tuple[str, bytes]]:
    """Yield names and bytes of base clips, each damaged in one to three ways, without end."""
    shop = Workshop(folder)
    bases = [
        shop.base("mp4"),
        shop.base("mp4", *FASTSTART),
        shop.base("mp4", *FRAGMENTS),
        shop.base("mov", "-c:v", "prores_ks", filters="scale=64:48"),
        shop.base("mkv"),
        shop.base("mkv", *VP9),
        shop.base("webm", *VP8),
        shop.base("ts"),
        shop.base("ts", "-c:v", "mpeg2video", "-r", "25"),
        shop.base("flv"),
        shop.base("avi", "-c:v", "mpeg4"),
        shop.base("avi", "-c:v", "mjpeg", "-pix_fmt", "yuvj420p"),
        shop.base("mp4", "-c:v", "libx265", "-x265-params", "log-level=error"),
        shop.base("mxf", "-c:v", "mpeg2video", "-r", "25"),
        shop.base("mxf", *DNXHR),
        shop.base("mov", "-c:v", "cfhd", "-pix_fmt", "yuv422p10le"),
        shop.base("mov", "-c:v", "v210", "-pix_fmt", "yuv422p10le", filters="scale=64:48"),
        shop.base("avi", "-c:v", "utvideo", filters="scale=64:48"),
        shop.base("vob", "-c:v", "mpeg2video", "-r", "25"),
        shop.base("wmv", "-c:v", "wmv2"),
        shop.base("ogv", "-c:v", "libtheora"),
    ]
    while True:
        base = chance.choice(bases)
        data = base.read_bytes()
        for _ in range(chance.randint(1, 3)):
            data = chance.choice((flip, flip, flip_head, cut, repeat, overwrite))(chance, data)
        yield base.name, data


def flip(chance: random.Random, data: bytes, *, within: int | None = None) -> bytes:
    """Flip a few bits, or many."""
    changed = bytearray(data)
    for _ in range(chance.choice((1, 1, 3, 10, 100))):
        changed[chance.randrange(min(len(data), within or len(data)))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def flip_head(chance: random.Random, data: bytes) -> bytes:
    """Flip bits where the header is: the first 2 kB, or the last."""
    if chance.random() < 0.5:
        return flip(chance, data, within=2048)
    return flip(chance, data[::-1], within=2048)[::-1]


def cut(chance: random.Random, data: bytes) -> bytes:
    """Take a piece away, mostly the end."""
    start = chance.randrange(1, len(data))
    end = len(data) if chance.random() < 0.7 else min(len(data), start + chance.randrange(2000))
    return data[:start] + data[end:]


def repeat(chance: random.Random, data: bytes) -> bytes:
    """Put a piece in twice."""
    start = chance.randrange(len(data))
    end = start + chance.randrange(1, 2000)
    return data[:end] + data[start:]


def overwrite(chance: random.Random, data: bytes) -> bytes:
    """Write zeros, ones or noise over a piece, or the numbers that headers fear."""
    start = chance.randrange(len(data))
    piece = chance.choice((bytes(4), b"\xff" * 4, b"\x7f\xff\xff\xff", bytes(300), chance.randbytes(300)))
    return data[:start] + piece + data[start + len(piece) :]


if __name__ == "__main__":
    raise SystemExit(main())
