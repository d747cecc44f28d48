"""A poster file in, one frame for the backbone out."""

import io
import struct
import warnings
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from extractor.backbone import FRAME_SIZE
from extractor.errors import BadPoster

FORMATS = ("JPEG", "PNG", "WEBP")
MAX_BYTES = 20 * 2**20
MAX_PIXELS = 40_000_000
MIN_SIDE = 16  # as of a video: less shows nothing
MAX_SIDE = 8192
# What Pillow's decoders raise for broken files, found by flipping bits: not OSError alone.
_DAMAGE = (
    OSError, ValueError, SyntaxError, TypeError, KeyError, IndexError, EOFError, OverflowError, AttributeError,
    struct.error, zlib.error, MemoryError, Image.DecompressionBombError,
)  # fmt: skip


def read_poster(source: Path | bytes, *, size: int = FRAME_SIZE) -> NDArray[np.uint8]:
    """Return a JPEG, PNG or WEBP picture, turned upright and squashed to (size, size, 3) RGB.

    A moving one gives its first picture. Raises BadPoster for anything else, for more than 20 MiB or 40 million
    pixels, for a side below 16 or above 8192 pixels, and for damaged files.
    """
    data = source if isinstance(source, bytes) else _read(source)
    if len(data) > MAX_BYTES:
        raise BadPoster(f"the poster has {len(data):,} bytes; at most {MAX_BYTES:,} are read")
    try:
        with warnings.catch_warnings():
            # Pillow warns of bombs, where MAX_PIXELS is the limit, and of odd metadata, which harms no picture.
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data), formats=FORMATS) as image:
                return _to_frame(image, size)
    except BadPoster:
        raise
    except UnidentifiedImageError as exc:
        raise BadPoster("the poster is no JPEG, PNG or WEBP picture") from exc
    except _DAMAGE as exc:
        raise BadPoster(f"the poster is damaged: {exc}") from exc


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as exc:
        raise BadPoster(f"the poster {str(path)!r} can't be read: {exc.strerror}") from exc


def _to_frame(image: Image.Image, size: int) -> NDArray[np.uint8]:
    width, height = image.size
    if width * height > MAX_PIXELS:
        raise BadPoster(f"the poster has {width}x{height} pixels; at most {MAX_PIXELS:,} are read")
    if min(width, height) < MIN_SIDE or max(width, height) > MAX_SIDE:
        raise BadPoster(f"the poster has {width}x{height} pixels; {MIN_SIDE} to {MAX_SIDE} a side are read")
    upright = ImageOps.exif_transpose(image)
    rgb = _to_rgb(upright).resize((size, size), Image.Resampling.BICUBIC)
    return np.asarray(rgb, dtype=np.uint8)  # (size, size, 3)


def _to_rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I"):  # 16-bit grey: Pillow would clip it to white
        grey = np.asarray(image, dtype=np.int64) >> 8
        return Image.fromarray(grey.clip(0, 255).astype(np.uint8)).convert("RGB")
    if image.has_transparency_data:
        rgba = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", rgba.size, "white"), rgba).convert("RGB")
    return image.convert("RGB")
