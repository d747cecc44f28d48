"""Filmstrips: the frames of a trailer, one a second, small ones in one picture, with a cover; and stills of them."""

import io
import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from extractor.video.measures import find_bars

HEIGHT = 90  # pixels of a small frame
LOW = 54  # in the filmstrip of a long video: 4,000 frames fit into a document
LONG = 900  # frames
ASPECTS = (0.6, 2.4)  # the narrowest and the widest small frame
COLUMNS = 20
QUALITY = 70
STILL = (854, 480)  # pixels that no still exceeds
STILL_QUALITY = 60
STILLS_BYTES = 14 * 2**20  # that fit into a document
COVER_HEIGHT = 144  # pixels
N_COVERS = 32  # candidates
OPENING_SHARE = 0.2  # of a trailer: studios' logos, as varied as any scene


@dataclass(frozen=True, slots=True)
class Filmstrip:
    """`jpeg` shows `n_frames` small frames of `width` x `height` pixels, `columns` in a row, second 0 first.

    `colors` holds the mean colour of each frame, RGB, three bytes a second. `cover` is a JPEG of the usable frame with
    the most varied picture that is not of the opening, without black bars around it.
    """

    jpeg: bytes
    n_frames: int
    columns: int
    width: int
    height: int
    colors: bytes
    cover: bytes


@dataclass(frozen=True, slots=True)
class Candidate:
    """A frame that may become the cover, in its size, and how much it shows: the entropy of its luma, in bits."""

    second: int
    variety: float
    picture: Image.Image


@dataclass(slots=True)
class FilmstripMaker:
    """Collects the frames of a trailer while it is decoded; `aspect` is the width of its picture over the height."""

    aspect: float
    _height: int = HEIGHT
    _small: list[NDArray[np.uint8]] = field(default_factory=list)
    _colors: list[NDArray[np.uint8]] = field(default_factory=list)
    _covers: dict[int, Candidate] = field(default_factory=dict)  # by stretch of _stretch_s seconds
    _stretch_s: int = 1

    def _width(self, height: int) -> int:
        return round(height * float(np.clip(self.aspect, *ASPECTS)))

    def add(self, frames: NDArray[np.uint8]) -> None:
        """Add frames, uint8 of shape (frames, size, size, 3)."""
        for frame in frames:
            self._small.append(self._shrink(frame))
            self._consider(frame)
        self._colors.append(frames.mean(axis=(1, 2)).round().astype(np.uint8))  # (frames, 3)
        if len(self._small) > LONG and self._height != LOW:
            self._height = LOW
            self._small = [self._shrink(small) for small in self._small]

    def _shrink(self, frame: NDArray[np.uint8]) -> NDArray[np.uint8]:
        size = (self._width(self._height), self._height)
        return np.asarray(Image.fromarray(frame).resize(size, Image.Resampling.BOX), dtype=np.uint8)

    def _consider(self, frame: NDArray[np.uint8]) -> None:
        second, small = len(self._small) - 1, self._small[-1]
        rows, columns = _find_picture(small)
        variety = _variety(small[rows, columns])
        best = self._covers.get(second // self._stretch_s)
        if best and variety <= best.variety:
            return
        picture = frame[_scale(rows, len(frame) / len(small)), _scale(columns, frame.shape[1] / small.shape[1])]
        wider = picture.shape[1] / frame.shape[1] * len(frame) / len(picture)
        size = (round(COVER_HEIGHT * float(np.clip(self.aspect * wider, *ASPECTS))), COVER_HEIGHT)
        self._keep(Candidate(second, variety, Image.fromarray(picture).resize(size, Image.Resampling.BICUBIC)))
        if len(self._covers) > N_COVERS:
            self._stretch_s *= 2
            candidates, self._covers = self._covers.values(), {}
            for candidate in candidates:
                self._keep(candidate)

    def _keep(self, candidate: Candidate) -> None:
        """Keep the candidate if it is the best of its stretch."""
        place = candidate.second // self._stretch_s
        self._covers[place] = max(self._covers.get(place, candidate), candidate, key=lambda it: it.variety)

    def finish(self, usable: Collection[int] = ()) -> Filmstrip:
        """Return the filmstrip of all frames added, its cover of a `usable` second if one is a candidate.

        Raises ValueError if there are no frames.
        """
        if not self._covers:
            raise ValueError("a filmstrip needs at least one frame")
        opening = OPENING_SHARE * len(self._small)
        cover = max(self._covers.values(), key=lambda it: (it.second in usable, it.second >= opening, it.variety))
        return Filmstrip(
            jpeg=_to_jpeg(Image.fromarray(_lay_out(self._small))),
            n_frames=len(self._small),
            columns=COLUMNS,
            width=self._width(self._height),
            height=self._height,
            colors=np.concatenate(self._colors).tobytes(),
            cover=_to_jpeg(cover.picture),
        )


def fit_still(width: int, height: int, aspect: float) -> tuple[int, int]:
    """Return the width and height of stills of a video: its own in its shape, or the largest that STILL allows."""
    tall = min(max(width, height) / max(1.0, aspect), STILL[1], STILL[0] / aspect)
    return max(2, round(tall * aspect)), max(2, round(tall))


@dataclass(slots=True)
class StillMaker:
    """Collects the stills of a trailer, one a second, each a WebP picture."""

    _pictures: list[bytes] = field(default_factory=list)
    _n_bytes: int = 0

    def add(self, stills: NDArray[np.uint8]) -> None:
        """Add stills, uint8 of shape (stills, height, width, 3)."""
        for still in stills if self._n_bytes <= STILLS_BYTES else ():
            file = io.BytesIO()
            Image.fromarray(still).save(file, "WEBP", quality=STILL_QUALITY, method=0)
            self._pictures.append(file.getvalue())
            self._n_bytes += file.tell()

    def finish(self) -> list[bytes]:
        """Return all of them, none where they are too many for a document."""
        return self._pictures if self._n_bytes <= STILLS_BYTES else []


def _find_picture(frame: NDArray[np.uint8]) -> tuple[slice, slice]:
    """Return the rows and columns of a frame between black bars."""
    luma = frame.mean(axis=2).astype(np.int16)
    return slice(*find_bars(luma)), slice(*find_bars(luma.T))


def _scale(span: slice, by: float) -> slice:
    return slice(math.ceil(span.start * by), math.floor(span.stop * by))


def _variety(picture: NDArray[np.uint8]) -> float:
    """Return the entropy of a picture's luma in bits: cards, fades and flares have little, and much contrast."""
    shares = np.bincount((picture.mean(axis=2) / 8).astype(np.int64).ravel(), minlength=32) / picture[..., 0].size
    shares = shares[shares > 0]
    return float(-(shares * np.log2(shares)).sum())


def _to_jpeg(picture: Image.Image) -> bytes:
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=QUALITY, optimize=True)
    return file.getvalue()


def _lay_out(small: Sequence[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """Return one picture with rows of COLUMNS small frames; the rest of the last row is black."""
    height, width = small[0].shape[:2]
    n_rows = -(-len(small) // COLUMNS)
    sheet = np.zeros((n_rows * height, COLUMNS * width, 3), dtype=np.uint8)
    for number, frame in enumerate(small):
        top, left = number // COLUMNS * height, number % COLUMNS * width
        sheet[top : top + height, left : left + width] = frame
    return sheet
