"""WordVectors: pretrained vectors of words, for a head to begin with."""

import hashlib
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from classifier.errors import BadTrainingData


@dataclass(frozen=True, eq=False, repr=False)
class WordVectors:
    """`values`, float32 of shape (words, width), and the words' `ids`, float32 of shape (words,), sorted, each once.

    Raises BadTrainingData when they don't fit together or a number is not finite.
    """

    ids: NDArray[np.float32]
    values: NDArray[np.float32]

    def __post_init__(self) -> None:
        if self.values.ndim != 2 or self.ids.shape != (len(self.values),) or not self.values.size:
            raise BadTrainingData(f"word vectors of shape {self.values.shape} for ids of shape {self.ids.shape}")
        if (np.diff(self.ids) <= 0).any() or not np.isfinite(self.values).all():
            raise BadTrainingData("word vectors must be sorted by id, each once, and finite")

    def __len__(self) -> int:
        return len(self.ids)

    def __repr__(self) -> str:
        """Name all the numbers: a training is told from one with other vectors by this."""
        return f"WordVectors({self._digest})"

    @property
    def width(self) -> int:
        """How many numbers a word has."""
        return int(self.values.shape[1])

    @cached_property
    def _digest(self) -> str:
        return hashlib.sha256(self.ids.tobytes() + self.values.tobytes()).hexdigest()
