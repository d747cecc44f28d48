"""Linked rows: rows that share a key, directly or through others (connected components)."""

from collections.abc import Sequence


class LinkedRows:
    """Disjoint sets of `n` rows (Tarjan 1975, "Efficiency of a Good But Not Linear Set Union Algorithm")."""

    def __init__(self, n: int) -> None:
        self._above = list(range(n))

    def root(self, row: int) -> int:
        """Return the lowest row of the set that `row` is in."""
        while self._above[row] != row:
            self._above[row] = row = self._above[self._above[row]]
        return row

    def join(self, one: int, other: int) -> None:
        """Make one set of the sets of two rows."""
        low, high = sorted((self.root(one), self.root(other)))
        self._above[high] = low

    def join_equal(self, words: Sequence[str]) -> None:
        """Join the rows of one word; words are one a row, "" is none."""
        first: dict[str, int] = {}
        for row, word in enumerate(words):
            if word:
                self.join(first.setdefault(word, row), row)
