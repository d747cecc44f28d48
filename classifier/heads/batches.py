"""Batches: sequences of different lengths padded to arrays that a network takes, changed a little while it learns."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from classifier.arrays import Vectors
from classifier.heads.base import Examples
from classifier.heads.options import NeuralOptions
from classifier.ragged import Ragged

FRAMES_AT_ONCE = 8192  # 64 MB of 2,048 float32
PAIRS_AT_ONCE = 2**24  # attention between frames needs memory for each pair: 64 MB a head
SORTED_AT_ONCE = 8  # batches whose sequences are dealt by length, so that little is padding


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """`frames` (rows, longest, dim) and `mask` (rows, longest), 1 for a real frame; `y` and `known` (rows, genres).

    All float32; where the mask is 0 the frame means nothing.
    """

    frames: NDArray[np.float32]
    mask: NDArray[np.float32]
    y: NDArray[np.float32]
    known: NDArray[np.float32]


def pad(sequences: list[Vectors]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return frames (rows, longest, dim) with zeros after each end, and their mask (rows, longest)."""
    lengths = np.array([len(sequence) for sequence in sequences])
    longest = _round_up(int(lengths.max()))
    frames = np.zeros((len(sequences), longest, sequences[0].shape[1]), np.float32)
    for row, sequence in enumerate(sequences):
        frames[row, : len(sequence)] = sequence
    return frames, (np.arange(longest) < lengths[:, None]).astype(np.float32)


def _round_up(length: int) -> int:
    """Return the next power of two, or from 16 on the next multiple of 16: a GPU plans again for each shape."""
    return 1 << (length - 1).bit_length() if length <= 16 else -(-length // 16) * 16


def scoring_batches(X: Ragged) -> Iterator[NDArray[np.int64]]:
    """Yield row numbers, every row once, those of like length together and few enough for the memory."""
    order = np.argsort(-X.lengths, kind="stable")
    while len(order):
        longest = _round_up(int(X.lengths[order[0]]))
        n_rows = max(1, min(FRAMES_AT_ONCE // longest, PAIRS_AT_ONCE // longest**2))
        yield order[:n_rows]
        order = order[n_rows:]


def training_batches(examples: Examples, options: NeuralOptions, *, epoch: int) -> Iterator[Batch]:
    """Yield every row once in an order, and changed in ways, that the seed and the epoch alone decide."""
    random = np.random.default_rng([options.seed, epoch])
    singles = bool((examples.X.lengths == 1).all())
    for rows in _deal(examples.X.lengths, options.batch, random):
        frames, mask = pad([_crop(examples.X[int(row)], options.crop, random) for row in rows])
        mask = _hide(mask, options.frame_dropout, random)
        batch = Batch(frames, mask, examples.y[rows].astype(np.float32), examples.known[rows].astype(np.float32))
        yield mix(batch, options.mixup, random) if singles and options.mixup else batch


def _deal(lengths: NDArray[np.int64], size: int, random: np.random.Generator) -> list[NDArray[np.int64]]:
    order = random.permutation(len(lengths))
    batches = []
    for start in range(0, len(order), size * SORTED_AT_ONCE):
        part = order[start : start + size * SORTED_AT_ONCE]
        part = part[np.argsort(lengths[part], kind="stable")]
        batches += [part[i : i + size] for i in range(0, len(part), size)]
    return [batches[place] for place in random.permutation(len(batches))]


def _crop(frames: Vectors, longest: int, random: np.random.Generator) -> Vectors:
    if not longest or len(frames) <= longest:
        return frames
    start = int(random.integers(len(frames) - longest + 1))
    return frames[start : start + longest]


def _hide(mask: NDArray[np.float32], share: float, random: np.random.Generator) -> NDArray[np.float32]:
    """Return the mask with about this share of the frames hidden, but never all of a sequence."""
    if not share:
        return mask
    left = mask * (random.random(mask.shape) >= share)
    left[left.sum(axis=1) == 0] = mask[left.sum(axis=1) == 0]
    return left.astype(np.float32)


def mix(batch: Batch, alpha: float, random: np.random.Generator) -> Batch:
    """Return each row drawn towards another (Zhang et al. 2018, "mixup", section 2), known where both are."""
    others = random.permutation(len(batch.y))
    weight = random.beta(alpha, alpha, len(batch.y)).astype(np.float32)[:, None]
    return Batch(
        frames=weight[:, :, None] * batch.frames + (1 - weight[:, :, None]) * batch.frames[others],
        mask=batch.mask,
        y=weight * batch.y + (1 - weight) * batch.y[others],
        known=batch.known * batch.known[others],
    )
