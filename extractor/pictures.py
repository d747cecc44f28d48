"""Pictures: posters scaled down and kept losslessly, since a poster's file may be gone before it is used."""

import io
import warnings
from dataclasses import dataclass

from PIL import Image

from extractor.posters import FORMATS, open_poster

FORMAT = "WEBP"
METHOD = 0  # WebP's fastest: PNG's fastest takes a third more room, method 2 a tenth less and five times as long
_ORIENTATION = 0x0112
_ON_THEIR_SIDE = (5, 6, 7, 8)


@dataclass(frozen=True, slots=True)
class Picture:
    """`data` is a lossless WebP, 299 pixels on its shorter side; `width` and `height` are the poster's, upright."""

    data: bytes
    width: int
    height: int


def shrink(data: bytes) -> Picture:
    """Return a poster's file scaled down; raises BadPoster as `read_poster` does.

    `read_poster` gives a backbone of trailers the same frames for both: it begins with a picture of this size, too.
    """
    small = io.BytesIO()
    Image.fromarray(open_poster(data)).save(small, FORMAT, lossless=True, method=METHOD)
    return Picture(small.getvalue(), *_size(data))


def _size(data: bytes) -> tuple[int, int]:
    """Return the width and height of a poster that `open_poster` has read, turned upright."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # as there: odd metadata is harmless
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            width, height = image.size
            turned = image.getexif().get(_ORIENTATION) in _ON_THEIR_SIDE
    return (height, width) if turned else (width, height)
