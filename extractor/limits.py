"""Limits of the videos that are accepted."""

import math
from dataclasses import dataclass

MAX_FRAMES = 4000  # as many as fit into one document of the database as float16


@dataclass(frozen=True, slots=True)
class Limits:
    """The largest video that is accepted: sides in pixels, seconds of the film and of decoding it.

    `max_decode_s` counts the seconds spent waiting for the decoder, not those in which it waits for us.
    """

    max_duration_s: float = 1200.0
    min_side: int = 16
    max_side: int = 8192
    max_pixels: int = 40_000_000
    max_streams: int = 32
    max_decode_s: float = 1800.0

    @property
    def max_frames(self) -> int:
        """The most frames, one a second, that such a video has."""
        return min(MAX_FRAMES, math.ceil(self.max_duration_s))
