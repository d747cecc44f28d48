"""Shards: files of renderings as the student sees them, with the teacher's features of them."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from benchmarks.distillation.pictures import Picture, open_picture
from benchmarks.distillation.rendering import Pixels, render
from extractor.networks.backbone import Backbone
from extractor.networks.picture_batches import read_ahead

SHARD = 2048  # renderings
BATCH = 32
TURNS = {"posters_imdb7k": 1, "posters_hetrec5k": 1, "cinemanet": 4, "trailers": 4}  # there are few frames


@dataclass(frozen=True, slots=True)
class Shard:
    """`frames` are uint8 of shape (n, size, size, 3), read as they are needed; `vectors` float16 of (n, 2048)."""

    frames: NDArray[np.uint8]
    vectors: NDArray[np.float16]


def plan_round(pictures: Sequence[Picture], number: int) -> list[tuple[Picture, int]]:
    """Return the pictures of a round of rendering in a random order, each with the seed of its rendering."""
    chosen = [place for place, picture in enumerate(pictures) for _ in range(TURNS[picture.source])]
    random = np.random.default_rng(number)
    return [(pictures[chosen[turn]], number * 10**6 + turn) for turn in random.permutation(len(chosen)).tolist()]


def render_round(
    pictures: Sequence[Picture], number: int, teacher: Backbone, *, size: int, folder: Path, say: Callable[[str], None]
) -> None:
    """Write the missing shards of a round, each whole or not at all."""
    plan = plan_round(pictures, number)
    folder.mkdir(parents=True, exist_ok=True)
    for start in range(0, len(plan), SHARD):
        path = folder / f"{number:02d}-{start:06d}"
        if not path.with_suffix(".vectors.npy").exists():
            _write(path, _make_shard(plan[start : start + SHARD], teacher, size))
        say(f"round {number}: {min(start + SHARD, len(plan)):,} of {len(plan):,} renderings")


def read_shards(folder: Path) -> list[Shard]:
    """Return all shards of a folder."""
    return [
        Shard(np.load(path.with_suffix("").with_suffix(".frames.npy"), mmap_mode="r"), np.load(path))
        for path in sorted(folder.glob("*.vectors.npy"))
    ]


def _make_shard(plan: Sequence[tuple[Picture, int]], teacher: Backbone, size: int) -> Shard:
    def read(place: int) -> Pixels:
        picture, seed = plan[place]
        return render(open_picture(picture), np.random.default_rng(seed), poster=picture.is_poster)

    frames, vectors = [], []
    batches = [np.arange(start, min(start + BATCH, len(plan))) for start in range(0, len(plan), BATCH)]
    for _, batch in read_ahead(read, batches):
        vectors.append(teacher(batch).astype(np.float16))
        frames += [shrink(frame, size) for frame in batch]
    return Shard(np.stack(frames), np.concatenate(vectors))


def shrink(frame: Pixels, size: int) -> Pixels:
    """Return a frame squashed to (size, size, 3)."""
    return np.asarray(Image.fromarray(frame).resize((size, size), Image.Resampling.BICUBIC), dtype=np.uint8)


def _write(path: Path, shard: Shard) -> None:
    for name, values in (
        ("frames", shard.frames),
        ("vectors", shard.vectors),
    ):  # vectors last: they mark a shard as whole
        part = path.with_suffix(f".{name}.part")
        with part.open("wb") as file:
            np.save(file, values)
        os.replace(part, path.with_suffix(f".{name}.npy"))  # noqa: PTH105 - os.replace is the atomic one
