"""Links: any spelling in, (site, video id) out; nothing else of the user's text goes further."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qs, urlsplit

from worker.errors import WorkerError
from worker.sites import DEFAULT_SITES, SITES, YOUTUBE, Site

MAX_LENGTH = 2048
_SITE_OF_HOST = {host: site for site in SITES.values() for host in site.hosts}
_BARE_HOST = re.compile(rf"(?:{'|'.join(re.escape(host) for host in sorted(_SITE_OF_HOST))})(?=[/?]|$)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Link:
    """One video on one site, YouTube unless named."""

    video_id: str
    site: str = YOUTUBE.name

    @property
    def trailer_id(self) -> str:
        """The id in the database, e.g. `youtube:dQw4w9WgXcQ`."""
        return f"{self.site}:{self.video_id}"

    @property
    def url(self) -> str:
        """The address rebuilt from the id alone."""
        return SITES[self.site].url(self.video_id)


def looks_like_link(text: str) -> bool:
    """Tell whether a source names an address rather than a file."""
    return "://" in text[:32] or _BARE_HOST.match(text) is not None


def is_video_id(text: str) -> bool:
    """Tell whether the text could be a bare YouTube id."""
    return YOUTUBE.is_id(text)


def parse_link(text: str, *, sites: Collection[str] = DEFAULT_SITES) -> Link:
    """Return the video that a link or bare YouTube id names, if its site is one of the enabled `sites`.

    Raises WorkerError: bad_source, host_not_allowed, or playlist_not_allowed for a list without a video.
    """
    text = text.strip()
    if is_video_id(text) and YOUTUBE.name in sites:
        return Link(text)
    parts = _split(text)
    site = _site(parts, sites)
    video_id = site.find_id(parts)
    if not site.is_id(video_id):
        raise _no_video(text, site, listed=site is YOUTUBE and "list" in parse_qs(parts.query))
    return Link(video_id, site.name)


def _split(text: str) -> SplitResult:
    if len(text) > MAX_LENGTH or not text.isprintable():
        raise WorkerError(
            "bad_source", f"{text[:60]!r} is not a valid link: it is too long or contains control characters"
        )
    try:
        parts = urlsplit(f"https://{text}" if _BARE_HOST.match(text) else text)
        parts.port  # noqa: B018 - reading it raises ValueError if it is not a number
    except ValueError as exc:
        raise WorkerError("bad_source", f"{text!r} is not a valid link: {exc}") from exc
    if parts.scheme not in ("http", "https"):
        raise WorkerError("bad_source", f"{text!r} is neither an http(s) link, a YouTube id nor a file")
    return parts


def _site(parts: SplitResult, sites: Collection[str]) -> Site:
    site = _SITE_OF_HOST.get((parts.hostname or "").lower())
    if site is None or parts.port not in (None, 80, 443):
        titles = " or ".join(SITES[name].title for name in sites)
        raise WorkerError(
            "host_not_allowed", f"{parts.netloc[:80]!r} is not {titles}; download the video and give the file"
        )
    if site.name not in sites:
        wanted = ",".join([*sites, site.name])
        raise WorkerError(
            "host_not_allowed", f"links to {site.title} are not enabled; set TRAILERS_SITES={wanted} to allow them"
        )
    return site


def _no_video(text: str, site: Site, *, listed: bool) -> WorkerError:
    if listed:
        return WorkerError("playlist_not_allowed", f"{text!r} is a playlist; give the links of its videos")
    return WorkerError("bad_source", f"{text!r} names no video; a link looks like {site.example}")
