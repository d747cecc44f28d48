"""TrainingSet: pooled features with their genres, checked before anything is learnt from them."""

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from classifier.errors import BadTrainingData
from classifier.linear import DIM

MIN_GENRES = 3


@dataclass(frozen=True, slots=True, eq=False)
class TrainingSet:
    """`X` float32 of shape (n, 2048), `Y` bool of shape (n, genres); rows of one group never part.

    Raises BadTrainingData when lengths disagree, a feature is not finite, or a genre is named twice.
    """

    X: NDArray[np.float32]
    Y: NDArray[np.bool_]
    genres: tuple[str, ...]
    groups: tuple[str, ...]

    def __post_init__(self) -> None:
        if self.X.ndim != 2 or self.X.shape[1] != DIM:
            raise BadTrainingData(f"features must be of shape (n, {DIM}), not {self.X.shape}")
        if self.Y.shape != (len(self.X), len(self.genres)) or self.Y.dtype != np.bool_:
            raise BadTrainingData(
                f"labels must be booleans of shape ({len(self.X)}, {len(self.genres)}), "
                f"not {self.Y.dtype} of shape {self.Y.shape}: give a row of labels for every row of features"
            )
        if len(self.groups) != len(self.X):
            raise BadTrainingData(f"{len(self.groups)} groups for {len(self.X)} rows: give a group for each")
        if len(set(self.genres)) != len(self.genres):
            raise BadTrainingData("a genre is named twice: join its columns")
        n_bad = int((~np.isfinite(self.X).all(axis=1)).sum())
        if n_bad:
            raise BadTrainingData(f"{n_bad} rows hold features that are not finite: compute them anew")

    def __len__(self) -> int:
        return len(self.X)

    @property
    def sha256(self) -> str:
        """The digest of everything in the set, in hex: it names the data a model was trained on."""
        digest = hashlib.sha256(np.ascontiguousarray(self.X, dtype="<f4").tobytes())
        digest.update(np.ascontiguousarray(self.Y).tobytes())
        digest.update(repr((self.X.shape, self.genres, self.groups)).encode())
        return digest.hexdigest()

    def rows(self, chosen: NDArray[np.bool_]) -> "TrainingSet":
        """Return the rows where `chosen`, of shape (n,), is true."""
        groups = tuple(group for group, is_chosen in zip(self.groups, chosen, strict=True) if is_chosen)
        return TrainingSet(self.X[chosen], self.Y[chosen], self.genres, groups)

    def with_common_genres(self, min_positives: int) -> tuple["TrainingSet", dict[str, int]]:
        """Return the set without genres of fewer rows than `min_positives`, and those genres with their rows.

        Raises BadTrainingData when fewer than three genres remain.
        """
        counts = self.Y.sum(axis=0)
        common = counts >= min_positives
        rare = {genre: int(n) for genre, n in zip(self.genres, counts, strict=True) if n < min_positives}
        genres = tuple(genre for genre in self.genres if genre not in rare)
        if len(genres) < MIN_GENRES:
            raise BadTrainingData(
                f"only {len(genres)} genres have {min_positives} rows or more; at least {MIN_GENRES} are "
                f"needed: give more labelled files, or a smaller min_positives (too rare now: {rare})"
            )
        return TrainingSet(self.X, self.Y[:, common], genres, self.groups), rare
