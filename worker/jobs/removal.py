"""The removal of trailers: what the database has of one, and the upload that it came as."""

from dataclasses import replace

from db.removal import RemovedTrailer
from worker.jobs.uploads import remove_upload
from worker.runtime import Runtime


def remove_trailer(runtime: Runtime, trailer_id: str) -> RemovedTrailer:
    """Remove a trailer whole and tell what was removed; nothing where a worker is at work on it."""
    removed = runtime.store.removal.remove(trailer_id)
    if removed.running or not remove_upload(runtime.settings.home, trailer_id.removeprefix("file:")):
        return removed
    return replace(removed, counts={**removed.counts, "uploads": 1})
