"""NeuralOptions: how large a neural head is and how it is trained."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Annotated, Self, get_origin, get_type_hints

import numpy as np
from numpy.typing import NDArray

from classifier.bounds import Bound
from classifier.errors import BadTrainingData
from classifier.heads.base import Settings


class Loss(IntEnum):
    """What is made small: cross-entropy, or Ridnik et al.'s asymmetric loss, which forgives easy negatives."""

    BCE = 0
    ASYMMETRIC = 1


@dataclass(frozen=True, eq=False, repr=False)
class WordVectors:
    """Pretrained vectors of words, for a head to begin with.

    `values`, float32 of shape (words, width), and the words' `ids`, float32 of shape (words,), sorted, each once.
    Raises BadTrainingData when they don't fit together or a number is not finite.
    """

    ids: NDArray[np.float32]
    values: NDArray[np.float32]

    def __post_init__(self) -> None:
        if self.values.ndim != 2 or self.ids.shape != (len(self.values),) or not self.values.size:
            raise BadTrainingData(f"word vectors of shape {self.values.shape} for ids of shape {self.ids.shape}")
        if (np.diff(self.ids) <= 0).any() or not np.isfinite(self.values).all():
            raise BadTrainingData("word vectors must be sorted by id, each once, and finite")

    def __repr__(self) -> str:
        """Name all the numbers: a training is told from one with other vectors by this."""
        return f"WordVectors({hashlib.sha256(self.ids.tobytes() + self.values.tobytes()).hexdigest()})"


@dataclass(frozen=True, slots=True, kw_only=True)
class NeuralOptions:
    """The hyperparameters of every neural head.

    `hidden` is the width (a multiple of 4), `patience` the epochs without a better validation before the end.
    Training only: `frame_dropout` is the share of frames hidden, `crop` the longest stretch shown (frames, 0 for
    all), `mixup` the alpha of Zhang et al. 2018 (0 for none) where sequences are single vectors; `gamma_neg`,
    `gamma_pos` and `clip` belong to the asymmetric loss; `word_vectors` are where a head for words begins. The
    defaults are tuned on posters alone, 4,600 rows: dropout .5 and mixup .4 gave a macro AP of .441 where .3 and .2
    gave .415. Raises BadTrainingData for a value out of bounds.
    """

    hidden: Annotated[int, Bound(4, 4096)] = 256
    dropout: Annotated[float, Bound(0.0, 0.95)] = 0.5
    epochs: Annotated[int, Bound(1, 10_000)] = 60
    batch: Annotated[int, Bound(1, 4096)] = 64
    learning_rate: Annotated[float, Bound(0.0, 1.0)] = 1e-3
    weight_decay: Annotated[float, Bound(0.0, 1.0)] = 1e-2
    patience: Annotated[int, Bound(1, 10_000)] = 12
    loss: Annotated[Loss, Bound(0, 1)] = Loss.BCE
    gamma_neg: Annotated[float, Bound(0.0, 10.0)] = 4.0
    gamma_pos: Annotated[float, Bound(0.0, 10.0)] = 0.0
    clip: Annotated[float, Bound(0.0, 0.5)] = 0.05
    frame_dropout: Annotated[float, Bound(0.0, 0.95)] = 0.1
    crop: Annotated[int, Bound(0, 4000)] = 256
    mixup: Annotated[float, Bound(0.0, 10.0)] = 0.4
    seed: Annotated[int, Bound(0, 2**31 - 1)] = 0
    word_vectors: WordVectors | None = None

    def __post_init__(self) -> None:
        for name, value in self.settings().items():
            if not OPTION_BOUNDS[name].admits(value):
                raise BadTrainingData(f"{name} must be from {OPTION_BOUNDS[name].low} to {OPTION_BOUNDS[name].high}")
        if self.hidden % 4:
            raise BadTrainingData(f"hidden must be a multiple of 4, not {self.hidden}")

    def settings(self) -> dict[str, int | float]:
        """Return the options as plain numbers."""
        return {name: getattr(self, name) for name in OPTION_BOUNDS} | {"loss": int(self.loss)}

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Return the options kept in `settings`, other entries left aside; whoever calls has checked the bounds."""
        numbers = {name: settings[name] for name in OPTION_BOUNDS}
        return cls(**{**numbers, "loss": Loss(int(numbers["loss"]))})  # type: ignore[arg-type]


_HINTS = get_type_hints(NeuralOptions, include_extras=True)
OPTION_BOUNDS: Mapping[str, Bound] = {
    name: hint.__metadata__[0] for name, hint in _HINTS.items() if get_origin(hint) is Annotated
}
USUAL = NeuralOptions()
