"""Label matrices: genres of several sources side by side; what a source has no name for is marked as unknown."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from classifier.data.labels import LabelledFile
from classifier.genres import known_genres, read_genres

OTHER_SOURCE = "other"  # of labels whose source is not known


@dataclass(frozen=True, slots=True)
class RowLabels:
    """The genres of one row as their source names them; `known` where the source labels only these."""

    genres: tuple[str, ...]
    source: str = OTHER_SOURCE
    known: tuple[str, ...] | None = None

    @property
    def named(self) -> tuple[str, ...]:
        """The canonical genres that they mean."""
        return read_genres(self.genres, self.source).genres

    @property
    def unknown(self) -> tuple[str, ...]:
        """The texts among them that name no known genre."""
        return read_genres(self.genres, self.source).unknown

    @property
    def decided(self) -> frozenset[str]:
        """The canonical genres about which they say yes or no; none where nobody has labelled the row."""
        if self.known is not None:
            return frozenset(self.known)
        return known_genres(self.source) if self.named else frozenset()


def label_matrix(rows: Sequence[RowLabels], genres: Sequence[str]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which rows have which genres and of which that is known: Y and known, bool of shape (rows, genres).

    Unknown is what the row's source has no name for, and all of a row that nobody has labelled.
    """
    Y = np.zeros((len(rows), len(genres)), dtype=np.bool_)
    known = np.zeros_like(Y)
    for place, row in enumerate(rows):
        named, decided = row.named, row.decided
        known[place] = [genre in decided for genre in genres]
        Y[place] = [genre in decided and genre in named for genre in genres]
    return Y, known


def labelled_genres(
    rows: Sequence[LabelledFile],
) -> tuple[tuple[str, ...], NDArray[np.bool_], NDArray[np.bool_]]:
    """Return all genres that the rows name, Y and known; a row without a source has words of its own, all known.

    A genre that a row calls unknown is so, unless it names it.
    """
    lists = [row.named for row in rows]
    genres = tuple(sorted({genre for named in lists for genre in named}))
    Y = np.array([[genre in named for genre in genres] for named in lists], dtype=np.bool_)
    decided = {source: known_genres(source) if source else frozenset(genres) for source in {row.source for row in rows}}
    known = np.array(
        [[genre in decided[row.source] and genre not in row.unsaid for genre in genres] for row in rows],
        dtype=np.bool_,
    )
    return genres, Y, known | Y
