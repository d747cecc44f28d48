"""The layout of the library's map: trailers with similar features lie near each other in the plane.

The mean features of trailers are made unit vectors and reduced to 50 principal components; t-SNE (van der Maaten and
Hinton 2008) lays out up to 5,000 of them, begun with their first two components, so that the same library gives the
same map. All others lie between their nearest neighbours among these.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
Points = NDArray[np.float64]

N_SAMPLE = 5_000  # trailers laid out by t-SNE
N_COMPONENTS = 50
FEWEST = 5  # trailers that have neighbours to speak of; fewer are laid out by their first two components
PERPLEXITY = 30.0
N_NEAREST = 5
AT_ONCE = 1024  # rows: their distances to the sample take 20 MB
WIDTH_OF_START = 1e-4  # of the first layout, as t-SNE wants it


@dataclass(frozen=True, slots=True)
class Projection:
    """The principal components of some vectors: their mean, of shape (dim,), and axes, (components, dim)."""

    mean: Vectors
    axes: Vectors

    @classmethod
    def fit(cls, vectors: Vectors) -> Self:
        """Return the components of vectors of shape (n, dim), at least one, at most 50 of them."""
        units = _to_units(vectors)
        mean = units.mean(axis=0)
        _, axes = np.linalg.eigh((units - mean).T @ (units - mean))  # (dim,) ascending, (dim, dim)
        kept = axes[:, ::-1][:, : min(N_COMPONENTS, len(vectors))].T  # (components, dim)
        largest = np.abs(kept).argmax(axis=1)
        signs = np.sign(kept[np.arange(len(kept)), largest])  # which way an axis points is chance otherwise
        return cls(mean, kept * signs[:, None])

    def project(self, vectors: Vectors) -> Points:
        """Return vectors of shape (n, dim) by their components, of shape (n, components)."""
        return ((_to_units(vectors) - self.mean) @ self.axes.T).astype(np.float64)


def lay_out(points: Points) -> Points:
    """Return where points of shape (n, components), the first components first, lie on the map: (n, 2), from 0 to 1."""
    sample = pick_evenly(len(points))
    places = _lay_out_sample(points[sample])
    if len(sample) < len(points):
        places = _place_between(points, points[sample], places)
    return _fit_square(places)


def pick_evenly(n: int) -> NDArray[np.int64]:
    """Return which of n rows are laid out by t-SNE: all, or 5,000 at even distances."""
    return np.linspace(0, n - 1, min(n, N_SAMPLE)).round().astype(np.int64)


def _to_units(vectors: Vectors) -> Vectors:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    units: Vectors = np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)
    return units


def _lay_out_sample(points: Points) -> Points:
    start = np.zeros((len(points), 2))
    start[:, : points.shape[1]] = points[:, :2]
    spread = start.std(axis=0).max() if len(points) else 0.0
    if len(points) < FEWEST or spread == 0:
        return start
    from sklearn.manifold import TSNE  # a second that only the drawing of a map needs

    perplexity = min(PERPLEXITY, (len(points) - 1) / 3)
    begun = (start / spread * WIDTH_OF_START).astype(np.float32)
    layout = TSNE(perplexity=perplexity, init=begun, random_state=0, n_jobs=1).fit_transform(points)
    return np.asarray(layout, dtype=np.float64)


def _place_between(points: Points, sample: Points, places: Points) -> Points:
    """Return the mean place of each point's nearest neighbours in the sample, of which it may be one itself."""
    squares = (sample**2).sum(axis=1)
    found = np.empty((len(points), 2))
    for start in range(0, len(points), AT_ONCE):
        block = points[start : start + AT_ONCE]
        distances = (block**2).sum(axis=1)[:, None] - 2 * block @ sample.T + squares  # (block, sample)
        nearest = np.argpartition(distances, N_NEAREST, axis=1)[:, :N_NEAREST]
        near = np.take_along_axis(distances, nearest, axis=1)
        weights = 1 / (np.maximum(near, 0) + 1e-9)  # one that is in the sample stays where it is
        found[start : start + AT_ONCE] = (weights[:, :, None] * places[nearest]).sum(axis=1) / weights.sum(
            axis=1, keepdims=True
        )
    return found


def _fit_square(places: Points) -> Points:
    """Return places in the square from 0 to 1, as they lie to each other, in its middle."""
    if not len(places):
        return places
    low, high = places.min(axis=0), places.max(axis=0)
    side = (high - low).max()
    if side == 0:
        return np.full_like(places, 0.5)
    fitted: Points = np.clip((places - (low + high) / 2) / side + 0.5, 0, 1)
    return fitted
