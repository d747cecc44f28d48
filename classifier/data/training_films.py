"""TrainingFilms: the films and franchises a model was fitted and calibrated on, so that no data test it on them."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Self

from classifier.errors import UnsafeModel

WIDTH = 8  # bytes of a group's sha256: among 10,000 groups two of one name by chance once in 4e11 sets


@dataclass(frozen=True)
class TrainingFilms:
    """Groups as the sorted first bytes of their sha256, one after the other; raises UnsafeModel for anything else."""

    digests: bytes

    def __post_init__(self) -> None:
        parts = _parts(self.digests)
        if len(self.digests) % WIDTH or any(a >= b for a, b in pairwise(parts)):
            raise UnsafeModel("the model's list of training films is damaged")

    @classmethod
    def from_groups(cls, groups: Iterable[str]) -> Self:
        """Return the record of these groups."""
        return cls(b"".join(sorted({_digest(group) for group in groups})))

    def __or__(self, other: "TrainingFilms") -> "TrainingFilms":
        """Return the record of the groups of both."""
        return TrainingFilms(b"".join(sorted(self._all | other._all)))

    def __sub__(self, other: "TrainingFilms") -> "TrainingFilms":
        """Return the record of the groups that the other lacks."""
        return TrainingFilms(b"".join(sorted(self._all - other._all)))

    def __contains__(self, group: str) -> bool:
        return _digest(group) in self._all

    def __len__(self) -> int:
        return len(self.digests) // WIDTH

    @cached_property
    def _all(self) -> frozenset[bytes]:
        return frozenset(_parts(self.digests))


def _digest(group: str) -> bytes:
    return hashlib.sha256(group.encode("utf-8", "surrogateescape")).digest()[:WIDTH]


def _parts(digests: bytes) -> list[bytes]:
    return [digests[start : start + WIDTH] for start in range(0, len(digests), WIDTH)]
