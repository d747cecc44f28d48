"""All hostile and odd files."""

from tests.support.hostile.damaged import DAMAGED, LIES
from tests.support.hostile.played import CODECS, NAMES, PIXELS, STREAMS, TIMES
from tests.support.hostile.refused import ENCRYPTED, NOT_MEDIA, PICTURES, REFERENCES, SOUND

SPECIMENS = [
    *NOT_MEDIA,
    *REFERENCES,
    *ENCRYPTED,
    *SOUND,
    *PICTURES,
    *DAMAGED,
    *LIES,
    *CODECS,
    *PIXELS,
    *TIMES,
    *STREAMS,
    *NAMES,
]  # fmt: skip
