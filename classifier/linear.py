"""LinearHead: one affine map from a feature vector to a calibrated logit for each genre."""

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from classifier.artefact import pack_arrays, unpack_arrays
from classifier.errors import UnsafeModel

DIM = 2048  # what Inception-V3 gives for a frame


@dataclass(frozen=True, slots=True, eq=False)
class LinearHead:
    """Logistic regression, one genre against the rest, with scaling and calibration folded in.

    `coef` is float32 of shape (genres, 2048), `intercept` float32 of shape (genres,). Raises UnsafeModel when
    the shapes disagree or a number is not finite.
    """

    KIND: ClassVar[str] = "logistic_regression"

    coef: NDArray[np.float32]
    intercept: NDArray[np.float32]

    def __post_init__(self) -> None:
        if self.coef.ndim != 2 or self.coef.shape[1] != DIM or not len(self.coef):
            raise UnsafeModel(f"coef must be of shape (genres, {DIM}), not {self.coef.shape}")
        if self.intercept.shape != (len(self.coef),):
            raise UnsafeModel(f"intercept must be of shape ({len(self.coef)},), not {self.intercept.shape}")
        if not (np.isfinite(self.coef).all() and np.isfinite(self.intercept).all()):
            raise UnsafeModel("the head holds numbers that are not finite")

    @property
    def n_genres(self) -> int:
        """How many genres the head judges."""
        return len(self.coef)

    def logits(self, vectors: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the log-odds of each genre in each second: (frames, 2048) -> (frames, genres)."""
        weights = self.coef.astype(np.float64)
        return vectors @ weights.T + self.intercept.astype(np.float64)

    def to_npz(self) -> bytes:
        """Return the head as the bytes of an .npz file."""
        return pack_arrays({"coef": self.coef, "intercept": self.intercept})

    @classmethod
    def from_npz(cls, data: bytes) -> Self:
        """Return the head kept in the bytes of an .npz file; raises UnsafeModel."""
        return cls(**unpack_arrays(data, names=("coef", "intercept")))
