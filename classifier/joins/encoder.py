"""Encoder: a modality's sequences as one row of numbers each, for joins that look at features themselves."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifier.heads.linear import WHITENING
from classifier.heads.pooling import pool_mean
from classifier.heads.projection import Projection, fit_projection
from classifier.heads.terms import Terms
from classifier.heads.tfidf import matrix
from classifier.ragged import Ragged

COMPONENTS = 400
N_TERMS = 20_000


@dataclass(frozen=True, slots=True, eq=False)
class Encoder:
    """Words (sequences of one number) become their terms' weights, everything else its mean's principal directions."""

    terms: Terms | None = None
    projection: Projection | None = None

    @classmethod
    def fit(cls, X: Ragged, *, seed: int) -> "Encoder":
        """Return the encoder of these sequences."""
        if X.dim == 1:
            return cls(terms=Terms.count(X, most=N_TERMS))
        projection = fit_projection(pool_mean(X), n_components=COMPONENTS, whitening=WHITENING, seed=seed)
        unit = 1 / np.sqrt((projection.apply(pool_mean(X)) ** 2).sum(axis=1).mean())
        return cls(projection=Projection(projection.mean, projection.basis * unit))

    @property
    def width(self) -> int:
        """How many numbers a row has."""
        return len(self.terms) if self.terms else self._projected.basis.shape[1]

    def apply(self, X: Ragged) -> Any:
        """Return rows of about unit length, (n, width): a sparse matrix."""
        from scipy.sparse import csr_matrix

        return matrix(self.terms, X) if self.terms else csr_matrix(self._projected.apply(pool_mean(X)))

    def fold(
        self, coef: NDArray[np.float64], intercept: NDArray[np.float64]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return coef and intercept on terms, or on mean features, that equal these on the rows."""
        if not self.terms:
            coef, intercept = self._projected.fold(coef, intercept)
        return coef.astype(np.float32), intercept.astype(np.float32)

    @property
    def _projected(self) -> Projection:
        assert self.projection is not None  # noqa: S101 - one of the two is there
        return self.projection
