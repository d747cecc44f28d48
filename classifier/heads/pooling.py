"""Pooling: one vector for a sequence of frames, whatever its length."""

import numpy as np
from numpy.typing import NDArray

from classifier.arrays import Vectors
from classifier.ragged import Ragged

N_STATS = 4  # mean, standard deviation, maximum, change
FLAT = 1e-3


def pool_mean(X: Ragged) -> NDArray[np.float32]:
    """Return the mean frame of each sequence, of shape (n, dim), summed in float64; each row whatever its company."""
    return np.stack([sequence.mean(axis=0, dtype=np.float64).astype(np.float32) for sequence in X])


def pool_stats(X: Ragged) -> NDArray[np.float32]:
    """Return mean | standard deviation | maximum | change of each sequence, of shape (n, 4 * dim).

    Change is the mean absolute difference of neighbouring seconds, 0 for a sequence of one frame.
    """
    return np.stack([_stats(sequence) for sequence in X])


def _stats(frames: Vectors) -> NDArray[np.float32]:
    wide = frames.astype(np.float64)
    change = np.abs(np.diff(wide, axis=0)).mean(axis=0) if len(wide) > 1 else np.zeros(wide.shape[1])
    return np.concatenate([wide.mean(axis=0), wide.std(axis=0), wide.max(axis=0), change]).astype(np.float32)


def moments(X: Ragged) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return mean and standard deviation over all frames, each of shape (dim,), the latter never 0.

    A deviation counts as a thousandth of the largest at least: nearly constant numbers are not blown up. Two passes
    of float64 over pieces: float16 features of many trailers are never widened all at once.
    """
    n_frames = int(X.lengths.sum())
    mean = sum((piece.sum(axis=0, dtype=np.float64) for piece in X.pieces()), np.zeros(X.dim)) / n_frames
    squares = sum((((piece - mean) ** 2).sum(axis=0) for piece in X.pieces()), np.zeros(X.dim))
    spread = np.sqrt(squares / n_frames)
    floor = FLAT * spread.max() if spread.any() else 1.0
    return mean.astype(np.float32), np.maximum(spread, floor).astype(np.float32)
