"""Pictures of posters from the one host that may give them: a limited child fetches one, this side bounds it."""

import re
from dataclasses import asdict

from extractor.posters import MAX_BYTES
from extractor.video import sandbox
from worker.download.parent import DATA_BYTES, Patience, converse
from worker.download.picture_child import PictureRequest
from worker.download.scratch import scratch_folder
from worker.settings import Settings

MODULE = "worker.download.picture_child"
HOST = "image.tmdb.org"
TMDB = f"https://{HOST}/t/p/w500"
PATIENCE = Patience(timeout_s=60, stall_s=30)
_BASE = re.compile(rf"https://{re.escape(HOST)}/t/p/\w+/?", re.ASCII)
LIMITS = sandbox.ProcessLimits(
    cpu_seconds=30, address_space_bytes=None, data_bytes=DATA_BYTES, file_bytes=MAX_BYTES + 2**20
)


def check_poster_base(text: str) -> str:
    """Return the address that TMDB's names of posters are appended to, of `tmdb` the usual one; raises ValueError."""
    if text == "tmdb":
        return TMDB
    if not _BASE.fullmatch(text):
        raise ValueError(f"{text[:200]!r} is not a valid base of posters: give tmdb, or https://{HOST}/t/p/SIZE")
    return text.rstrip("/")


def fetch_picture(url: str, settings: Settings) -> bytes:
    """Return the picture at an address of HOST, unchecked; raises WorkerError where it can't be fetched."""
    with scratch_folder(settings.scratch) as folder:
        file = folder / "picture"
        request = PictureRequest(url, HOST, str(file), MAX_BYTES, settings.proxy)
        converse(MODULE, asdict(request), folder, limits=LIMITS, patience=PATIENCE)
        return file.read_bytes()
