"""Ragged: sequences of different lengths in one array, as features are kept and heads read them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from classifier.errors import BadTrainingData


@dataclass(frozen=True, slots=True, eq=False)
class Ragged:
    """`values`, float16 or float32 of shape (all frames, dim); sequence i is values[offsets[i]:offsets[i + 1]].

    Raises BadTrainingData when the two don't fit together or a sequence has no frame.
    """

    values: NDArray[np.floating]
    offsets: NDArray[np.int64]

    def __post_init__(self) -> None:
        if self.values.ndim != 2 or self.values.dtype.kind != "f" or not self.values.shape[1]:
            raise BadTrainingData(
                f"features must be floats of shape (frames, dim), not {self.values.dtype} of shape {self.values.shape}"
            )
        if self.offsets.ndim != 1 or not len(self.offsets) or self.offsets[0] != 0:
            raise BadTrainingData("offsets must begin with 0")
        if self.offsets[-1] != len(self.values):
            raise BadTrainingData(f"offsets end at {self.offsets[-1]}, but there are {len(self.values)} frames")
        if (np.diff(self.offsets) < 1).any():
            raise BadTrainingData("each sequence must have at least one frame")

    @classmethod
    def of(cls, sequences: Sequence[NDArray[np.floating]]) -> Self:
        """Return sequences, each of shape (frames, dim), as one; at least one is needed."""
        if not sequences:
            raise BadTrainingData("there are no sequences")
        lengths = [len(sequence) for sequence in sequences]
        return cls(np.concatenate(sequences), np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64))

    @classmethod
    def singles(cls, vectors: NDArray[np.floating]) -> Self:
        """Return each row of `vectors`, of shape (n, dim), as a sequence of one frame."""
        return cls(vectors, np.arange(len(vectors) + 1, dtype=np.int64))

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, index: int) -> NDArray[np.floating]:
        return self.values[self.offsets[index] : self.offsets[index + 1]]

    def __iter__(self) -> Iterator[NDArray[np.floating]]:
        return (self[index] for index in range(len(self)))

    @property
    def dim(self) -> int:
        """How many numbers a frame has."""
        return int(self.values.shape[1])

    @property
    def lengths(self) -> NDArray[np.int64]:
        """The frames of each sequence, of shape (n,)."""
        return np.diff(self.offsets)

    def take(self, rows: NDArray[np.int64]) -> Self:
        """Return the sequences of these indices, in their order; raises BadTrainingData for none."""
        return type(self).of([self[int(row)] for row in rows])
