"""Projection: features scaled and turned onto their main directions, an affine map like the head."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from classifier.arrays import Floats

OVERSAMPLING = 20
N_PASSES = 5
FLAT = 1e-6  # directions with less of the largest variance than this are noise of the arithmetic


@dataclass(frozen=True, slots=True, eq=False)
class Projection:
    """x -> (x - mean) @ basis; `mean` is of shape (dim,), `basis` of shape (dim, components), float64.

    `spread`, of shape (dim,), is the standard deviation of each feature it was fitted on.
    """

    mean: Floats
    basis: Floats
    spread: Floats

    def apply(self, vectors: NDArray[np.float32]) -> Floats:
        """Return the projected rows: (n, dim) -> (n, components)."""
        return (vectors - self.mean) @ self.basis

    def fold(self, coef: Floats, intercept: Floats) -> tuple[Floats, Floats]:
        """Return the affine map on raw features that equals `coef`, `intercept` on projected ones."""
        folded = coef @ self.basis.T  # (genres, dim)
        return folded, intercept - folded @ self.mean


def fit_projection(vectors: NDArray[np.float32], *, n_components: int, whitening: float, seed: int) -> Projection:
    """Return the principal directions of standardised `vectors`, of shape (n, dim), the strongest first.

    Each direction is divided by its standard deviation to the power `whitening`: 0 keeps spreads, 1 makes all
    alike. Directions without spread are left out, so there may be fewer than `n_components`.
    """
    mean = vectors.mean(axis=0, dtype=np.float64)
    spread = vectors.std(axis=0, dtype=np.float64)
    scale = np.where(spread > FLAT * spread.max(), spread, 1.0)  # MiniLM has two features of 1e-33
    standard = (vectors - mean) / scale
    variances, directions = _leading(standard, n_components, seed=seed)
    basis = directions * variances ** (-whitening / 2) / scale[:, None]
    return Projection(mean, basis, spread)


def _leading(rows: Floats, n_components: int, *, seed: int) -> tuple[Floats, Floats]:
    """Return the largest variances of centred `rows`, falling, and their directions (dim, components).

    Subspace iteration (Halko, Martinsson & Tropp 2011, "Finding Structure with Randomness", algorithm 4.4):
    400 of 2,048 in seconds where a full decomposition takes 25.
    """
    width = min(*rows.shape, n_components + OVERSAMPLING)
    basis = np.random.default_rng(seed).standard_normal((rows.shape[1], width))
    for _ in range(N_PASSES):
        basis = np.linalg.qr(rows.T @ (rows @ basis)).Q
    projected = rows @ basis  # (n, width)
    variances, turns = np.linalg.eigh(projected.T @ projected / len(rows))
    order = np.argsort(-variances, kind="stable")[:n_components]
    order = order[variances[order] > FLAT * variances.max()]
    return variances[order], basis @ turns[:, order]
