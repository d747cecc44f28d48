"""Views: many films, each seen through some modalities and lacking others."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from classifier.arrays import Bools, Vectors
from classifier.errors import BadTrainingData
from classifier.ragged import Ragged
from classifier.view import MODALITIES

ABSENT = -1


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """One modality of n films: film i is sequence `places[i]` of `X`, and ABSENT where it has none.

    Raises BadTrainingData for a place without a sequence.
    """

    X: Ragged
    places: NDArray[np.int64]
    features_id: str

    def __post_init__(self) -> None:
        if self.places.ndim != 1 or (self.places < ABSENT).any() or (self.places >= len(self.X)).any():
            raise BadTrainingData(f"places must be numbers of the {len(self.X)} sequences, or {ABSENT} for none")

    @classmethod
    def from_vectors(cls, found: Mapping[int, Vectors], films: Sequence[int], features_id: str) -> Self:
        """Return the sequences that were found of some of the films, by film."""
        places = {film: place for place, film in enumerate(found)}
        order = np.array([places.get(film, ABSENT) for film in films], dtype=np.int64)
        return cls(Ragged.from_sequences(list(found.values())), order, features_id)

    @property
    def present(self) -> Bools:
        """Whether each film has it, of shape (n,)."""
        return np.asarray(self.places != ABSENT)

    def beside(self, pictures: "Part") -> "Part":
        """Return each film's frames and its picture, counting half each, or what there is of the two."""
        if not pictures.present.any():
            return self
        present = self.present | pictures.present
        films = []
        for film in np.flatnonzero(present).tolist():
            frames, picture = self._at(film), pictures._at(film)
            films.append(np.concatenate([frames, np.repeat(picture, max(len(frames), 1), axis=0)]).astype(np.float32))
        return Part(Ragged.from_sequences(films), np.where(present, np.cumsum(present) - 1, ABSENT), self.features_id)

    def _at(self, film: int) -> Vectors:
        """Return the film's sequence, one of no frames where it has none."""
        place = int(self.places[film])
        return np.zeros((0, self.X.dim), np.float32) if place == ABSENT else self.X[place]

    @property
    def sequences(self) -> Ragged:
        """The sequences of those films that have it, in the films' order; raises BadTrainingData for none."""
        return self.X.take(self.places[self.present])


@dataclass(frozen=True, slots=True, eq=False)
class Views:
    """The parts of n films by modality; raises BadTrainingData when they are of different n, or there is none."""

    parts: Mapping[str, Part]

    def __post_init__(self) -> None:
        if not self.parts or not set(self.parts) <= set(MODALITIES):
            raise BadTrainingData(f"films are seen through some of {MODALITIES}, not through {sorted(self.parts)}")
        if len({len(part.places) for part in self.parts.values()}) > 1:
            raise BadTrainingData("the modalities are of different numbers of films")

    @classmethod
    def of_one(cls, vectors: Mapping[str, Vectors]) -> "Views":
        """Return one film with these vectors, of shape (frames, dim) each."""
        there = np.zeros(1, dtype=np.int64)
        return cls({modality: Part(Ragged.from_sequences([each]), there, "") for modality, each in vectors.items()})

    def __len__(self) -> int:
        return len(next(iter(self.parts.values())).places)

    @property
    def modalities(self) -> tuple[str, ...]:
        """The modalities there are, in the order of MODALITIES."""
        return tuple(modality for modality in MODALITIES if modality in self.parts)

    @property
    def present(self) -> Bools:
        """Which film has which modality, of shape (n, modalities)."""
        return np.stack([self.parts[modality].present for modality in self.modalities], axis=1)

    @property
    def several(self) -> Bools:
        """Which films have more than one modality, of shape (n,)."""
        return np.asarray(self.present.sum(axis=1) > 1)

    def having(self, modalities: tuple[str, ...]) -> Bools:
        """Return which films have all of these, of shape (n,)."""
        return np.asarray(np.all([self.parts[modality].present for modality in modalities], axis=0))

    def patterns(self) -> Iterator[tuple[tuple[str, ...], NDArray[np.int64]]]:
        """Yield each choice of modalities that films have, () too, with the rows of those films."""
        present = self.present
        for pattern in np.unique(present, axis=0):
            rows = np.flatnonzero((present == pattern).all(axis=1))
            yield tuple(name for name, there in zip(self.modalities, pattern.tolist(), strict=True) if there), rows

    def take(self, rows: NDArray[np.int64]) -> "Views":
        """Return the films of these indices, in their order."""
        return Views({name: replace(part, places=part.places[rows]) for name, part in self.parts.items()})

    def only(self, modalities: tuple[str, ...]) -> "Views":
        """Return the same films with nothing but these modalities."""
        return Views({modality: self.parts[modality] for modality in modalities})

    def without(self, hidden: Bools) -> "Views":
        """Return the films with what is `hidden`, of shape (n, modalities), taken away from them."""
        columns = zip(self.modalities, hidden.T, strict=True)
        places = {name: np.where(column, ABSENT, self.parts[name].places) for name, column in columns}
        return Views({name: replace(self.parts[name], places=left) for name, left in places.items()})
