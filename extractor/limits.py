"""How much of a video is accepted."""

import math
from dataclasses import dataclass

MAX_FRAMES = 4000  # what one document of the database holds as float16


@dataclass(frozen=True, slots=True)
class Limits:
    """What a video may be at most; sides in pixels, `max_duration_s` of the film, `max_decode_s` of decoding.

    `max_decode_s` counts only the seconds spent waiting for the decoder, not those in which it waits for us.
    """

    max_duration_s: float = 1200.0
    min_side: int = 16
    max_side: int = 8192
    max_pixels: int = 40_000_000
    max_streams: int = 32
    max_decode_s: float = 1800.0

    @property
    def max_frames(self) -> int:
        """How many frames, one a second, such a video has at most."""
        return min(MAX_FRAMES, math.ceil(self.max_duration_s))
