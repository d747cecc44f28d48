"""Download errors: a table from the types, statuses and texts of yt-dlp's exceptions to our codes.

yt-dlp wraps exceptions in exceptions and often changes its wording, so everything known of a failure is consulted: of
each exception in the chain the names of its classes, its errno, the texts, then its HTTP status. The first match wins.
"""

import errno
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from worker.download.egress import EgressRefused
from worker.errors import WorkerError

INSTALL = ".venv/bin/pip install -U 'yt-dlp[default,deno]'"
TEXT_LENGTH = 300
_OWN_ADVICE = re.compile(r"\.?\s+Use --cookies|; please report this issue|\.?\s+You might want to use a VPN")
MAX_CHAIN = 20

BY_TYPE = {
    "EgressRefused": "host_not_allowed",
    "GeoRestrictedError": "geo_blocked",
    "UserNotLive": "live_not_allowed",
    "ContentTooShortError": "download_truncated",
    "IncompleteRead": "download_truncated",
    "TimeoutError": "network_timeout",
    "gaierror": "network_timeout",
    "RegexNotFoundError": "extractor_broken",
    "UnsupportedError": "extractor_broken",
    "CookieLoadError": "bot_check",
}
BY_ERRNO = {
    errno.ENOSPC: "disk_full",
    errno.EDQUOT: "disk_full",
    errno.EFBIG: "too_large",
    **dict.fromkeys(
        (errno.ETIMEDOUT, errno.ECONNREFUSED, errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EHOSTDOWN), "network_timeout"
    ),
}


@dataclass(frozen=True, slots=True)
class Wording:
    """A pattern of error texts, the code it means, and its own advice where the code's would mislead."""

    code: str
    pattern: str
    advice: str | None = None

    def fits(self, text: str) -> bool:
        """Tell whether the text matches."""
        return re.search(self.pattern, text, re.IGNORECASE) is not None


class Refused(WorkerError):
    """A site's refusal of a video, in its own `words`, which may be about this one or about any."""

    def __init__(self, code: str, message: str, *, words: str) -> None:
        super().__init__(code, message)
        self.words = words


REFUSALS = (
    "unavailable",
    "private",
    "members_only",
    "age_restricted",
    "geo_blocked",
    "drm",
    "live_not_allowed",
    "download_failed",
)
_PLAIN = str.maketrans({"\u2018": "'", "\u2019": "'", "\u201b": "'", "\u02bc": "'", "\u2010": "-", "\u2011": "-"})
BY_TEXT = (
    Wording("bot_check", r"not a (ro)?bot|you('re| are) a robot|detected as a bot"),
    Wording("upcoming", r"premieres? in|premiere will begin|live event will begin|has not started|not yet started"),
    Wording("upcoming", r"we're processing this video", "the site is still processing it; try again later"),
    Wording("live_not_allowed", r"live stream recording is not available|live event has ended|is currently live"),
    Wording("members_only", r"members[- ]only|join this channel|available to (this channel's )?members"),
    Wording("members_only", r"requires payment|this video is only available (to|for) music premium"),
    Wording("private", r"video is private|private video|protected by a password|privacy settings"),
    Wording("private", r"only available for registered users|account that has access"),
    Wording("age_restricted", r"confirm your age|age[- ]restricted|age verification|inappropriate for some users"),
    Wording("rate_limited", r"rate[- ]limit(ed| exceeded)|too many requests|(?<!disk )quota exceeded"),
    Wording("rate_limited", r"content (isn't|is not) available[.,] (please )?try again later"),
    Wording("bot_check", r"captcha|likely being blocked|ip (address )?has been blocked|unusual traffic"),
    Wording("bot_check", r"please sign in|only works when logged-in|login[ _]required"),
    Wording(
        "bot_check",
        r"cookies are no longer valid|cookies (have )?expired",
        "export a browser's cookies to TRAILERS_COOKIES again",
    ),
    Wording(
        "extractor_broken", r"(not|isn't) available [io]n this app|latest version of youtube|page needs to be reloaded"
    ),
    Wording(
        "media_forbidden",
        r"available on (this|your) network|(workspace|network) administrator",
        "this network does not let it through; use another network, or set TRAILERS_PROXY",
    ),
    Wording(
        "media_forbidden",
        r"tunnel connection failed: 40[37]|proxy authentication required",
        "the proxy refused the connection; set TRAILERS_PROXY to one that accepts it, with its user and password",
    ),
    Wording(
        "media_forbidden",
        r"certificate[ _]verify[ _]failed|certificate has expired|hostname .{0,100}doesn't match",
        "the certificate is not trusted here; behind a company's proxy, name the proxy's certificates in SSL_CERT_FILE",
    ),
    Wording("geo_blocked", r"(in|from) your (country|location|region)|geo[- ]?restrict|geo[- ]?block"),
    Wording("drm", r"drm[- ]protected|is drm|widevine|m3u8 download detected but ffmpeg could not be found"),
    Wording("download_failed", r"try again later|right now|at the moment|temporarily unavailable|something went wrong"),
    Wording("download_failed", r"playback on other websites"),  # said to the one player that yt-dlp asked
    Wording("unavailable", r"video unavailable|video is (un|not |no longer )available|has been removed"),
    Wording("unavailable", r"account .*terminated|removed by the uploader|copyright claim|not available anymore"),
    Wording("unavailable", r"isn't available any ?more|video (was )?(not found|deleted)|does not exist"),
    Wording("unavailable", r"content (isn't|is not) available"),
    Wording("download_truncated", r"bytes read, [\d,]+ more expected|downloaded [\d,]+ bytes, expected"),
    Wording("download_truncated", r"content too short|did not get any data blocks|fragment \d+ not found"),
    Wording("download_truncated", r"got error: http error 4(04|10)"),  # of one segment; its list was there
    Wording("media_forbidden", r"(unable to download video data|got error): http error 4(01|03|04|10)"),
    Wording("too_large", r"larger than max-filesize|file too large"),
    Wording("disk_full", r"no space left|disk quota exceeded"),
    Wording("network_timeout", r"timed out|timeout"),
    Wording("network_timeout", r"name resolution|name or service not known|failed to resolve"),
    Wording("extractor_broken", r"no video formats found|requested format is not available|failed to extract"),
    Wording("extractor_broken", r"unable to extract|(nsig|signature) extraction failed|challenge solving failed"),
    Wording("extractor_broken", r"only images are available|po token|please report this issue"),
    Wording("extractor_broken", r"no suitable extractor"),
)
BY_STATUS = {
    402: "rate_limited",
    403: "media_forbidden",
    404: "unavailable",
    410: "unavailable",
    429: "rate_limited",
    451: "geo_blocked",
}
ADVICE = {
    "upcoming": "it has not been published yet; try again after its premiere",
    "live_not_allowed": "it is a live stream; give a finished video",
    "members_only": "it is for members only; with an account that may see it, set TRAILERS_COOKIES",
    "private": "it is private; with an account that may see it, set TRAILERS_COOKIES",
    "age_restricted": "it is for signed-in adults only; set TRAILERS_COOKIES to the cookies of such an account",
    "rate_limited": "the site wants fewer downloads; wait, or lower TRAILERS_DOWNLOADS_PER_MINUTE",
    "bot_check": "the site takes this machine for a robot; set TRAILERS_COOKIES or TRAILERS_PROXY, or wait",
    "geo_blocked": "it is not shown in this country; set TRAILERS_PROXY to a proxy in one where it is",
    "drm": "it is encrypted, and will not be decrypted; give another copy of the trailer",
    "unavailable": "it is no longer there; give another copy of the trailer",
    "media_forbidden": "the site shows the video but refuses its data; update yt-dlp, or set TRAILERS_COOKIES",
    "extractor_broken": f"the site has changed; update yt-dlp: {INSTALL}",
    "network_timeout": "the site could not be reached in time; try again later",
    "download_truncated": "less arrived than was promised; try again",
    "too_large": "it is larger than TRAILERS_MAX_DOWNLOAD_MB allows",
    "disk_full": "make room, or set TRAILERS_HOME to a folder on a larger disk",
    "host_not_allowed": "it was refused",
    "download_failed": "try again later",
}


