"""Leaks: films, files and near-duplicates that stand in more than one part of a split."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from classifier.counts import count
from classifier.data.dataset import LabelledRows
from classifier.data.duplicates import crossing, near_duplicates

_ONE = {
    "groups (films or franchises)": "group (film or franchise)",
    "files": "file",
    "near-duplicates": "near-duplicate",
}


@dataclass(frozen=True, slots=True)
class Leaks:
    """What stands in two parts, by its kind; `rows` are the ids of all rows that it concerns."""

    found: Mapping[str, Sequence[str]]
    rows: frozenset[str]

    def __bool__(self) -> bool:
        return any(self.found.values())

    def __str__(self) -> str:
        return " and ".join(count(len(words), _ONE[kind], kind) for kind, words in self.found.items() if words)

    @property
    def first(self) -> str:
        """One of them."""
        return next(words[0] for words in self.found.values() if words)


def find_leaks(
    data: LabelledRows, parts: NDArray[np.int64], seen: LabelledRows, seen_parts: NDArray[np.int64]
) -> Leaks:
    """Return what stands in two of the `parts` of rows; near-duplicates are told by the features of `seen`.

    `parts` are of shape (n,), those of `seen` in its order.
    """
    groups, files = crossing(data.groups, parts), crossing(data.digests, parts)
    pairs = [(a, b) for a, b in near_duplicates(seen) if seen_parts[a] != seen_parts[b]]
    words = {*groups, *files}
    rows = {row for row, *its in zip(data.ids, data.groups, data.digests, strict=True) if not words.isdisjoint(its)}
    return Leaks(
        {
            "groups (films or franchises)": groups,
            "files": files,
            "near-duplicates": [f"{seen.ids[a]} and {seen.ids[b]}" for a, b in pairs],
        },
        frozenset(rows.union(seen.ids[place] for pair in pairs for place in pair)),
    )
