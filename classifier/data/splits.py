"""Grouped stratified parts: no group in two of them, and each genre in every part in its due share."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from classifier.counts import count
from classifier.errors import BadTrainingData


def grouped_stratified_parts(
    labels: NDArray[np.bool_],
    groups: Sequence[str],
    *,
    shares: Sequence[float],
    seed: int,
) -> NDArray[np.int64]:
    """Return the part, a place in `shares` (which sum to 1), of each row of `labels`, of shape (n, genres).

    Iterative stratification (Sechidis, Tsoumakas & Vlahavas 2011, "On the Stratification of Multi-Label
    Data", algorithm 1), with whole groups in place of rows: those of the rarest remaining genre go first,
    each to the part that lacks that genre most, then to the one that lacks most rows, then at random by `seed`.
    Raises BadTrainingData when there are fewer groups than parts.
    """
    names, row_group = np.unique(np.asarray(groups, dtype=object), return_inverse=True)
    if len(row_group) != len(labels) or not 2 <= len(shares) <= len(names):
        raise BadTrainingData(
            f"{count(len(labels), 'row')} of {count(len(names), 'film or franchise', 'films or franchises')} can't be "
            f"split into {len(shares)} parts: give at "
            "least one for each part, and a group for every row; rows are of one where film_id, imdb_id, franchise or "
            "title are the same (numbers aside: Alien, Alien 2), or the pictures all but the same"
        )
    counts = np.zeros((len(names), labels.shape[1]), dtype=np.int64)  # (groups, genres)
    np.add.at(counts, row_group, labels.astype(np.int64))
    dealer = _Dealer(counts, np.bincount(row_group), shares=np.asarray(shares), seed=seed)
    return dealer.deal()[row_group]


class _Dealer:
    """Deals groups to parts and keeps count of what each part still lacks."""

    def __init__(
        self, counts: NDArray[np.int64], sizes: NDArray[np.int64], *, shares: NDArray[np.float64], seed: int
    ) -> None:
        self._counts = counts
        self._sizes = sizes
        self._random = np.random.default_rng(seed)
        self._lacking = shares[:, None] * counts.sum(axis=0)  # (parts, genres)
        self._room = shares * sizes.sum()  # (parts,) rows still to come
        self._part = np.full(len(sizes), -1, dtype=np.int64)

    def deal(self) -> NDArray[np.int64]:
        """Return the part of each group."""
        while (genre := self._rarest()) is not None:
            for group in self._largest_first(self._counts[:, genre]):
                self._give(group, wanting=self._lacking[:, genre])
        for group in self._largest_first(self._sizes):
            self._give(group, wanting=self._room)
        return self._part

    def _rarest(self) -> int | None:
        left = self._counts[self._part < 0].sum(axis=0)
        if not left.any():
            return None
        return int(np.where(left > 0, left, np.iinfo(np.int64).max).argmin())

    def _largest_first(self, weight: NDArray[np.int64]) -> list[int]:
        """Return the groups not yet dealt that have any `weight`: big ones while there is room to balance."""
        open_groups = self._random.permutation(np.flatnonzero((self._part < 0) & (weight > 0)))
        order = np.argsort(-weight[open_groups], kind="stable")
        return [int(group) for group in open_groups[order]]

    def _give(self, group: int, *, wanting: NDArray[np.float64]) -> None:
        part = int(np.lexsort((self._random.random(len(self._room)), -self._room, -wanting))[0])
        self._part[group] = part
        self._lacking[part] -= self._counts[group]
        self._room[part] -= self._sizes[group]