def explain(exc: BaseException, *, url: str) -> WorkerError:
    """Return the error of our table for whatever ended a download, with its own words."""
    if isinstance(exc, WorkerError):
        return exc
    code = find_code(exc)
    wording = _wording(_text(_chain(exc)))
    advice = (wording.advice if wording and wording.code == code else None) or ADVICE[code]
    said = plain_text(_OWN_ADVICE.split(str(_refusal(exc) or exc))[0]) or type(exc).__name__
    message = f"{url} can't be downloaded: {advice} ({said})"
    return Refused(code, message, words=said) if code in REFUSALS else WorkerError(code, message)


def find_code(exc: BaseException) -> str:
    """Return the code for an exception, download_failed for an unknown one."""
    chain = list(_chain(exc))
    names = {base.__name__ for link in chain for base in type(link).__mro__}
    numbers = {getattr(link, "errno", None) for link in chain}
    statuses = {getattr(link, "status", None) for link in chain}
    return (
        next((code for name, code in BY_TYPE.items() if name in names), None)
        or next((code for number, code in BY_ERRNO.items() if number in numbers), None)
        or code_of_text(_text(chain))
        or next((code for status, code in BY_STATUS.items() if status in statuses), None)
        or ("extractor_broken" if _is_bug(chain) else "download_failed")
    )


def code_of_text(text: str) -> str | None:
    """Return the code that a text alone means, None for an unknown one."""
    wording = _wording(text)
    return wording.code if wording else None


def plain_text(message: str) -> str:
    """Return a stranger's text as one line of at most 300 printable characters."""
    text = "".join(c for c in " ".join(message.split()) if c.isprintable())
    return text.removeprefix("ERROR: ")[:TEXT_LENGTH]


def _wording(text: str) -> Wording | None:
    plain = text.translate(_PLAIN)
    return next((wording for wording in BY_TEXT if wording.fits(plain)), None)


def _text(chain: Iterable[BaseException]) -> str:
    return " ".join(str(link) for link in chain)


def _is_bug(chain: list[BaseException]) -> bool:
    """Tell whether yt-dlp itself calls the error unexpected."""
    return any(getattr(link, "expected", None) is False for link in chain)


def _refusal(exc: BaseException) -> BaseException | None:
    return next((link for link in _chain(exc) if isinstance(link, EgressRefused)), None)


def _chain(exc: BaseException) -> Iterator[BaseException]:
    """Yield the exception and all that it wraps, as Python and as yt-dlp wrap them."""
    waiting: list[object] = [exc]
    seen: list[object] = []
    while waiting and len(seen) < MAX_CHAIN:
        link = waiting.pop(0)
        if not isinstance(link, BaseException) or any(link is other for other in seen):
            continue
        seen.append(link)
        yield link
        waiting += [getattr(link, name, None) for name in ("cause", "reason", "__cause__", "__context__")]
        waiting += list(getattr(link, "exc_info", None) or ())[1:2]
        waiting += list(getattr(link, "unexpected_errors", None) or ())
