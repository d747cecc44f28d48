"""The gate that a faster arithmetic must pass: are its vectors still right?"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MIN_FRAMES = 200
MIN_MEAN = 0.999
MIN_WORST = 0.995


@dataclass(frozen=True, slots=True)
class Trial:
    """A faster arithmetic against float32 on the frames of some trailers: cosines, and whose top three changed."""

    n_frames: int
    n_trailers: int
    mean_cosine: float
    worst_cosine: float
    changed: tuple[str, ...]

    @property
    def objections(self) -> list[str]:
        """Return why it may not be used, nothing if it may."""
        found = []
        if self.n_frames < MIN_FRAMES:
            found.append(f"{self.n_frames} frames are too few, {MIN_FRAMES} are needed: give more videos")
        if self.mean_cosine < MIN_MEAN:
            found.append(f"the mean cosine to float32 is {self.mean_cosine:.5f}, below {MIN_MEAN}")
        if self.worst_cosine < MIN_WORST:
            found.append(f"the worst cosine to float32 is {self.worst_cosine:.5f}, below {MIN_WORST}")
        if self.changed:
            found.append(f"the top three genres change for {', '.join(self.changed)}")
        return found


def judge(pairs: Sequence[tuple[NDArray[np.float32], NDArray[np.float32]]], *, changed: Sequence[str]) -> Trial:
    """Return the trial of pairs of vectors, float32's and the faster one's, each of shape (frames, dim)."""
    cosines = np.concatenate([cosine(exact, fast) for exact, fast in pairs])  # (frames of all trailers,)
    return Trial(len(cosines), len(pairs), float(cosines.mean()), float(cosines.min()), tuple(changed))


def cosine(a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the cosine of each row of one with the same row of the other; rows of zeros agree with one another."""
    a, b = a.astype(np.float64), b.astype(np.float64)
    lengths = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
    products = (a * b).sum(axis=1)
    same: NDArray[np.float64] = np.where(
        lengths > 0, products / np.where(lengths > 0, lengths, 1), (a == b).all(axis=1)
    )
    return same
