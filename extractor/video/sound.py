"""Sound: the first sound track of a video, decoded by a limited ffmpeg into bounded memory."""

from contextlib import suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from extractor.errors import DecodeTimeout
from extractor.limits import Limits
from extractor.video.arguments import build_sound_arguments
from extractor.video.containers import check_container
from extractor.video.decoder import Decoder

RATE = 16_000  # samples a second
MAX_SECONDS = 600  # 38 MB
SAMPLE_BYTES = 4


def read_sound(path: Path, *, limits: Limits) -> NDArray[np.float32]:
    """Return the first ten minutes of sound, samples from -1 to 1 of shape (n,), one channel, 16,000 a second.

    Where there is no sound, or none that can be decoded, there are no samples: it is never a reason to refuse a video.
    Raises NotMedia for a file that is no video.
    """
    seconds = min(MAX_SECONDS, int(limits.max_duration_s))
    arguments = build_sound_arguments(path, check_container(path), rate=RATE, max_seconds=seconds, limits=limits)
    buffer = bytearray(seconds * RATE * SAMPLE_BYTES)
    decoder, filled = Decoder(arguments, name=repr(str(path)), max_decode_s=limits.max_decode_s), 0
    try:
        with suppress(DecodeTimeout):
            filled = decoder.fill(memoryview(buffer))
    finally:
        decoder.stop()
        decoder.close()
    samples = np.frombuffer(buffer, dtype="<f4", count=filled // SAMPLE_BYTES)
    return np.asarray(np.clip(np.nan_to_num(samples, posinf=0.0, neginf=0.0), -1.0, 1.0), dtype=np.float32)
