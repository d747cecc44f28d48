"""Pooling: a trailer's seconds as one vector."""

import numpy as np
from numpy.typing import NDArray

from classifier.ragged import Ragged


def pool_mean(X: Ragged) -> NDArray[np.float32]:
    """Return the mean over the seconds of each sequence, of shape (n, dim)."""
    return np.stack([sequence.mean(axis=0, dtype=np.float64) for sequence in X]).astype(np.float32)


def pool_stats(X: Ragged) -> NDArray[np.float32]:
    """Return mean | std | max | mean absolute difference of neighbouring seconds, of shape (n, 4 * dim)."""
    return np.stack([_stats(sequence) for sequence in X])


def _stats(sequence: NDArray[np.floating]) -> NDArray[np.float32]:
    values = sequence.astype(np.float64)
    steps = np.abs(np.diff(values, axis=0)).mean(axis=0) if len(values) > 1 else np.zeros(values.shape[1])
    return np.concatenate([values.mean(axis=0), values.std(axis=0), values.max(axis=0), steps]).astype(np.float32)
