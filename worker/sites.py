"""Sites: everything particular to one: its hosts and ids, what yt-dlp may reach for it, its player."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

DEFAULT_SITES = ("youtube",)


@dataclass(frozen=True, slots=True)
class Site:
    """One site; `{}` is the video's id in `address` and `player`, a second in `moment`, `seek` and `start`."""

    name: str
    title: str
    hosts: frozenset[str]  #: of links; their subdomains are the site's, too
    id_pattern: re.Pattern[str]
    address: str
    example: str
    find_id: Callable[[SplitResult], str]  #: what stands where a link's id should be; several with blanks between
    extractors: tuple[str, ...]  #: patterns of yt-dlp's extractor names
    domains: tuple[str, ...]  #: all that these need, subdomains included
    thumbnail_domain: str
    player: str  #: the address of its embedded player
    moment: str  #: the end of an address that starts playing at a second
    witness: str  #: the id of a video that has been there for many years
    seek: tuple[str, ...]  #: the messages that make its player play from a second (`postMessage`)
    pause: str  #: the message that makes it pause
    start: str  #: the end of its player's address that has it begin at a second

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


def site_of_host(host: str) -> Site | None:
    """Return the site that a host, or the domain it is in, belongs to."""
    return next(
        (site for site in SITES.values() if any(f".{host}".endswith(f".{domain}") for domain in site.hosts)), None
    )


def has_list(parts: SplitResult) -> bool:
    """Tell whether a link names a playlist."""
    return bool(_fields(parts).get("list"))


def _path_parts(parts: SplitResult) -> list[str]:
    return [part for part in parts.path.split("/") if part]


def _fields(parts: SplitResult) -> dict[str, list[str]]:
    """Return the values of a link's query and fragment by their names, whatever character people put between them."""
    fields: dict[str, list[str]] = {}
    for text in _BETWEEN_FIELDS.split(f"{parts.path}?{parts.query}#{parts.fragment}"):
        name, _, value = text.partition("=")
        fields.setdefault(name.strip(" +").lower(), []).append(value.strip(" +"))
    return fields


def _youtube_id(parts: SplitResult) -> str:
    path, fields = _path_parts(parts), _fields(parts)
    place = path[0].lower() if path else ""
    short = (parts.hostname or "").lower().rstrip(".").endswith("youtu.be")
    named = " ".join(value for name in _ID_FIELDS for value in fields.get(name, ()))
    if parts.fragment.startswith("p/"):  # a channel's page as it was until 2011
        return parts.fragment.rpartition("/")[2]
    if place.startswith("@") or place in _OTHER_PLACES:
        return ""
    if len(path) > 1 and place in _ID_PLACES:
        named = path[1]
    elif short and place != "watch" and path:
        named = path[0]
    return "" if named in NO_IDS else named


def _vimeo_id(parts: SplitResult) -> str:
    path, host = _path_parts(parts), (parts.hostname or "").lower()
    if host == _VIMEO_ADDON:
        return " ".join(_fields(parts).get("video_id", ()))
    if host == "player.vimeo.com":
        return path[1] if len(path) == 2 and path[0] == "video" else ""
    return path[0] if len(path) == 1 else ""


_BETWEEN_FIELDS = re.compile("[?&#!;]")
_ID_FIELDS = ("v", "vi", "video_id", "videoid")
_ID_PLACES = frozenset(
    {"shorts", "embed", "live", "v", "e", "watch", "video", "vi", "vi_webp", "an", "an_webp", "sb"}  # vi: thumbnails
)
_OTHER_PLACES = frozenset(
    {"playlist", "channel", "c", "user", "clip", "results", "feed", "hashtag", "post", "redirect"}
)
NO_IDS = frozenset({"live_stream", "videoseries"})  # in the place of one: a channel's stream, a playlist
_VIMEO_ADDON = "plugin.video.vimeo"

YOUTUBE = Site(
    name="youtube",
    title="YouTube",
    hosts=frozenset(
        {
            *("youtube.com", "youtu.be", "youtube-nocookie.com", "youtubekids.com", "youtubeeducation.com"),
            *("youtube.googleapis.com", "ytimg.com", "plugin.video.youtube"),  # old players, thumbnails, Kodi
        }
    ),
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
    pause='{"event": "command", "func": "pauseVideo", "args": []}',
    start="&start={}",
)
VIMEO = Site(
    name="vimeo",
    title="Vimeo",
    hosts=frozenset({"vimeo.com", _VIMEO_ADDON}),
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
    pause='{"method": "pause"}',
    start="#t={}s",
)
SITES = {site.name: site for site in (YOUTUBE, VIMEO)}
