"""Backbone: what extraction needs of a network without its top."""

from collections.abc import Callable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from extractor.features import Provenance

FRAME_SIZE = 299  # pixels, Inception-V3's


def nothing() -> None:
    """Do nothing while waiting."""


class Backbone(Protocol):
    """A network that turns frames into vectors; calling it is the inference."""

    @property
    def features_id(self) -> str:
        """The id under which its vectors may be compared."""

    @property
    def provenance(self) -> Provenance:
        """What its vectors are made with."""

    @property
    def frame_size(self) -> int:
        """The side of its frames in pixels."""

    @property
    def dim(self) -> int:
        """How many numbers a vector has."""

    def __call__(self, frames: NDArray[np.uint8], *, on_wait: Callable[[], None] = nothing) -> NDArray[np.float32]:
        """Return vectors of shape (frames, dim) for RGB frames of shape (frames, frame_size, frame_size, 3).

        No frames give (0, dim) without any inference: on some processors TensorFlow fails on them.
        A network that works for others too calls `on_wait` each second that the answer takes; it may raise.
        """
