"""Backbone: the interface of a network without its top."""

from collections.abc import Callable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from extractor.features import Provenance

OnWait = Callable[[], None]  # called each second while a shared network is at work on others' frames; may raise
FRAME_SIZE = 299  # pixels: Inception-V3's, and the shorter side of a kept poster


def nothing() -> None:
    """Do nothing while waiting."""


class Backbone(Protocol):
    """A network that turns frames into vectors when it is called."""

    @property
    def features_id(self) -> str:
        """The id that comparable vectors share."""

    @property
    def provenance(self) -> Provenance:
        """How its vectors are made."""

    @property
    def frame_size(self) -> int:
        """The side of its frames in pixels."""

    @property
    def dim(self) -> int:
        """The numbers of a vector."""

    def __call__(self, frames: NDArray[np.uint8], *, on_wait: OnWait = nothing) -> NDArray[np.float32]:
        """Return vectors of shape (frames, dim) for RGB frames of shape (frames, frame_size, frame_size, 3).

        No frames give (0, dim) without inference: on some processors TensorFlow fails on an empty batch. A
        shared network calls `on_wait` each second until the vectors are there; it may raise.
        """


def warm_up(backbone: Backbone, *, on_wait: OnWait = nothing) -> None:
    """Load the network by showing it one black frame."""
    backbone(np.zeros((1, backbone.frame_size, backbone.frame_size, 3), np.uint8), on_wait=on_wait)
