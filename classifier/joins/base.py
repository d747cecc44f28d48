"""Join: several modalities' heads made one, whatever of their modalities a film has."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from classifier.bounds import SHAPE_BOUNDS, Bound, check_settings
from classifier.data.films import Films
from classifier.errors import UnsafeModel
from classifier.heads.base import Arrays, Head, Monitor, Settings
from classifier.ragged import Ragged
from classifier.views import Views

Logits = Mapping[str, NDArray[np.float64]]  # of each modality, (n, genres)
RefitHead = Callable[[str, Head], Head]  # a modality and its head in, the head fitted again out


class Join(ABC):
    """What every way of joining can do: judge films that may lack any of its modalities.

    `settings` and `arrays` say, with the `members`, everything of it, as a Head's do.
    """

    KIND: ClassVar[str]

    @property
    @abstractmethod
    def modalities(self) -> tuple[str, ...]:
        """The modalities it joins, in their order."""

    @property
    def members(self) -> Mapping[str, Head]:
        """The heads it is made of, by modality; here none."""
        return {}

    @property
    @abstractmethod
    def n_genres(self) -> int:
        """How many genres it judges."""

    @abstractmethod
    def dim(self, modality: str) -> int:
        """Return how many numbers a vector of this modality must have."""

    def logits(self, views: Views) -> NDArray[np.float64]:
        """Return the log-odds of each genre for each film, (n, genres); NaN for one with no modality at all."""
        logits = np.full((len(views), self.n_genres), np.nan)
        for modalities, rows in views.patterns():
            if modalities:
                some = views.take(rows).only(modalities)
                logits[rows] = self._logits(some, modalities)
        return logits

    @abstractmethod
    def _logits(self, views: Views, modalities: tuple[str, ...]) -> NDArray[np.float64]:
        """Return logits of films that have all of these modalities."""

    @abstractmethod
    def refit(self, data: Films, refit_head: RefitHead, *, seed: int, monitor: Callable[[str], Monitor]) -> Self:
        """Return the same join with its heads fitted again, and what it learns from features learnt again on `data`."""

    @abstractmethod
    def timeline(self, modality: str, vectors: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return log-odds second by second, had the film nothing but this modality: (frames, genres)."""

    @abstractmethod
    def attention(self, modality: str, vectors: NDArray[np.floating]) -> NDArray[np.float64] | None:
        """Return how much each second counts, (frames, genres); None: it can't say."""

    @abstractmethod
    def contributions(self, modality: str, vectors: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return how much each vector adds to the log-odds, (n, genres)."""

    @abstractmethod
    def knows(self, modality: str, vectors: NDArray[np.floating]) -> NDArray[np.bool_] | None:
        """Return which of the vectors it has ever seen, of shape (n,); None: it can't say."""

    @abstractmethod
    def tells(self, modality: str, vectors: NDArray[np.floating]) -> NDArray[np.bool_]:
        """Return which of the vectors are worth naming to people, of shape (n,)."""

    @abstractmethod
    def settings(self) -> Settings:
        """Return the numbers that fix its shape."""

    @abstractmethod
    def arrays(self) -> Arrays:
        """Return what it has learnt, without the members' arrays."""

    @classmethod
    @abstractmethod
    def of(cls, members: Mapping[str, Head], *, settings: Settings, arrays: Arrays) -> Self:
        """Return the join of restored members; raises UnsafeModel when they don't fit together."""


class HeadJoin(Join):
    """A join of heads, one for each modality, that looks at nothing but their log-odds."""

    def __init__(self, members: Mapping[str, Head]) -> None:
        self._members = members

    @property
    def members(self) -> Mapping[str, Head]:
        """The heads it is made of, by modality."""
        return self._members

    @property
    def modalities(self) -> tuple[str, ...]:
        """The modalities it joins, in their order."""
        return tuple(self.members)

    @property
    def n_genres(self) -> int:
        """How many genres it judges."""
        return next(iter(self.members.values())).n_genres

    def dim(self, modality: str) -> int:
        """Return how many numbers a vector of this modality must have."""
        return self.members[modality].dim

    def refit(self, data: Films, refit_head: RefitHead, *, seed: int, monitor: Callable[[str], Monitor]) -> Self:
        """Return the same join of its heads, fitted again: what it has learnt is of rows that heads have not seen."""
        members = {modality: refit_head(modality, head) for modality, head in self.members.items()}
        return self.of(members, settings=self.settings(), arrays=self.arrays())

    @abstractmethod
    def combine(self, logits: Logits) -> NDArray[np.float64]:
        """Return the log-odds that some members' log-odds make together, (n, genres)."""

    def _logits(self, views: Views, modalities: tuple[str, ...]) -> NDArray[np.float64]:
        return self.combine({name: self._member_logits(name, views.parts[name].sequences) for name in modalities})

    def _member_logits(self, modality: str, X: Ragged) -> NDArray[np.float64]:
        """Return a member's logits; several pictures in a poster's place are judged each by itself, then averaged."""
        head = self.members[modality]
        if modality != "poster" or int(X.lengths.max()) == 1:
            return head.logits(X)
        pictures = X.packed()
        each = head.logits(Ragged.singles(pictures.values))
        sums: NDArray[np.float64] = np.add.reduceat(each, pictures.offsets[:-1])
        return sums / pictures.lengths[:, None]

    def timeline(self, modality: str, vectors: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return log-odds second by second, had the film nothing but this modality: (frames, genres)."""
        return self.combine({modality: self.members[modality].timeline(vectors)})

    def attention(self, modality: str, vectors: NDArray[np.floating]) -> NDArray[np.float64] | None:
        """Return how much each second counts, (frames, genres); None: it can't say."""
        return self.members[modality].attention(vectors)

    def contributions(self, modality: str, vectors: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return how much each vector adds to its head's log-odds, (n, genres)."""
        return self.members[modality].contributions(vectors)

    def knows(self, modality: str, vectors: NDArray[np.floating]) -> NDArray[np.bool_] | None:
        """Return which of the vectors its head has ever seen, of shape (n,); None: it can't say."""
        return self.members[modality].knows(vectors)

    def tells(self, modality: str, vectors: NDArray[np.floating]) -> NDArray[np.bool_]:
        """Return which of the vectors are worth naming to people, of shape (n,)."""
        return self.members[modality].tells(vectors)


class Alone(HeadJoin):
    """One modality: its head as it is."""

    KIND = "alone"

    @property
    def head(self) -> Head:
        """The one head."""
        (head,) = self.members.values()
        return head

    def combine(self, logits: Logits) -> NDArray[np.float64]:
        """Return the one modality's log-odds."""
        (alone,) = logits.values()
        return alone

    def settings(self) -> Settings:
        """Return the head's."""
        return self.head.settings()

    def arrays(self) -> Arrays:
        """Return the head's."""
        return self.head.arrays()

    @classmethod
    def of(cls, members: Mapping[str, Head], *, settings: Settings, arrays: Arrays) -> Self:
        """Return the join of one member."""
        if len(members) != 1:
            raise UnsafeModel(f"one head can't judge {len(members)} modalities")
        return cls(members)


def check_members(members: Mapping[str, Head], settings: Settings, **others: Bound) -> int:
    """Return how many genres all members judge, as `settings` say, whose other numbers are `others`' to bound.

    Raises UnsafeModel where they don't fit together.
    """
    check_settings(settings, {"n_genres": SHAPE_BOUNDS["n_genres"], **others})
    n_genres = {head.n_genres for head in members.values()}
    if len(members) < 2 or n_genres != {settings["n_genres"]}:
        raise UnsafeModel(
            f"{len(members)} heads of {sorted(n_genres)} genres are no join of {settings['n_genres']} genres"
        )
    return n_genres.pop()
