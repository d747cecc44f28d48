"""Pictures of posters, from TMDB alone: a limited child fetches one, this side bounds it."""

from dataclasses import asdict

from extractor.posters import MAX_BYTES
from extractor.video import sandbox
from worker.download.parent import DATA_BYTES, Patience, converse
from worker.download.picture_child import PictureRequest
from worker.download.scratch import scratch_folder
from worker.settings import Settings
from worker.tmdb import HOST

MODULE = "worker.download.picture_child"
PATIENCE = Patience(timeout_s=60, stall_s=30)
LIMITS = sandbox.ProcessLimits(
    cpu_seconds=30, address_space_bytes=None, data_bytes=DATA_BYTES, file_bytes=MAX_BYTES + 2**20
)


def fetch_picture(url: str, settings: Settings) -> bytes:
    """Return the picture at an address of TMDB's host, unchecked; raises WorkerError where it can't be fetched."""
    with scratch_folder(settings.scratch) as folder:
        file = folder / "picture"
        request = PictureRequest(url, HOST, str(file), MAX_BYTES, settings.proxy)
        converse(MODULE, asdict(request), folder, limits=LIMITS, patience=PATIENCE)
        return file.read_bytes()
