"""Terms: words of a text given as ids, neighbouring pairs and pieces of words, and how much each of them weighs there.

Behind a text's words may stand the pieces of each, a 0 before those of every word: `[ghost, ship, 0, <gh, gho, ..., 0,
<sh, shi, ...]`. Without a 0 there are words alone.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray

from classifier.arrays import Bools, Floats, Vectors
from classifier.errors import UnsafeModel
from classifier.ragged import Ragged

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

N_IDS = 2**24  # ids are 1 to 2**24 - 1, the whole numbers that float32 holds; 0 is not a word
TINY = 1e-12
COMMON_IDF = float(np.log(5)) + 1  # of a term in every fifth text: of 7,571 plots "but" (.21) and what is more frequent
MIN_FILMS = 2  # a term of one film says nothing of others

Ids = Vectors  # of shape (words, 1), as features come


@dataclass(frozen=True, eq=False)
class Terms:
    """The terms that count: `pairs`, float32 of shape (terms, 2), first word and second, which is 0 for a single word.

    A piece of a word is a second without a first. They are sorted; `idf`, float32 of shape (terms,), is what a term's
    rarity makes it weigh. The weights of a text are a vector of length 1, or shorter where they were below `shortest`.
    Raises UnsafeModel for anything else.
    """

    pairs: NDArray[np.float32]
    idf: NDArray[np.float32]
    shortest: float = 0.0

    def __post_init__(self) -> None:
        whole = (self.pairs == np.floor(self.pairs)).all()
        if not whole or self.pairs.min() < 0 or self.pairs.max() >= N_IDS or not self.pairs.any(axis=1).all():
            raise UnsafeModel(f"a term's words must be whole numbers from 1 to {N_IDS - 1:,}")
        if (np.diff(self.keys) <= 0).any():
            raise UnsafeModel("the terms must be sorted, each once")
        if (self.idf <= 0).any():
            raise UnsafeModel("a term must weigh something")

    def __len__(self) -> int:
        return len(self.idf)

    @cached_property
    def keys(self) -> NDArray[np.int64]:
        """The terms as one number each."""
        return self.pairs[:, 0].astype(np.int64) * N_IDS + self.pairs[:, 1].astype(np.int64)

    @classmethod
    def count(cls, X: Ragged, *, most: int) -> Self:
        """Return the `most` terms that stand in most texts, in two at least (in one, where no term is in two).

        Weights are scikit-learn's smoothed ones, log((1 + n) / (1 + df)) + 1.
        """
        found = np.concatenate([np.unique(spell(ids).keys) for ids in X])
        keys, n_texts = np.unique(found[found > 0], return_counts=True)
        enough = n_texts >= min(MIN_FILMS, n_texts.max())
        keys, n_texts = keys[enough], n_texts[enough]
        kept = np.sort(np.argsort(-n_texts, kind="stable")[:most])
        idf = np.log((1 + len(X)) / (1 + n_texts[kept])) + 1
        pairs = np.stack(np.divmod(keys[kept], N_IDS), axis=1)
        return cls(pairs.astype(np.float32), idf.astype(np.float32))

    def find(self, keys: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the place of each key, -1 for one that is not a term; both of shape (n,)."""
        places = np.minimum(np.searchsorted(self.keys, keys), len(self) - 1)
        return np.where(self.keys[places] == keys, places, -1)

    def rare(self, ids: Ids) -> Bools:
        """Return which words stand in one text of five at most, or are not terms at all, of shape (words,)."""
        places = self.find(spell(ids).words)
        return np.asarray((places < 0) | (self.idf[places] > COMMON_IDF))

    def weigh(self, ids: Ids) -> tuple[NDArray[np.int64], Floats]:
        """Return the places of a text's terms, sorted, and their weights, both of shape (k,).

        A term of n times counts as 1 + log n (Salton & Buckley 1988).
        """
        places, weights = self._count(ids)
        return places, weights / max(float(np.linalg.norm(weights)), self.shortest, TINY)

    def apply(self, X: Ragged) -> "csr_matrix":
        """Return the weights of all texts' terms, sparse, (n, terms)."""
        from scipy.sparse import csr_matrix  # predicting for one text needs no matrix, and no scipy

        rows = [self.weigh(ids) for ids in X]
        ends = np.cumsum([0, *(len(places) for places, _ in rows)])
        places, weights = (np.concatenate(parts) for parts in zip(*rows, strict=True))
        return csr_matrix((weights, places, ends), shape=(len(rows), len(self)))

    def lengths(self, X: Ragged) -> Floats:
        """Return the length that each text's weights have before they are brought to 1, of shape (n,)."""
        return np.array([np.linalg.norm(self._count(ids)[1]) for ids in X])

    def _count(self, ids: Ids) -> tuple[NDArray[np.int64], Floats]:
        places = self.find(spell(ids).keys)
        kept, times = np.unique(places[places >= 0], return_counts=True)
        return kept, (1 + np.log(times)) * self.idf[kept].astype(np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class Spelled:
    """The keys of a text's `words`, (words,), neighbouring `pairs`, (words - 1,), and `pieces`, (pieces,).

    `whose` is the place of each piece's word. What is not an id has the key 0.
    """

    words: NDArray[np.int64]
    pairs: NDArray[np.int64]
    pieces: NDArray[np.int64]
    whose: NDArray[np.int64]

    @property
    def keys(self) -> NDArray[np.int64]:
        """All of them."""
        return np.concatenate([self.words, self.pairs, self.pieces])


def spell(ids: Ids) -> Spelled:
    """Return the keys of a text's words, pairs and pieces."""
    column = ids[:, 0]
    found = np.where((column > 0) & (column < N_IDS), column, 0).astype(np.int64)
    part = np.cumsum(column == 0)  # 0 for the words, then which word's pieces
    words, whose = found[part == 0], part - 1
    pieces = (part > 0) & (part <= len(words)) & (column != 0)
    pairs = np.where((words[:-1] > 0) & (words[1:] > 0), words[:-1] * N_IDS + words[1:], 0)
    return Spelled(words * N_IDS, pairs, found[pieces], whose[pieces])
