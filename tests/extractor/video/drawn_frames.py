"""Drawn frames: scenes as soft as a film's, and cards with text; and videos of them, a frame a second."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from tests.support.videos import run_ffmpeg

SIDE = 299
Frame = NDArray[np.uint8]
BLACK, WHITE = (0, 0, 0), (235, 235, 235)


def scene(number: int, *, light: float = 1.0) -> Frame:
    """Draw something like a picture of a film: soft shapes, another for each number."""
    spots = np.random.default_rng(number).integers(0, 255, (7, 9, 3), dtype=np.uint8)
    picture = Image.fromarray(spots).resize((SIDE, SIDE), Image.Resampling.BICUBIC)
    return (np.asarray(picture) * light).astype(np.uint8)


def scenes(first: int, n: int) -> list[Frame]:
    return [scene(number) for number in range(first, first + n)]


def card(text: str, *, ground: tuple[int, int, int] = BLACK, ink: tuple[int, int, int] = WHITE) -> Frame:
    picture = Image.new("RGB", (SIDE, SIDE), ground)
    middle = (SIDE // 2, SIDE // 2)
    ImageDraw.Draw(picture).multiline_text(
        middle, text, ink, ImageFont.load_default(size=26), anchor="mm", align="center"
    )
    return np.asarray(picture)


def make_film(path: Path, frames: Sequence[Frame]) -> Path:
    """Write a video in which each frame is shown for a second."""
    size = f"{SIDE - 1}x{SIDE - 1}"  # H.264 has even sides
    raw = b"".join(frame[:-1, :-1].tobytes() for frame in frames)
    source = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", size, "-r", "1", "-i", "-"]
    run_ffmpeg([*source, "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", str(path)], stdin=raw)
    return path
