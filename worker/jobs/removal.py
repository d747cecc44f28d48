"""The removal of trailers: what the database has of one, and the upload that it came as."""

import time
from dataclasses import replace

from db.queue.jobs import JobFilter
from db.removal import RemovedTrailer
from worker.jobs.uploads import list_uploads, remove_upload
from worker.runtime import Runtime

STOP_S = 30.0  # within a few of them a worker stops what was cancelled
LOOK_S = 0.2


def remove_trailer(runtime: Runtime, trailer_id: str) -> RemovedTrailer:
    """Remove a trailer whole and tell what was removed; nothing where a worker is at work on it."""
    removed = runtime.store.removal.remove(trailer_id)
    if removed.running or not remove_upload(runtime.settings.home, _upload_id(trailer_id)):
        return removed
    return replace(removed, counts={**removed.counts, "uploads": 1})


def count_traces(runtime: Runtime, trailer_id: str) -> RemovedTrailer:
    """Return what `remove_trailer` would remove now."""
    found = runtime.store.removal.count(trailer_id)
    if _upload_id(trailer_id) not in dict(list_uploads(runtime.settings.home)):
        return found
    return replace(found, counts={**found.counts, "uploads": 1})


def cancel_and_remove(runtime: Runtime, trailer_id: str) -> RemovedTrailer:
    """Cancel the jobs about a trailer, wait until workers have stopped, and remove it; some may be running still."""
    runtime.store.jobs.cancel(JobFilter(trailer_id=trailer_id))
    deadline = time.monotonic() + STOP_S
    while (removed := remove_trailer(runtime, trailer_id)).running and time.monotonic() < deadline:
        time.sleep(LOOK_S)
    return removed


def _upload_id(trailer_id: str) -> str:
    return trailer_id.removeprefix("file:")
