"""Course of the distillation: batches of renderings, learning rates that rise and fall, checkpoints to resume from."""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.distillation.shards import Shard
from benchmarks.distillation.student import Student

WARM_UP = 200  # steps
RATES = (2e-4, 6e-4)  # of the teacher's layers, of the new ones


@dataclass(frozen=True, slots=True)
class Course:
    """How long to learn: `epochs` over all renderings in batches of `batch`; a checkpoint every `every` steps."""

    epochs: float = 3.5
    batch: int = 64
    every: int = 250
    seed: int = 0


def run_course(
    student: Student, shards: Sequence[Shard], course: Course, *, checkpoint: Path, say: Callable[[str], None]
) -> None:
    """Have the student learn to the end, starting from the last checkpoint if there is one."""
    lengths = np.array([len(shard.vectors) for shard in shards])
    n_steps = int(course.epochs * lengths.sum() / course.batch)
    begun = _resume(student, checkpoint)
    losses: list[float] = []
    started = time.monotonic()
    for step, (frames, vectors) in enumerate(_batches(shards, course, begun), start=begun):
        if step >= n_steps:
            break
        losses.append(student.learn(frames, vectors, rates=rates_at(step, n_steps)))
        if (step + 1) % course.every == 0 or step + 1 == n_steps:
            _keep(student, step + 1, checkpoint)
            pace = (step + 1 - begun) * course.batch / (time.monotonic() - started)
            say(f"step {step + 1:,} of {n_steps:,}: loss {np.mean(losses[-course.every :]):.4f}, {pace:.0f} frames/s")


def rates_at(step: int, n_steps: int) -> tuple[float, float]:
    """Return the learning rates of a step: a linear rise, then half a cosine down to 0 (Loshchilov & Hutter 2017)."""
    factor = min(1.0, (step + 1) / WARM_UP) * 0.5 * (1 + np.cos(np.pi * step / n_steps))
    return RATES[0] * factor, RATES[1] * factor


def _batches(
    shards: Sequence[Shard], course: Course, begun: int
) -> Iterator[tuple[NDArray[np.uint8], NDArray[np.float32]]]:
    """Yield batches endlessly from step `begun`, each epoch in an order of its own, half of the frames mirrored."""
    rows = np.array([(place, row) for place, shard in enumerate(shards) for row in range(len(shard.vectors))])
    n_batches = len(rows) // course.batch
    step = begun
    while True:
        epoch, within = divmod(step, n_batches)
        order = np.random.default_rng((course.seed, epoch)).permutation(len(rows))
        for start in range(within * course.batch, n_batches * course.batch, course.batch):
            chosen = rows[order[start : start + course.batch]]
            mirrored = np.random.default_rng((course.seed, epoch, start)).random(len(chosen)) < 0.5
            frames = np.stack([shards[place].frames[row] for place, row in chosen])
            frames[mirrored] = frames[mirrored, :, ::-1]
            yield frames, np.stack([shards[place].vectors[row] for place, row in chosen]).astype(np.float32)
            step += 1


def _keep(student: Student, step: int, path: Path) -> None:
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        np.savez(file, **student.state, step=np.int64(step))
    os.replace(part, path)  # noqa: PTH105 - os.replace is the atomic one


def _resume(student: Student, path: Path) -> int:
    if not path.is_file():
        return 0
    with np.load(path, allow_pickle=False) as kept:
        student.resume({name: kept[name] for name in kept.files if name != "step"})
        return int(kept["step"])
