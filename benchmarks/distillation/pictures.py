"""Real pictures by source, and which of them no training may see."""

import csv
import io
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal
from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from benchmarks.real_data import SHARED
from classifier.data.split import Split

Source = Literal["posters_imdb7k", "posters_hetrec5k", "cinemanet", "trailers"]
SOURCES: tuple[Source, ...] = ("posters_imdb7k", "posters_hetrec5k", "cinemanet", "trailers")
HELD_TRAILERS = ("Haywire", "Home_Alone", "Primer")
HELD_SHARE = 8  # of cinemanet's numbers, one in so many
FRAMES = SHARED / "frames" / "film_frames.zip"
_lock = threading.Lock()  # ZipFile counts its open members without a lock


@dataclass(frozen=True, slots=True)
class Picture:
    """A member of a zip; `held` means held out for tests."""

    source: Source
    archive: Path
    name: str
    held: bool

    @property
    def is_poster(self) -> bool:
        """Whether it is a poster; else it is a frame."""
        return self.source.startswith("posters")


def list_pictures(split: Split) -> list[Picture]:
    """Return all pictures; held out are posters of the test films of `split`, whole trailers, and a share of stills."""
    return [*_posters(split), *_frames()]


def open_picture(picture: Picture) -> NDArray[np.uint8]:
    """Return the picture as it is, RGB of shape (height, width, 3)."""
    with _lock:
        data = _archive(picture.archive).read(picture.name)
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image.convert("RGB"), dtype=np.uint8)


def _posters(split: Split) -> Iterator[Picture]:
    with (SHARED / "films" / "films.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for collection in ("imdb7k", "hetrec5k"):
        archive = SHARED / "posters" / f"posters_{collection}.zip"
        present, seen = set(_archive(archive).namelist()), set()
        for number, row in enumerate(rows):
            name, part = row[f"poster_{collection}"], split.parts.get(f"row {number + 1}")
            if name in present and name not in seen and part is not None:
                seen.add(name)
                yield Picture(f"posters_{collection}", archive, name, part == "test")  # type: ignore[arg-type]


def _frames() -> Iterator[Picture]:
    """Yield the stills of films and the frames of trailers."""
    for name in sorted(_archive(FRAMES).namelist()):
        kind, film, *rest = name.split("/")
        if kind == "trailers" and rest:
            yield Picture("trailers", FRAMES, name, film in HELD_TRAILERS)
        elif kind == "cinemanet" and rest:
            stem = rest[-1].partition(".")[0].removesuffix(" copy")
            yield Picture("cinemanet", FRAMES, name, crc32(stem.encode()) % HELD_SHARE == 0)


@cache
def _archive(path: Path) -> zipfile.ZipFile:
    return zipfile.ZipFile(path)
