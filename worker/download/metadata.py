"""Metadata of a video's page: checked before any of the video is fetched, and cleaned before it is stored."""

from collections.abc import Mapping
from typing import Any

from worker.download.parent import FetchOptions
from worker.errors import WorkerError
from worker.sites import Site


def check_metadata(info: Mapping[str, Any], options: FetchOptions) -> None:
    """Raise WorkerError for a list, a live or upcoming stream, and a video that is too long or too large."""
    kind = info.get("_type") or "video"
    if kind in ("playlist", "multi_video"):
        raise WorkerError("playlist_not_allowed", "the link leads to a list of videos; give the link of one video")
    if info.get("live_status") == "is_upcoming":
        raise WorkerError("upcoming", "the video has not been published yet; try again after its premiere")
    if info.get("live_status") == "post_live":
        raise WorkerError("upcoming", "the live stream has just ended and is not ready yet; try again later")
    if info.get("is_live") or info.get("live_status") == "is_live":
        raise WorkerError("live_not_allowed", "the link is a live stream; give a finished video")
    duration, limit = info.get("duration"), options.max_duration_s
    if duration is not None and duration > limit:
        raise WorkerError(
            "too_long", f"the video lasts {duration:.0f} s; the limit is {limit:.0f} s (TRAILERS_MAX_DURATION_S)"
        )
    size = info.get("filesize") or 0  # filesize_approx is a guess from a peak rate, too weak a reason to refuse
    if size > options.max_bytes:
        raise too_large(size, options.max_bytes)


def too_large(size: float, limit: int) -> WorkerError:
    """Return the error for a video of `size` bytes."""
    why = f"the video has {size / 2**20:,.0f} MB; the limit is {limit / 2**20:,.0f} MB (TRAILERS_MAX_DOWNLOAD_MB)"
    return WorkerError("too_large", why)


def read_source(info: Mapping[str, Any], site: Site) -> dict[str, str | None]:
    """Return the fields of a video's page that are stored, cleaned."""
    return {
        "title": _text(info.get("title"), 300),
        "uploader": _text(info.get("uploader"), 200),
        "description": _text(info.get("description"), 5000),
        "upload_date": _text(info.get("upload_date"), 8),
        "thumbnail": _thumbnail(info.get("thumbnail"), site),
    }


def _text(value: object, length: int) -> str | None:
    """Return a stranger's text without control characters, None for anything else."""
    if not isinstance(value, str):
        return None
    return "".join(c for c in value if c.isprintable() or c == "\n")[:length] or None


def _thumbnail(value: object, site: Site) -> str | None:
    """Return the picture's address if it is where the site keeps pictures, else None."""
    text = _text(value, 500)
    return text if text and site.has_thumbnail(text) else None
