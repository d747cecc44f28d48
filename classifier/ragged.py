"""Ragged: sequences of different lengths in one array, as features are kept and heads read them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from classifier.arrays import Vectors
from classifier.errors import BadTrainingData

FRAMES_AT_ONCE = 4096  # 32 MB at 2,048 numbers a frame and float32


@dataclass(frozen=True, slots=True, eq=False)
class Ragged:
    """`values`, float16 or float32 of shape (all frames, dim), in sequences: n is values[offsets[n]:offsets[n + 1]].

    `order`, of shape (n,), names the sequences that are there and their order; None is all of them as they stand.
    Taking some costs no copy of the features. `finite` says that all numbers are known to be, so that none is checked
    twice. Raises BadTrainingData when the arrays don't fit together or a sequence has no frame.
    """

    values: Vectors
    offsets: NDArray[np.int64]
    order: NDArray[np.int64] | None = None
    finite: bool = False

    def __post_init__(self) -> None:
        if self.values.ndim != 2 or self.values.dtype.kind != "f" or not self.values.shape[1]:
            raise BadTrainingData(
                f"features must be floats of shape (frames, dim), not {self.values.dtype} of shape {self.values.shape}"
            )
        if self.offsets.ndim != 1 or not len(self.offsets) or self.offsets[0] != 0:
            raise BadTrainingData("offsets must begin with 0")
        if self.offsets[-1] != len(self.values):
            raise BadTrainingData(f"offsets end at {self.offsets[-1]}, but there are {len(self.values)} frames")
        if (self.offsets[1:] <= self.offsets[:-1]).any():  # differences may overflow, and look right
            raise BadTrainingData("each sequence must have at least one frame")

    @classmethod
    def from_sequences(cls, sequences: Sequence[Vectors]) -> Self:
        """Return sequences, each of shape (frames, dim), as one; at least one is needed."""
        if not sequences:
            raise BadTrainingData("there are no sequences")
        return cls(np.concatenate(sequences), np.cumsum([0, *map(len, sequences)], dtype=np.int64))

    @classmethod
    def singles(cls, vectors: Vectors) -> Self:
        """Return each row of `vectors`, of shape (n, dim), as a sequence of one frame."""
        return cls(vectors, np.arange(len(vectors) + 1, dtype=np.int64))

    def __len__(self) -> int:
        return len(self.offsets) - 1 if self.order is None else len(self.order)

    def __getitem__(self, index: int) -> Vectors:
        place = index if self.order is None else int(self.order[index])
        return self.values[self.offsets[place] : self.offsets[place + 1]]

    def __iter__(self) -> Iterator[Vectors]:
        return (self[index] for index in range(len(self)))

    @property
    def dim(self) -> int:
        """How many numbers a frame has."""
        return int(self.values.shape[1])

    @property
    def lengths(self) -> NDArray[np.int64]:
        """The frames of each sequence, of shape (n,)."""
        lengths = np.diff(self.offsets)
        return lengths if self.order is None else lengths[self.order]

    def take(self, rows: NDArray[np.int64]) -> Self:
        """Return the sequences of these indices, in their order; raises BadTrainingData for none."""
        if not len(rows):
            raise BadTrainingData("there are no sequences")
        return replace(self, order=rows if self.order is None else self.order[rows])

    def packed(self) -> Self:
        """Return the same sequences with nothing else in `values`, and all in order."""
        return self if self.order is None else type(self).from_sequences(list(self))

    def checked(self) -> Self:
        """Return the same, known to be finite; raises BadTrainingData for other numbers."""
        if self.finite:
            return self
        frames = np.concatenate([np.isfinite(piece).all(axis=1) for piece in self.pieces()])
        if not frames.all():
            n_bad = len(np.unique(np.searchsorted(np.cumsum(self.lengths), np.flatnonzero(~frames), side="right")))
            raise BadTrainingData(f"{n_bad} rows hold features that are not finite: compute them again")
        return replace(self, finite=True)

    def pieces(self) -> Iterator[Vectors]:
        """Yield all frames in order, some thousands at once, each of shape (frames, dim)."""
        if self.order is None:
            yield from (self.values[at : at + FRAMES_AT_ONCE] for at in range(0, len(self.values), FRAMES_AT_ONCE))
            return
        waiting: list[Vectors] = []
        for sequence in self:
            waiting.append(sequence)
            if sum(map(len, waiting)) >= FRAMES_AT_ONCE:
                yield np.concatenate(waiting)
                waiting = []
        if waiting:
            yield np.concatenate(waiting)
