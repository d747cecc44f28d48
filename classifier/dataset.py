"""Dataset: sequences of features with their genres and what must stay together, checked before anything is learnt."""

import hashlib
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from classifier.errors import BadTrainingData
from classifier.head import Examples
from classifier.ragged import Ragged

MIN_GENRES = 3


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Dataset:
    """n rows: `X` their features, `Y` and `known` bool of shape (n, genres), one entry a row in the other fields.

    Where not `known`, the source of the labels has no such genre, and `Y` is False and says nothing. Rows of one
    group (a film, a franchise) never part; equal `digests` (the file's sha256, "" where unknown) are one file.
    Raises BadTrainingData when lengths disagree, a feature is not finite, or an id or a genre is named twice.
    """

    X: Ragged
    Y: NDArray[np.bool_]
    known: NDArray[np.bool_]
    genres: tuple[str, ...]
    ids: tuple[str, ...]
    groups: tuple[str, ...]
    digests: tuple[str, ...]
    features_id: str
    modality: str = "trailer"
    finite: NDArray[np.floating] | None = None  # `X.values` once they are known to be, so that nobody looks twice

    def __post_init__(self) -> None:
        shape = (len(self.X), len(self.genres))
        for name, labels in (("Y", self.Y), ("known", self.known)):
            if labels.shape != shape or labels.dtype != np.bool_:
                raise BadTrainingData(
                    f"{name} must be booleans of shape {shape}, not {labels.dtype} of shape {labels.shape}: "
                    "give a row of labels for every row of features"
                )
        for name, entries in (("ids", self.ids), ("groups", self.groups), ("digests", self.digests)):
            if len(entries) != len(self.X):
                raise BadTrainingData(f"{len(entries)} {name} for {len(self.X)} rows: give one for each")
        for name, words in (("genre", self.genres), ("id", self.ids)):
            if len(set(words)) != len(words):
                raise BadTrainingData(f"a {name} is named twice: join them")
        if (self.Y & ~self.known).any():
            raise BadTrainingData("a label says yes where nothing is known")
        if self.finite is not self.X.values:
            _check_finite(self.X)
            if self.X.order is None:
                object.__setattr__(self, "finite", self.X.values)

    def __len__(self) -> int:
        return len(self.X)

    @property
    def examples(self) -> Examples:
        """What heads are fitted to."""
        return Examples(self.X, self.Y, self.known)

    @property
    def priors(self) -> NDArray[np.float64]:
        """The share of each genre among the rows where it is known, of shape (genres,)."""
        shares: NDArray[np.float64] = self.Y.sum(axis=0) / np.maximum(self.known.sum(axis=0), 1)
        return shares

    @property
    def sha256(self) -> str:
        """The digest of everything in the set, in hex: it names the data a model was trained on."""
        digest = hashlib.sha256()
        for piece in self.X.pieces():
            digest.update(np.ascontiguousarray(piece, dtype="<f4").data)
        for labels in (self.Y, self.known):
            digest.update(np.ascontiguousarray(labels).tobytes())
        words = (
            [0, *np.cumsum(self.X.lengths).tolist()],
            self.genres,
            self.ids,
            self.groups,
            self.digests,
            self.features_id,
        )
        digest.update(repr(words).encode("utf-8", "surrogateescape"))
        return digest.hexdigest()

    def rows(self, chosen: NDArray[np.bool_]) -> "Dataset":
        """Return the rows where `chosen`, of shape (n,), is true; raises BadTrainingData when there are none."""
        places = np.flatnonzero(chosen)
        return replace(
            self,
            X=self.X.take(places),
            Y=self.Y[places],
            known=self.known[places],
            ids=tuple(self.ids[place] for place in places),
            groups=tuple(self.groups[place] for place in places),
            digests=tuple(self.digests[place] for place in places),
        )

    def with_genres(self, genres: tuple[str, ...]) -> "Dataset":
        """Return the set with the labels of these genres only, in this order; unknown where it has no such column."""
        columns = [self.genres.index(genre) if genre in self.genres else -1 for genre in genres]
        missing = np.array([column < 0 for column in columns])
        return replace(
            self, Y=self.Y[:, columns] & ~missing, known=self.known[:, columns] & ~missing, genres=tuple(genres)
        )

    def with_common_genres(self, min_positives: int) -> tuple["Dataset", dict[str, int]]:
        """Return the set without genres of fewer rows than `min_positives`, and those genres with their rows.

        Raises BadTrainingData when fewer than three genres remain.
        """
        counts = self.Y.sum(axis=0)
        rare = {genre: int(n) for genre, n in zip(self.genres, counts, strict=True) if n < min_positives}
        genres = tuple(genre for genre in self.genres if genre not in rare)
        if len(genres) < MIN_GENRES:
            raise BadTrainingData(
                f"only {len(genres)} genres have {min_positives} rows or more; at least {MIN_GENRES} are "
                f"needed: give more labelled rows, or a smaller --min-positives (too rare now: {rare})"
            )
        return self.with_genres(genres), rare


def _check_finite(X: Ragged) -> None:
    frames = np.concatenate([np.isfinite(piece).all(axis=1) for piece in X.pieces()])
    if not frames.all():
        n_bad = len(np.unique(np.searchsorted(np.cumsum(X.lengths), np.flatnonzero(~frames), side="right")))
        raise BadTrainingData(f"{n_bad} rows hold features that are not finite: compute them anew")
