"""Batches of pictures: read ahead by threads, few in memory at a time, and augmented for training."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray
from PIL import Image

AHEAD = 2  # batches
MIN_SIDE = 0.85  # of the width and height that a crop keeps, so that titles and faces stay in it

Frame = NDArray[np.uint8]
Waiting = tuple[NDArray[np.int64], list[Future[Frame]]]


def read_ahead(
    read: Callable[[int], Frame], batches: Iterable[NDArray[np.int64]]
) -> Iterator[tuple[NDArray[np.int64], Frame]]:
    """Yield each batch of rows with its frames, (rows, size, size, 3), while threads `read` the next ones."""
    waiting: deque[Waiting] = deque()
    with ThreadPoolExecutor(len(os.sched_getaffinity(0)), thread_name_prefix="pictures") as pool:
        for rows in batches:
            waiting.append((rows, [pool.submit(read, row) for row in rows.tolist()]))
            if len(waiting) > AHEAD:
                yield _collect(waiting.popleft())
        while waiting:
            yield _collect(waiting.popleft())


def _collect(waiting: Waiting) -> tuple[NDArray[np.int64], Frame]:
    rows, frames = waiting
    return rows, np.stack([frame.result() for frame in frames])


def vary(frame: Frame, random: np.random.Generator) -> Frame:
    """Return a frame slightly cropped and stretched, mirrored half of the time; the shape stays."""
    height, width = frame.shape[:2]
    sides = random.uniform(MIN_SIDE, 1, 2) * (width, height)
    left, top = random.uniform(0, 1, 2) * ((width, height) - sides)
    box = (left, top, left + sides[0], top + sides[1])
    cropped = np.asarray(Image.fromarray(frame).resize((width, height), Image.Resampling.BICUBIC, box=box))
    return cropped[:, ::-1] if random.random() < 0.5 else cropped
