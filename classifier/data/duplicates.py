"""Duplicates: one film under two names, by equal files, equal pictures, or a shared group."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from classifier.data.dataset import LabelledRows
from classifier.linked_rows import LinkedRows
from classifier.ragged import Ragged

# Cosine between mean features, each feature less its mean over the set. Measured: a poster saved again as JPEG 0.87 to
# 0.95, a trailer in another codec 0.93 to 0.99; of 26 million pairs of posters two different ones reach 0.88. A copy
# at half the size (0.3 to 0.7), or with other bars (0.8), can't be told from another film: only its group can.
SAME = 0.88
# The starter sees less of what tells pictures apart: a poster saved again 0.95 to 0.999, one in a hundred below 0.963;
# of 79 million pairs some 30 different ones lie between 0.92 and 0.94, 110 between 0.90 and 0.92.
SAME_OF = {"starter": 0.96}
MIN_DIM = 256
BLOCK = 1024


def join_groups(data: LabelledRows) -> tuple[str, ...]:
    """Return for each row one name for all that must stay with it: its group, its file, its near-duplicates."""
    joined = LinkedRows(len(data))
    joined.join_equal(data.groups)
    joined.join_equal(data.digests)
    for one, other in near_duplicates(data):
        joined.join(one, other)
    return tuple(data.ids[joined.root(row)] for row in range(len(data)))


def near_duplicates(data: LabelledRows) -> Iterator[tuple[int, int]]:
    """Yield the pairs of rows, the lower first, whose mean features of one modality are all but the same.

    Features of fewer than 256 numbers are not compared: different films may lie as close in them.
    """
    for rows, X, features_id in data.sequences():
        if X.dim < MIN_DIM:
            continue
        same = SAME_OF.get(features_id.partition("-")[0], SAME)
        unit = _centred(X)
        for start in range(0, len(unit), BLOCK):
            close = unit[start : start + BLOCK] @ unit[start:].T >= same  # (block, sequences from start on)
            ones, others = np.nonzero(np.triu(close, k=1))
            yield from zip(rows[ones + start].tolist(), rows[others + start].tolist(), strict=True)


def _centred(X: Ragged) -> NDArray[np.float32]:
    """Return each sequence's mean less that of all, of length 1: (n, dim); one that is like all is 0."""
    means = np.stack([sequence.mean(axis=0, dtype=np.float32) for sequence in X])
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
