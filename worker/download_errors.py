"""What yt-dlp's exceptions mean: one table from their types, statuses and words to our codes.

yt-dlp wraps exceptions in exceptions and changes its words often, so everything known of a failure is looked at: each
exception of the chain by the names of its classes, its errno, its HTTP status, then the text. First match wins.
"""

import errno
import re
from collections.abc import Iterator

from worker.egress import EgressRefused
from worker.errors import WorkerError

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
    "RegexNotFoundError": "extractor_broken",
    "UnsupportedError": "extractor_broken",
    "CookieLoadError": "bot_check",
}
BY_ERRNO = {
    errno.ENOSPC: "disk_full",
    errno.EDQUOT: "disk_full",
    errno.EFBIG: "too_large",
    errno.ETIMEDOUT: "network_timeout",
}
BY_TEXT = tuple(
    (code, re.compile(pattern, re.IGNORECASE))
    for code, pattern in (
        ("upcoming", r"premieres? in|premiere will begin|live event will begin|has not started|not yet started"),
        ("live_not_allowed", r"live stream recording is not available|live event has ended|is currently live"),
        ("members_only", r"members[- ]only|join this channel|available to (this channel's )?members|requires payment"),
        ("members_only", r"this video is only available (to|for) music premium"),
        ("private", r"video is private|private video|protected by a password|privacy settings"),
        ("private", r"only available for registered users|account that has access"),
        ("age_restricted", r"confirm your age|age[- ]restricted|age verification|inappropriate for some users"),
        ("rate_limited", r"rate[- ]limited|too many requests|content isn.t available, try again later"),
        ("bot_check", r"not a bot|captcha|likely being blocked|unusual traffic|only works when logged-in"),
        ("geo_blocked", r"(in|from) your (country|location|region)|geo[- ]?restrict|geo[- ]?block"),
        ("drm", r"drm[- ]protected|is drm|widevine"),
        ("unavailable", r"video unavailable|video is (un|not |no longer )available|has been removed|does not exist"),
        ("unavailable", r"account .*terminated|removed by the uploader|copyright claim|not available anymore"),
        ("unavailable", r"isn.t available any ?more|video (was )?(not found|deleted)|content (isn.t|is not) available"),
        ("media_forbidden", r"unable to download video data: http error 4(01|03|04|10)"),
        ("download_truncated", r"bytes read, [\d,]+ more expected|content too short|did not get any data blocks"),
        ("too_large", r"larger than max-filesize|file too large"),
        ("disk_full", r"no space left|disk quota exceeded"),
        ("network_timeout", r"timed out|timeout"),
        ("extractor_broken", r"no video formats found|requested format is not available|failed to extract"),
        ("extractor_broken", r"unable to extract|signature extraction failed|please report this issue"),
        ("extractor_broken", r"no suitable extractor"),
    )
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
    "age_restricted": "it is for adults who have signed in; set TRAILERS_COOKIES to the cookies of such an account",
    "rate_limited": "the site wants fewer downloads; wait, or lower TRAILERS_DOWNLOADS_PER_MINUTE",
    "bot_check": "the site takes this machine for a robot; set TRAILERS_COOKIES or TRAILERS_PROXY, or wait",
    "geo_blocked": "it is not shown in this country; set TRAILERS_PROXY to a proxy in one where it is",
    "drm": "it is encrypted, and will not be decrypted; give another copy of the trailer",
    "unavailable": "it is not there any more; give another copy of the trailer",
    "media_forbidden": "the site shows the video and refuses its data; update yt-dlp, or set TRAILERS_COOKIES",
    "extractor_broken": "the site has changed; update yt-dlp: .venv/bin/pip install -U 'yt-dlp[default,deno]'",
    "network_timeout": "the site did not answer in time; try again later",
    "download_truncated": "less came than was promised; try again",
    "too_large": "it is larger than TRAILERS_MAX_DOWNLOAD_MB allows",
    "disk_full": "make room, or set TRAILERS_HOME to a folder on a larger disk",
    "host_not_allowed": "it was refused",
    "download_failed": "try again later",
}


def explain(exc: BaseException, *, url: str) -> WorkerError:
    """Return the error of our table for whatever ended a download, its own words kept."""
    if isinstance(exc, WorkerError):
        return exc
    code = find_code(exc)
    said = plain_text(_OWN_ADVICE.split(str(_refusal(exc) or exc))[0]) or type(exc).__name__
    return WorkerError(code, f"{url} can't be downloaded: {ADVICE[code]} ({said})")


def find_code(exc: BaseException) -> str:
    """Return the code for an exception; download_failed for one nobody knows."""
    chain = list(_chain(exc))
    names = {base.__name__ for link in chain for base in type(link).__mro__}
    numbers = {getattr(link, "errno", None) for link in chain}
    statuses = {getattr(link, "status", None) for link in chain}
    text = " ".join(str(link) for link in chain)
    return (
        next((code for name, code in BY_TYPE.items() if name in names), None)
        or next((code for number, code in BY_ERRNO.items() if number in numbers), None)
        or code_of_text(text)
        or next((code for status, code in BY_STATUS.items() if status in statuses), None)
        or ("extractor_broken" if _is_bug(chain) else "download_failed")
    )


def code_of_text(text: str) -> str | None:
    """Return the code that words alone tell, None for words nobody knows."""
    return next((code for code, pattern in BY_TEXT if pattern.search(text)), None)


def plain_text(message: str) -> str:
    """Return a stranger's words as one line of at most 300 printable characters."""
    text = "".join(c for c in " ".join(message.split()) if c.isprintable())
    return text.removeprefix("ERROR: ")[:TEXT_LENGTH]


def _is_bug(chain: list[BaseException]) -> bool:
    """Tell whether yt-dlp itself calls it unexpected."""
    return any(getattr(link, "expected", None) is False for link in chain)


def _refusal(exc: BaseException) -> BaseException | None:
    return next((link for link in _chain(exc) if isinstance(link, EgressRefused)), None)


def _chain(exc: BaseException) -> Iterator[BaseException]:
    """Yield the exception and all that it wraps, in Python's ways and in yt-dlp's."""
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
