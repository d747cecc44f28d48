"""Join: the heads of several modalities as one, for films that may lack some of them."""

import copy
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import ClassVar, Self

import numpy as np

from classifier.arrays import Floats, Vectors
from classifier.bounds import SHAPE_BOUNDS, Bound, Shape, check_arrays, check_settings
from classifier.data.films import Films
from classifier.errors import UnsafeModel
from classifier.heads.base import Arrays, Head, Monitor, Settings, in_context, leave_out
from classifier.joins.latent import Latent
from classifier.ragged import Ragged
from classifier.views import Part, Views

Logits = Mapping[str, Floats]  # of each modality, (n, genres)
RefitHead = Callable[[str, Head], Head]  # a modality and its head in, the head fitted again out


class Join(ABC):
    """The interface of every way of joining: predictions for films that may lack any of its modalities.

    `readers` are what looks at each modality, in their order. `settings` and `arrays` describe, with those of the
    readers that are heads, all of it, as a Head's do.
    """

    KIND: ClassVar[str]

    def __init__(self, readers: Mapping[str, Head | Latent], *, n_genres: int) -> None:
        self.readers, self.n_genres = readers, n_genres

    @property
    def modalities(self) -> tuple[str, ...]:
        """The modalities it joins, in their order."""
        return tuple(self.readers)

    @property
    def members(self) -> Mapping[str, Head]:
        """The heads it is made of, by modality."""
        return {name: reader for name, reader in self.readers.items() if isinstance(reader, Head)}

    def logits(self, views: Views) -> Floats:
        """Return the log-odds of each genre for each film, (n, genres); NaN for one with no modality at all."""
        logits = np.full((len(views), self.n_genres), np.nan)
        for modalities, rows in views.patterns():
            if modalities:
                logits[rows] = self._logits(views.take(rows).only(modalities), modalities)
        return logits

    @abstractmethod
    def _logits(self, views: Views, modalities: tuple[str, ...]) -> Floats:
        """Return logits of films that have all of these modalities."""

    @abstractmethod
    def refit(self, data: Films, refit_head: RefitHead, *, seed: int, monitor: Callable[[str], Monitor]) -> Self:
        """Return the same join with its heads fitted again, and what it learns from features learnt again on `data`."""

    def timeline(self, modality: str, vectors: Vectors) -> Floats:
        """Return log-odds second by second, had the film nothing but this modality: (frames, genres)."""
        return in_context(vectors, predict=lambda X: self._alone(modality, X))

    def contributions(self, modality: str, vectors: Vectors) -> Floats:
        """Return how much each vector adds to the log-odds, (n, genres): what leaving it out takes away."""
        return leave_out(vectors, predict=lambda X: self._alone(modality, X))

    def _alone(self, modality: str, X: Ragged) -> Floats:
        return self.logits(Views({modality: Part(X, np.arange(len(X)), "")}))

    @abstractmethod
    def settings(self) -> Settings:
        """Return the numbers that fix its shape."""

    @abstractmethod
    def arrays(self) -> Arrays:
        """Return what it has learnt, without the members' arrays."""

    @classmethod
    @abstractmethod
    def from_members(cls, members: Mapping[str, Head], *, settings: Settings, arrays: Arrays) -> Self:
        """Return the join of restored members; raises UnsafeModel when they don't fit together."""


class HeadJoin(Join):
    """A join of heads, one for each modality, by their log-odds alone; `arrays` are how it weighs them."""

    BOUNDS: ClassVar[Mapping[str, Bound]] = {}  # of its settings, beside the number of genres

    def __init__(self, members: Mapping[str, Head], arrays: Arrays) -> None:
        super().__init__(members, n_genres=next(iter(members.values())).n_genres)
        self._arrays = arrays

    def refit(self, data: Films, refit_head: RefitHead, *, seed: int, monitor: Callable[[str], Monitor]) -> Self:
        """Return the same join of its heads, fitted again: what it has learnt is of rows that heads have not seen."""
        again = copy.copy(self)
        again.readers = {modality: refit_head(modality, head) for modality, head in self.members.items()}
        return again

    @abstractmethod
    def combine(self, logits: Logits) -> Floats:
        """Return the log-odds that some members' log-odds make together, (n, genres)."""

    def with_member(self, modality: str, head: Head) -> Self:
        """Return the same join with another head for a modality."""
        again = copy.copy(self)
        again.readers = {**self.readers, modality: head}
        return again

    def _logits(self, views: Views, modalities: tuple[str, ...]) -> Floats:
        return self.combine({name: self.member_logits(name, views.parts[name].sequences) for name in modalities})

    def member_logits(self, modality: str, X: Ragged) -> Floats:
        """Return a member's logits; the log-odds of several pictures in a poster's place are averaged."""
        head = self.members[modality]
        if modality != "poster" or int(X.lengths.max()) == 1:
            return head.logits(X)
        pictures = X.packed()
        each = head.logits(Ragged.singles(pictures.values))
        sums: Floats = np.add.reduceat(each, pictures.offsets[:-1])
        return sums / pictures.lengths[:, None]

    def timeline(self, modality: str, vectors: Vectors) -> Floats:
        """Return log-odds second by second, had the film nothing but this modality: (frames, genres)."""
        return self.combine({modality: self.members[modality].timeline(vectors)})

    def contributions(self, modality: str, vectors: Vectors) -> Floats:
        """Return how much each vector adds to its head's log-odds, (n, genres)."""
        return self.members[modality].contributions(vectors)

    def settings(self) -> Settings:
        """Return the number of genres."""
        return {"n_genres": self.n_genres}

    def arrays(self) -> Arrays:
        """Return what it has learnt, without the members' arrays."""
        return self._arrays

    @classmethod
    @abstractmethod
    def shapes(cls, modalities: tuple[str, ...], n_genres: int) -> Mapping[str, Shape]:
        """Return the shapes of its arrays."""

    @classmethod
    def from_members(cls, members: Mapping[str, Head], *, settings: Settings, arrays: Arrays) -> Self:
        """Return the join of restored members; raises UnsafeModel when they don't fit together."""
        check_settings(settings, {"n_genres": SHAPE_BOUNDS["n_genres"], **cls.BOUNDS})
        n_genres = {head.n_genres for head in members.values()}
        if len(members) < 2 or n_genres != {settings["n_genres"]}:
            raise UnsafeModel(
                f"{len(members)} heads of {sorted(n_genres)} genres don't make a join of {settings['n_genres']} genres"
            )
        check_arrays(arrays, cls.shapes(tuple(members), n_genres.pop()))
        return cls(members, arrays)


class Alone(HeadJoin):
    """The join of one modality: its head as it is."""

    KIND = "alone"

    def __init__(self, members: Mapping[str, Head]) -> None:
        super().__init__(members, {})

    @property
    def head(self) -> Head:
        """The one head."""
        (head,) = self.members.values()
        return head

    def combine(self, logits: Logits) -> Floats:
        """Return the one modality's log-odds."""
        (alone,) = logits.values()
        return alone

    def arrays(self) -> Arrays:
        """Return the head's."""
        return self.head.arrays()

    @classmethod
    def shapes(cls, modalities: tuple[str, ...], n_genres: int) -> Mapping[str, Shape]:
        """Return none."""
        return {}
