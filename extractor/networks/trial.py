"""Trials: the comparison with float32 that a faster arithmetic must pass before it is used."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MIN_FRAMES = 200
MIN_MEAN = 0.999
MIN_WORST = 0.995


@dataclass(frozen=True, slots=True)
class Trial:
    """A faster arithmetic against float32 on frames of trailers: cosines, and the trailers with another top three."""

    n_frames: int
    n_trailers: int
    mean_cosine: float
    worst_cosine: float
    changed: tuple[str, ...]

    @property
    def objections(self) -> list[str]:
        """The reasons why it may not be used, none if it may."""
        objections = []
        if self.n_frames < MIN_FRAMES:
            objections.append(f"{self.n_frames} frames are too few, {MIN_FRAMES} are needed: give more videos")
        if self.mean_cosine < MIN_MEAN:
            objections.append(f"the mean cosine to float32 is {self.mean_cosine:.5f}, below {MIN_MEAN}")
        if self.worst_cosine < MIN_WORST:
            objections.append(f"the worst cosine to float32 is {self.worst_cosine:.5f}, below {MIN_WORST}")
        if self.changed:
            objections.append(f"the top three genres change for {', '.join(self.changed)}")
        return objections


def compare(pairs: Sequence[tuple[NDArray[np.float32], NDArray[np.float32]]], *, changed: Sequence[str]) -> Trial:
    """Return the trial of pairs of vectors, of float32 and of the faster arithmetic, each of shape (frames, dim)."""
    cosines = np.concatenate([cosine(exact, fast) for exact, fast in pairs])  # (frames of all trailers,)
    return Trial(len(cosines), len(pairs), float(cosines.mean()), float(cosines.min()), tuple(changed))


def cosine(a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the cosine of each row of `a` with the same row of `b`; two rows of zeros are alike."""
    a, b = a.astype(np.float64), b.astype(np.float64)
    lengths = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
    cosines = (a * b).sum(axis=1) / np.where(lengths > 0, lengths, 1)
    return np.asarray(np.where(lengths > 0, cosines, (a == b).all(axis=1)))
