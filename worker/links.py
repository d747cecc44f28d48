"""Links: whatever spelling of a YouTube link comes in, an 11-character id goes on, and nothing else of it."""

import re
from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qs, urlsplit

from worker.errors import WorkerError

MAX_LENGTH = 2048
_ID = re.compile(r"[A-Za-z0-9_-]{11}", re.ASCII)
_SHORT_HOSTS = frozenset({"youtu.be", "www.youtu.be"})
_HOSTS = _SHORT_HOSTS | {
    "youtube.com",
    "www.youtube.com",
    "m.youtube.com",
    "music.youtube.com",
    "youtube-nocookie.com",
    "www.youtube-nocookie.com",
}
_ID_PATHS = frozenset({"shorts", "embed", "live", "v", "e"})
_BARE_HOST = re.compile(rf"(?:{'|'.join(re.escape(host) for host in sorted(_HOSTS))})(?=[/?]|$)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Link:
    """One video on YouTube."""

    video_id: str

    @property
    def trailer_id(self) -> str:
        """The id in the database, e.g. `youtube:dQw4w9WgXcQ`."""
        return f"youtube:{self.video_id}"

    @property
    def url(self) -> str:
        """The address rebuilt from the id alone."""
        return f"https://www.youtube.com/watch?v={self.video_id}"


def looks_like_link(text: str) -> bool:
    """Tell whether a source names an address rather than a file."""
    return "://" in text[:32] or _BARE_HOST.match(text) is not None


def is_video_id(text: str) -> bool:
    """Tell whether the text could be a bare YouTube id."""
    return _ID.fullmatch(text) is not None


def parse_link(text: str) -> Link:
    """Return the video that a link or bare id names.

    Raises WorkerError: bad_source, host_not_allowed, or playlist_not_allowed for a list without a video.
    """
    text = text.strip()
    if is_video_id(text):
        return Link(text)
    if len(text) > MAX_LENGTH or not text.isprintable():
        raise WorkerError("bad_source", f"{text[:60]!r} is no link: too long, or with control characters")
    try:
        parts = urlsplit(f"https://{text}" if _BARE_HOST.match(text) else text)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError as exc:
        raise WorkerError("bad_source", f"{text!r} is no link: {exc}") from exc
    if parts.scheme not in ("http", "https"):
        raise WorkerError("bad_source", f"{text!r} is neither an http(s) link, a YouTube id nor a file")
    if host not in _HOSTS or port not in (None, 80, 443):
        raise WorkerError(
            "host_not_allowed", f"{parts.netloc[:80]!r} is not YouTube; download the video and give the file"
        )
    return Link(_video_id(parts, text, short=host in _SHORT_HOSTS))


def _video_id(parts: SplitResult, text: str, *, short: bool) -> str:
    steps = [step for step in parts.path.split("/") if step]
    query = parse_qs(parts.query)
    candidate = ""
    if short:
        candidate = steps[0] if steps else ""
    elif steps and steps[0] in _ID_PATHS:
        candidate = steps[1] if len(steps) > 1 else ""
    elif steps == ["watch"]:
        candidate = query.get("v", [""])[0].strip()
    if is_video_id(candidate) and not (candidate == "videoseries" and "list" in query):
        return candidate
    if "list" in query:
        raise WorkerError("playlist_not_allowed", f"{text!r} is a playlist; give the links of its videos")
    raise WorkerError("bad_source", f"{text!r} names no video; a link looks like https://youtu.be/XXXXXXXXXXX")
