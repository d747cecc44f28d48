"""NeuralOptions: how large a neural head is and how it is trained."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Self

from classifier.bounds import Bound
from classifier.errors import BadTrainingData
from classifier.heads.base import Settings
from classifier.heads.word_vectors import WordVectors


class Loss(IntEnum):
    """What is made small: cross-entropy, or Ridnik et al.'s asymmetric loss, which forgives easy negatives."""

    BCE = 0
    ASYMMETRIC = 1


OPTION_BOUNDS = {
    "hidden": Bound(4, 4096),
    "dropout": Bound(0.0, 0.95),
    "epochs": Bound(1, 10_000),
    "batch": Bound(1, 4096),
    "learning_rate": Bound(0.0, 1.0),
    "weight_decay": Bound(0.0, 1.0),
    "patience": Bound(1, 10_000),
    "loss": Bound(0, 1),
    "gamma_neg": Bound(0.0, 10.0),
    "gamma_pos": Bound(0.0, 10.0),
    "clip": Bound(0.0, 0.5),
    "frame_dropout": Bound(0.0, 0.95),
    "crop": Bound(0, 4000),
    "mixup": Bound(0.0, 10.0),
    "seed": Bound(0, 2**31 - 1),
}


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

    hidden: int = 256
    dropout: float = 0.5
    epochs: int = 60
    batch: int = 64
    learning_rate: float = 1e-3
    weight_decay: float = 1e-2
    patience: int = 12
    loss: Loss = Loss.BCE
    gamma_neg: float = 4.0
    gamma_pos: float = 0.0
    clip: float = 0.05
    frame_dropout: float = 0.1
    crop: int = 256
    mixup: float = 0.4
    seed: int = 0
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
    def of(cls, settings: Settings) -> Self:
        """Return the options kept in `settings`, other entries left aside; whoever calls has checked the bounds."""
        numbers = {name: settings[name] for name in OPTION_BOUNDS}
        return cls(**{**numbers, "loss": Loss(int(numbers["loss"]))})  # type: ignore[arg-type]


USUAL = NeuralOptions()
