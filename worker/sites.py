"""Sites: everything particular to one: its hosts and ids, what yt-dlp may reach for it, its player."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qs, urlsplit

DEFAULT_SITES = ("youtube",)


@dataclass(frozen=True, slots=True)
class Site:
    """One site; `{}` stands for the video's id in `address` and `player`, for a second in `moment` and `seek`."""

    name: str
    title: str
    hosts: frozenset[str]  #: of links
    id_pattern: re.Pattern[str]
    address: str
    example: str
    find_id: Callable[[SplitResult], str]  #: returns the part of a link where the id should be, "" without one
    extractors: tuple[str, ...]  #: patterns of yt-dlp's extractor names
    domains: tuple[str, ...]  #: all that these need, subdomains included
    thumbnail_domain: str
    player: str  #: the address of its embedded player
    moment: str  #: the end of an address that starts playing at a second
    witness: str  #: the id of a video that has been there for many years
    seek: tuple[str, ...]  #: the messages that make its player play from a second (`postMessage`)

    def is_id(self, text: str) -> bool:
        """Tell whether the text has the form of this site's ids."""
        return self.id_pattern.fullmatch(text) is not None

    def url(self, video_id: str) -> str:
        """Return the address rebuilt from the id alone."""
        return self.address.format(video_id)

    def player_url(self, video_id: str) -> str:
        """Return the address of the embedded player."""
        return self.player.format(video_id)

    @property
    def player_origin(self) -> str:
        """The origin that the player is loaded from."""
        parts = urlsplit(self.player)
        return f"{parts.scheme}://{parts.netloc}"

    def has_thumbnail(self, address: str) -> bool:
        """Tell whether an address is https and where the site keeps pictures."""
        try:
            parts = urlsplit(address)
            port = parts.port
        except ValueError:
            return False
        ours = f".{parts.hostname}".endswith(f".{self.thumbnail_domain}")
        return ours and parts.scheme == "https" and port in (None, 443)


def _path_parts(parts: SplitResult) -> list[str]:
    return [part for part in parts.path.split("/") if part]


def _youtube_id(parts: SplitResult) -> str:
    path = _path_parts(parts)
    query = parse_qs(parts.query)
    found = ""
    if (parts.hostname or "").lower() in _SHORT_HOSTS:
        found = path[0] if path else ""
    elif path and path[0] in _ID_PATHS:
        found = path[1] if len(path) > 1 else ""
    elif path == ["watch"]:
        found = query.get("v", [""])[0].strip()
    return "" if found == "videoseries" and "list" in query else found


def _vimeo_id(parts: SplitResult) -> str:
    path = _path_parts(parts)
    if (parts.hostname or "").lower() == "player.vimeo.com":
        return path[1] if len(path) == 2 and path[0] == "video" else ""
    return path[0] if len(path) == 1 else ""


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
    thumbnail_domain="ytimg.com",
    player="https://www.youtube-nocookie.com/embed/{}?enablejsapi=1",
    moment="&t={}",
    witness="jNQXAC9IVRw",  # the site's first video
    seek=(
        '{"event": "command", "func": "seekTo", "args": [{}, true]}',
        '{"event": "command", "func": "playVideo", "args": []}',
    ),
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
    thumbnail_domain="vimeocdn.com",
    player="https://player.vimeo.com/video/{}",
    moment="#t={}s",
    witness="76979871",  # the site's own, for those who build its players into pages
    seek=('{"method": "setCurrentTime", "value": {}}', '{"method": "play"}'),
)
SITES = {site.name: site for site in (YOUTUBE, VIMEO)}
