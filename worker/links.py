"""Links: any spelling in, (site, video id) out; nothing else of the user's text goes further."""

import re
import string
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from urllib.parse import SplitResult, urlsplit

from worker.errors import WorkerError
from worker.sites import DEFAULT_SITES, NO_IDS, SITES, YOUTUBE, Site, has_list, site_of_host
from worker.spellings import decode, find_addresses, host_of, redirects, strip_wrapping, wrapped_texts

MAX_LENGTH = 2048
_MAX_ADDRESSES = 50  # of one text
_MAX_DEPTH = 3  # redirectors inside redirectors
_HOSTS = "|".join(re.escape(host) for site in SITES.values() for host in sorted(site.hosts))
_BARE = re.compile(  # a known host, first in its text or behind a label: Trailer:youtu.be/...
    r"(?:[^/?#@%&]*[^\w/?#@%&.-])?(?:(?<!:)//+)?"
    rf"(?P<rest>(?:[a-z0-9-]+\.)*(?:{_HOSTS})\.?(?:[/?#&%:].*)?$)",
    re.IGNORECASE,
)
_NAMED = re.compile(  # by an app: vnd.youtube:ID, youtube://watch?v=ID
    rf"(?:vnd\.)?({'|'.join(SITES)}):(?://)?(?:watch/?\?v=|videos/)?([\w-]+)(?:[?&].*)?", re.IGNORECASE | re.ASCII
)
_LINE_END = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")  # or what a program may take for one
_HINT = re.compile("[.:/%]|&#")  # no address is without
_PLAIN = re.compile(r"https://(?:youtu\.be/|www\.youtube\.com/watch\?v=)([A-Za-z0-9_-]{11})")  # most links
_ID_CHARACTERS = string.ascii_letters + string.digits + "_-"


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
    return "://" in text or bool(_find_addresses(text[:MAX_LENGTH]))


def is_video_id(text: str) -> bool:
    """Tell whether the text could be a bare YouTube id."""
    return YOUTUBE.is_id(strip_wrapping(text))


def find_links(text: str, *, sites: Collection[str] = tuple(SITES)) -> list[Link]:
    """Return the videos of these sites that the addresses in a text name, each once, in order."""
    return _links(_find_addresses(text[:MAX_LENGTH]), sites)


def parse_link(text: str, *, sites: Collection[str] = DEFAULT_SITES) -> Link:
    """Return the one video that a text names, by a bare YouTube id or a link however wrapped, on an enabled site.

    Raises WorkerError: bad_source, host_not_allowed, or playlist_not_allowed for a list without a video.
    """
    if is_video_id(text) and YOUTUBE.name in sites:
        return Link(strip_wrapping(text))
    found = _find_addresses(text[:MAX_LENGTH])
    links = _links(found, sites)
    if len(links) < 2 and (len(text) > MAX_LENGTH or _LINE_END.search(text.strip())):
        raise WorkerError(
            "bad_source", f"{text[:60]!r} is not a valid link: it is too long or contains control characters"
        )
    if len(links) == 1:
        return links[0]
    raise _several(text, links) if links else _no_video(text, [address for address, _ in found], sites)


def _links(found: Iterable[tuple[SplitResult, Link | None]], sites: Collection[str]) -> list[Link]:
    return list(dict.fromkeys(link for _, link in found if link and link.site in sites))


@lru_cache(maxsize=256)  # a list's row asks several times what is in a cell
def _find_addresses(text: str) -> tuple[tuple[SplitResult, Link | None], ...]:
    return tuple(islice(_find(text), _MAX_ADDRESSES))


def _find(text: str, depth: int = _MAX_DEPTH) -> Iterator[tuple[SplitResult, Link | None]]:
    """Yield the addresses in a text, each with the video it names; those in a known redirector's link instead of it."""
    text = text[:MAX_LENGTH]
    if not _HINT.search(text):
        return
    if (plain := _PLAIN.fullmatch(text)) and plain[1] not in NO_IDS:
        yield urlsplit(text), Link(plain[1])
        return
    named = _NAMED.fullmatch(strip_wrapping(text))
    if named and (link := _link(SITES[named[1].lower()], named[2])):
        yield urlsplit(link.url), link
    for address in find_addresses(text, _BARE):
        links = _read(address)
        yield from ((address, link) for link in links)
        if links:
            continue
        yield address, None
        if depth and (redirects(address) or _site(address)):
            for wrapped in wrapped_texts(address):
                yield from _find(wrapped, depth - 1)


def _read(address: SplitResult) -> list[Link]:
    """Return the videos that a link itself names; what is behind its host may be percent-encoded, or twice."""
    site = _site(address)
    for _ in range(3):
        if site is None:
            break
        if links := [link for text in site.find_id(address).split() if (link := _link(site, text))]:
            return links
        if (decoded := decode(address)) == address:
            break
        address = decoded
    return []


def _site(address: SplitResult) -> Site | None:
    """Return the site of a link, None for one with a password or another port, which the site doesn't give."""
    if "@" in address.netloc or address.port not in (None, 80, 443):
        return None
    return site_of_host(host_of(address))


def _link(site: Site, text: str) -> Link | None:
    """Return the video whose id the text is, or begins with where it goes on with another character."""
    run = text[: len(text) - len(text.lstrip(_ID_CHARACTERS))]
    while run.endswith("_") and not site.is_id(run):  # Markdown's emphasis: _link_
        run = run[:-1]
    return next((Link(each, site.name) for each in (text, run) if site.is_id(each)), None)


def _several(text: str, links: Sequence[Link]) -> WorkerError:
    named = ", ".join(link.trailer_id for link in links[:5])
    why = f"{text[:200]!r} names several videos ({named}); give one link at a time, or a list with one a row"
    return WorkerError("bad_source", why)


def _no_video(text: str, addresses: Sequence[SplitResult], sites: Collection[str]) -> WorkerError:
    """Return the error for a text none of whose addresses names a video of these sites."""
    known = [(address, site) for address in addresses if (site := _site(address))]
    for address, site in known:
        if site.name in sites:
            return _unnamed(text, address, site)
    if known:
        title, wanted = known[0][1].title, ",".join([*sites, known[0][1].name])
        return WorkerError(
            "host_not_allowed", f"links to {title} are not enabled; set TRAILERS_SITES={wanted} to allow them"
        )
    if addresses:
        titles = " or ".join(SITES[name].title for name in sites)
        return WorkerError(
            "host_not_allowed", f"{addresses[0].netloc[:80]!r} is not {titles}; download the video and give the file"
        )
    return WorkerError("bad_source", f"{text[:200]!r} is neither an http(s) link, a YouTube id nor a file")


def _unnamed(text: str, address: SplitResult, site: Site) -> WorkerError:
    if site is YOUTUBE and has_list(address):
        return WorkerError("playlist_not_allowed", f"{text[:200]!r} is a playlist; give the links of its videos")
    return WorkerError("bad_source", f"{text[:200]!r} names no video; a link looks like {site.example}")
