"""Latent: a modality's sequences as a few hundred numbers each, for a network that joins them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from classifier.arrays import Bools, Vectors
from classifier.bounds import Bound, check_arrays
from classifier.errors import UnsafeModel
from classifier.heads.base import Arrays
from classifier.heads.pooling import pool_mean
from classifier.heads.projection import fit_projection
from classifier.heads.terms import Terms, spell
from classifier.ragged import Ragged

COMPONENTS = 256
N_TERMS = 10_000
WIDTH_BOUND = Bound(1, 4096)


@dataclass(frozen=True, slots=True, eq=False)
class Latent:
    """A modality's sequences as rows of a few hundred numbers of spread 1: (x - mean) @ basis.

    x is a text's weighted terms (latent semantic analysis, Deerwester et al. 1990), else the mean vector.
    """

    mean: NDArray[np.float32]
    basis: NDArray[np.float32]
    terms: Terms | None

    @classmethod
    def fit(cls, X: Ragged, *, seed: int) -> "Latent":
        """Return the main directions of these sequences."""
        if X.dim > 1:
            pooled = pool_mean(X)
            found = fit_projection(pooled, n_components=COMPONENTS, whitening=1.0, seed=seed)
            return cls(found.mean.astype(np.float32), found.basis.astype(np.float32), None)
        from sklearn.decomposition import TruncatedSVD

        terms = Terms.count(X, most=N_TERMS)
        weights = terms.apply(X)
        n = min(COMPONENTS, min(weights.shape) - 1)
        turn = TruncatedSVD(n, random_state=seed).fit(weights)
        basis = turn.components_.T / np.sqrt(np.maximum(turn.explained_variance_, 1e-12))
        return cls(np.zeros(len(terms), np.float32), basis.astype(np.float32), terms)

    @property
    def width(self) -> int:
        """How many numbers a row has."""
        return int(self.basis.shape[1])

    @property
    def dim(self) -> int:
        """How many numbers a vector must have."""
        return 1 if self.terms else len(self.mean)

    def apply(self, X: Ragged) -> NDArray[np.float32]:
        """Return the rows, (n, width)."""
        if self.terms is None:
            return ((pool_mean(X) - self.mean) @ self.basis).astype(np.float32)
        weighed = (self.terms.weigh(ids) for ids in X)
        return np.stack([weights @ self.basis[places] for places, weights in weighed]).astype(np.float32)

    def in_vocabulary(self, vectors: Vectors) -> Bools | None:
        """Return which words are terms, None for pictures."""
        return None if self.terms is None else self.terms.find(spell(vectors).words) >= 0

    def is_informative(self, vectors: Vectors) -> Bools:
        """Return which vectors are worth showing, of shape (n,)."""
        return np.ones(len(vectors), dtype=np.bool_) if self.terms is None else self.terms.rare(vectors)

    def arrays(self, name: str) -> dict[str, NDArray[np.float32]]:
        """Return what was learnt, under names that end in the modality's."""
        own = {f"mean_{name}": self.mean, f"basis_{name}": self.basis}
        return own | ({f"terms_{name}": self.terms.pairs, f"idf_{name}": self.terms.idf} if self.terms else {})

    @classmethod
    def restore(cls, name: str, arrays: Arrays) -> "Latent":
        """Return what these arrays describe; raises UnsafeModel."""
        mean, basis = (arrays.get(f"{what}_{name}", np.zeros(0, np.float32)) for what in ("mean", "basis"))
        width = basis.shape[1] if basis.ndim == 2 else 0
        check_arrays({"mean": mean, "basis": basis}, {"mean": (len(mean),), "basis": (len(mean), width)})
        if not len(mean) or not WIDTH_BOUND.admits(width):
            raise UnsafeModel(f"a projection of {len(mean)} numbers to {width} is out of bounds")
        if f"terms_{name}" not in arrays:
            return cls(mean, basis, None)
        terms, idf = arrays[f"terms_{name}"], arrays.get(f"idf_{name}", np.zeros(0, np.float32))
        check_arrays({"terms": terms, "idf": idf}, {"terms": (len(mean), 2), "idf": (len(mean),)})
        return cls(mean, basis, Terms(terms, idf))
