"""The sites that links may name: their hosts, how a link says which video, and what yt-dlp may touch for them."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qs

DEFAULT_SITES = ("youtube",)


@dataclass(frozen=True, slots=True)
class Site:
    """One site: `find_id` returns what stands in a link where the id should be, "" for nothing.

    `extractors` are patterns of yt-dlp's extractor names, `domains` all that they need, subdomains included.
    """

    name: str
    title: str
    hosts: frozenset[str]
    id_pattern: re.Pattern[str]
    address: str
    example: str
    find_id: Callable[[SplitResult], str]
    extractors: tuple[str, ...]
    domains: tuple[str, ...]

    def is_id(self, text: str) -> bool:
        """Tell whether the text has the form of an id here."""
        return self.id_pattern.fullmatch(text) is not None

    def url(self, video_id: str) -> str:
        """Return the address rebuilt from the id alone."""
        return self.address.format(video_id)


def _steps(parts: SplitResult) -> list[str]:
    return [step for step in parts.path.split("/") if step]


def _youtube_id(parts: SplitResult) -> str:
    steps = _steps(parts)
    query = parse_qs(parts.query)
    found = ""
    if (parts.hostname or "").lower() in _SHORT_HOSTS:
        found = steps[0] if steps else ""
    elif steps and steps[0] in _ID_PATHS:
        found = steps[1] if len(steps) > 1 else ""
    elif steps == ["watch"]:
        found = query.get("v", [""])[0].strip()
    return "" if found == "videoseries" and "list" in query else found


def _vimeo_id(parts: SplitResult) -> str:
    steps = _steps(parts)
    if (parts.hostname or "").lower() == "player.vimeo.com":
        return steps[1] if len(steps) == 2 and steps[0] == "video" else ""
    return steps[0] if len(steps) == 1 else ""


_SHORT_HOSTS = frozenset({"youtu.be", "www.youtu.be"})
_ID_PATHS = frozenset({"shorts", "embed", "live", "v", "e"})
_YOUTUBE_HOSTS = _SHORT_HOSTS | {
    "youtube.com",
    "www.youtube.com",
    "m.youtube.com",
    "music.youtube.com",
    "youtube-nocookie.com",
    "www.youtube-nocookie.com",
}

YOUTUBE = Site(
    name="youtube",
    title="YouTube",
    hosts=_YOUTUBE_HOSTS,
    id_pattern=re.compile(r"[A-Za-z0-9_-]{11}", re.ASCII),
    address="https://www.youtube.com/watch?v={}",
    example="https://youtu.be/XXXXXXXXXXX",
    find_id=_youtube_id,
    extractors=("youtube$",),
    domains=("youtube.com", "youtu.be", "youtube-nocookie.com", "googlevideo.com", "ytimg.com", "ggpht.com"),
)
VIMEO = Site(
    name="vimeo",
    title="Vimeo",
    hosts=frozenset({"vimeo.com", "www.vimeo.com", "player.vimeo.com"}),
    id_pattern=re.compile(r"[1-9][0-9]{0,11}", re.ASCII),
    address="https://vimeo.com/{}",
    example="https://vimeo.com/123456789",
    find_id=_vimeo_id,
    extractors=("vimeo$",),
    domains=("vimeo.com", "vimeocdn.com", "akamaized.net"),
)
SITES = {site.name: site for site in (YOUTUBE, VIMEO)}
