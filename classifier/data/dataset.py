"""Dataset: sequences of features with their genres and what must stay together, checked before anything is learnt."""

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from classifier.errors import BadTrainingData
from classifier.heads.base import Examples
from classifier.ragged import Ragged
from classifier.view import MODALITIES

MIN_GENRES = 3


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class LabelledRows(ABC):
    """n rows: `Y` and `known` bool of shape (n, genres), one entry a row in the other fields.

    Where not `known`, the source of the labels has no such genre, and `Y` is False and says nothing. Rows of one
    group (a film, a franchise) stay together; equal `digests` (the file's sha256, "" where unknown) are one file.
    `published` is the split that a row's source put it in, as written there, "" for none; () where no row has any.
    Raises BadTrainingData when lengths disagree, or an id or a genre is named twice.
    """

    Y: NDArray[np.bool_]
    known: NDArray[np.bool_]
    genres: tuple[str, ...]
    ids: tuple[str, ...]
    groups: tuple[str, ...]
    digests: tuple[str, ...]
    published: tuple[str, ...] = ()

    def _check(self, n_rows: int) -> None:
        shape = (n_rows, len(self.genres))
        for name, labels in (("Y", self.Y), ("known", self.known)):
            if labels.shape != shape or labels.dtype != np.bool_:
                raise BadTrainingData(
                    f"{name} must be booleans of shape {shape}, not {labels.dtype} of shape {labels.shape}: "
                    "give a row of labels for every row of features"
                )
        for name, entries in (("ids", self.ids), ("groups", self.groups), ("digests", self.digests)):
            if len(entries) != n_rows:
                raise BadTrainingData(f"{len(entries)} {name} for {n_rows} rows: give one for each")
        if len(self.published) not in (0, n_rows):
            raise BadTrainingData(
                f"{len(self.published)} published splits for {n_rows} rows: give one for each, or none"
            )
        for name, words in (("genre", self.genres), ("id", self.ids)):
            if len(set(words)) != len(words):
                raise BadTrainingData(f"a {name} is named twice: join them")
        if (self.Y & ~self.known).any():
            raise BadTrainingData("a label says yes where nothing is known")

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def priors(self) -> NDArray[np.float64]:
        """The share of each genre among the rows where it is known, of shape (genres,)."""
        shares: NDArray[np.float64] = self.Y.sum(axis=0) / np.maximum(self.known.sum(axis=0), 1)
        return shares

    @property
    def sha256(self) -> str:
        """The digest of everything in the set, in hex: it names the data a model was trained on."""
        digest = hashlib.sha256()
        for _, X, _ in self.sequences():
            for piece in X.pieces():
                digest.update(np.ascontiguousarray(piece, dtype="<f4").data)
        for labels in (self.Y, self.known):
            digest.update(np.ascontiguousarray(labels).tobytes())
        words = (*self._features_words(), self.genres, self.ids, self.groups, self.digests)
        digest.update(repr(words).encode("utf-8", "surrogateescape"))
        return digest.hexdigest()

    @abstractmethod
    def _features_words(self) -> tuple[object, ...]:
        """Return what else the digest covers: ids, lengths and places of the features."""

    @abstractmethod
    def sequences(self) -> Iterator[tuple[NDArray[np.int64], Ragged, str]]:
        """Yield, for each modality, the rows that have it, their sequences, and the id of such features."""

    def rows(self, chosen: NDArray[np.bool_]) -> Self:
        """Return the rows where `chosen`, of shape (n,), is true; raises BadTrainingData when there are none."""
        places = np.flatnonzero(chosen)
        if not len(places):
            raise BadTrainingData("there are no such rows")
        return replace(
            self,
            **self._take(places),
            Y=self.Y[places],
            known=self.known[places],
            ids=tuple(self.ids[place] for place in places),
            groups=tuple(self.groups[place] for place in places),
            digests=tuple(self.digests[place] for place in places),
            published=tuple(self.published[place] for place in places) if self.published else (),
        )

    @abstractmethod
    def _take(self, rows: NDArray[np.int64]) -> dict[str, Any]:
        """Return the fields that hold features, for these rows."""

    def with_genres(self, genres: tuple[str, ...]) -> Self:
        """Return the set with the labels of these genres only, in this order; unknown where it has no such column."""
        columns = [self.genres.index(genre) if genre in self.genres else -1 for genre in genres]
        missing = np.array([column < 0 for column in columns])
        return replace(
            self, Y=self.Y[:, columns] & ~missing, known=self.known[:, columns] & ~missing, genres=tuple(genres)
        )

    def with_common_genres(self, min_positives: int) -> tuple[Self, dict[str, int]]:
        """Return the set without genres of fewer rows than `min_positives`, and those genres with their rows.

        A genre that no row is known to lack can't be told: its rows count as none. Raises BadTrainingData when fewer
        than three genres remain.
        """
        counts = np.where((self.known & ~self.Y).any(axis=0), self.Y.sum(axis=0), 0)
        rare = {genre: int(n) for genre, n in zip(self.genres, counts, strict=True) if n < min_positives}
        genres = tuple(genre for genre in self.genres if genre not in rare)
        if len(genres) < MIN_GENRES:
            counted = ", ".join(f"{genre} {n:,}" for genre, n in rare.items())
            raise BadTrainingData(
                f"only {len(genres)} genres have {min_positives} rows or more; at least {MIN_GENRES} are "
                f"needed: give more labelled rows, or a smaller --min-positives (too rare now: {counted})"
            )
        return self.with_genres(genres), rare


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Dataset(LabelledRows):
    """Labelled rows with their features `X` of one of MODALITIES; raises BadTrainingData for one not finite."""

    X: Ragged
    features_id: str
    modality: str = "trailer"

    def __post_init__(self) -> None:
        self._check(len(self.X))
        if self.modality not in MODALITIES:
            raise BadTrainingData(f"rows are of one of {MODALITIES}, not of {self.modality[:80]!r}")
        object.__setattr__(self, "X", self.X.checked())

    @property
    def inputs(self) -> dict[str, str]:
        """The modality, with the features_id."""
        return {self.modality: self.features_id}

    @property
    def examples(self) -> Examples:
        """What heads are fitted to."""
        return Examples(self.X, self.Y, self.known)

    def sequences(self) -> Iterator[tuple[NDArray[np.int64], Ragged, str]]:
        """Yield all rows, their sequences, and the id of such features."""
        yield np.arange(len(self)), self.X, self.features_id

    def _features_words(self) -> tuple[object, ...]:
        return [0, *np.cumsum(self.X.lengths).tolist()], self.features_id

    def _take(self, rows: NDArray[np.int64]) -> dict[str, Any]:
        return {"X": self.X.take(rows)}
