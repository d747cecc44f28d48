"""What is the same film under two names: equal files, equal pictures, rows that share a group."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from classifier.dataset import Dataset
from classifier.joined import Joined

# Cosine between mean features, each feature less its mean over the set. Measured: a poster saved again as JPEG 0.87 to
# 0.95, a trailer in another codec 0.93 to 0.99; of 26 million pairs of posters two different ones reach 0.88. A copy
# at half the size (0.3 to 0.7), or with other bars (0.8), is not told from another film: its group must tell.
SAME = 0.88
MIN_DIM = 256
BLOCK = 1024


def join_groups(data: Dataset) -> tuple[str, ...]:
    """Return for each row one name for all that must stay with it: its group, its file, its near-duplicates."""
    joined = Joined(len(data))
    joined.join_equal(data.groups)
    joined.join_equal(data.digests)
    for one, other in near_duplicates(data):
        joined.join(one, other)
    return tuple(data.ids[joined.root(row)] for row in range(len(data)))


def near_duplicates(data: Dataset) -> Iterator[tuple[int, int]]:
    """Yield the pairs of rows, the lower first, whose mean features are all but the same.

    Nothing is yielded for features of fewer than 256 numbers, in which different films may lie as close.
    """
    if data.X.dim < MIN_DIM:
        return
    unit = _centred(data)
    for start in range(0, len(unit), BLOCK):
        close = unit[start : start + BLOCK] @ unit[start:].T >= SAME  # (block, rows from start on)
        rows, others = np.nonzero(np.triu(close, k=1))
        yield from zip((rows + start).tolist(), (others + start).tolist(), strict=True)


def _centred(data: Dataset) -> NDArray[np.float32]:
    """Return the mean features of each row less those of all rows, of length 1: (n, dim); a row like all is 0."""
    means = np.stack([sequence.mean(axis=0, dtype=np.float32) for sequence in data.X])
    means -= means.mean(axis=0)
    lengths = np.linalg.norm(means, axis=1, keepdims=True)
    unit: NDArray[np.float32] = np.divide(means, lengths, out=np.zeros_like(means), where=lengths > 0)
    return unit


def crossing(words: Sequence[str], parts: NDArray[np.int64]) -> list[str]:
    """Return the words, "" aside, that stand in more than one part."""
    seen: dict[str, int] = {}
    found: dict[str, None] = {}
    for word, part in zip(words, parts.tolist(), strict=True):
        if word and seen.setdefault(word, part) != part:
            found[word] = None
    return list(found)
