import errno
import io
import socket
import ssl
from typing import Any

import pytest
from yt_dlp.networking import Response
from yt_dlp.networking.exceptions import (
    CertificateVerifyError,
    HTTPError,
    IncompleteRead,
    NoSupportingHandlers,
    ProxyError,
    TransportError,
)
from yt_dlp.utils import (
    ContentTooShortError,
    DownloadError,
    ExtractorError,
    GeoRestrictedError,
    RegexNotFoundError,
    UnavailableVideoError,
)

from worker.download import lanes
from worker.download.egress import EgressRefused
from worker.download.errors import ADVICE, BY_ERRNO, BY_STATUS, BY_TEXT, BY_TYPE, explain, find_code
from worker.errors import CLASSES, WorkerError

URL = "https://www.youtube.com/watch?v=-wNyEUrxzFU"


def wrapped(inner: BaseException) -> DownloadError:
    """As yt-dlp hands it over: its text, and the exception itself in exc_info."""
    return DownloadError(f"ERROR: {inner}", (type(inner), inner, None))


def status(number: int) -> HTTPError:
    return HTTPError(Response(io.BytesIO(), URL, {}, status=number))


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (GeoRestrictedError("not here", countries=["DE"]), "geo_blocked"),
        (status(403), "media_forbidden"),
        (status(429), "rate_limited"),
        (status(404), "unavailable"),
        (status(500), "download_failed"),
        (TransportError(cause=TimeoutError("x")), "network_timeout"),
        (TimeoutError(), "network_timeout"),
        (ContentTooShortError(1, 2), "download_truncated"),
        (IncompleteRead(1, 2), "download_truncated"),
        (UnavailableVideoError(OSError(errno.ENOSPC, "No space left on device")), "disk_full"),
        (OSError(errno.ENOSPC, "x"), "disk_full"),
        (OSError(errno.EFBIG, "x"), "too_large"),
        (TransportError(cause=ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused")), "network_timeout"),
        (OSError(errno.ENETUNREACH, "Network is unreachable"), "network_timeout"),
        (RegexNotFoundError("Unable to extract title"), "extractor_broken"),
        (ExtractorError("anything new"), "extractor_broken"),
        (ExtractorError("anything new", expected=True), "download_failed"),
        (NoSupportingHandlers([], [EgressRefused("x")]), "host_not_allowed"),
        (EgressRefused("x"), "host_not_allowed"),
        (ProxyError("Tunnel connection failed: 407 Proxy Authentication Required"), "media_forbidden"),
        (ProxyError("Tunnel connection failed: 502 Bad Gateway"), "download_failed"),
        (
            CertificateVerifyError(cause=ssl.SSLCertVerificationError("[SSL: CERTIFICATE_VERIFY_FAILED] certificate")),
            "media_forbidden",
        ),
        (TransportError(cause=socket.gaierror(-3, "Temporary failure in name resolution")), "network_timeout"),
        (socket.gaierror(-2, "Name or service not known"), "network_timeout"),
        (MemoryError(), "download_failed"),
        (ZeroDivisionError("x"), "download_failed"),
    ],
)
def test_the_type_of_an_exception_tells_its_code_wrapped_or_not(error: BaseException, code: str) -> None:
    assert (find_code(error), find_code(wrapped(error))) == (code, code)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Premieres in 3 hours", "upcoming"),
        ("This live event will begin in 5 days.", "upcoming"),
        ("This live stream recording is not available.", "live_not_allowed"),
        ("Private video. Sign in if you've been granted access to this video", "private"),
        ("This video is private", "private"),
        ("This video is protected by a password, use the --video-password option", "private"),
        ("Join this channel to get access to members-only content like this video", "members_only"),
        ("This video is available to this channel's members on level: Gold", "members_only"),
        ("This video requires payment to watch", "members_only"),
        ("Sign in to confirm your age. This video may be inappropriate for some users.", "age_restricted"),
        ("Sign in to confirm you\u2019re not a bot. Use --cookies", "bot_check"),
        ("Sign in to confirm you're not a bot", "bot_check"),
        ("All player responses are invalid. Your IP is likely being blocked by Youtube", "bot_check"),
        ("Video unavailable. YouTube is requiring a captcha challenge before playback", "bot_check"),
        (
            "This content isn't available, try again later. The current session has been rate-limited by YouTube",
            "rate_limited",
        ),
        ("HTTP Error 429: Too Many Requests", "rate_limited"),
        ("The uploader has not made this video available in your country", "geo_blocked"),
        ("This video is not available from your location due to geo restriction", "geo_blocked"),
        ("Video unavailable. This video contains content from X, who has blocked it in your country", "geo_blocked"),
        ("This video is DRM protected", "drm"),
        ("Video unavailable. It contains content from DRM Records, who has blocked it", "unavailable"),
        ("Video unavailable", "unavailable"),
        ("This video is not available", "unavailable"),
        ("This video has been removed by the uploader", "unavailable"),
        ("This video is no longer available due to a copyright claim by X", "unavailable"),
        ("account associated with this video has been terminated", "unavailable"),
        ("Got error: 34881 bytes read, 34882 more expected. Giving up after 3 retries", "download_truncated"),
        (
            "[download] Got error: Downloaded 7802 bytes, expected 15604 bytes. Giving up after 3 retries",
            "download_truncated",
        ),
        ("[download] Got error: HTTP Error 404: Not Found. Giving up after 3 retries", "download_truncated"),
        ("[download] Got error: HTTP Error 403: Forbidden. Giving up after 3 retries", "media_forbidden"),
        ("fragment 5 not found, unable to continue", "download_truncated"),
        ("unable to download video data: HTTP Error 404: Not Found", "media_forbidden"),
        ("m3u8 download detected but ffmpeg could not be found. Please install", "drm"),
        ("The read operation timed out", "network_timeout"),
        ("No video formats found!", "extractor_broken"),
        ("Requested format is not available. Use --list-formats", "extractor_broken"),
        ("Signature extraction failed: Some formats may be missing", "extractor_broken"),
        ("YouTube said: words nobody has seen yet", "download_failed"),
    ],
)
def test_words_tell_the_code_where_types_do_not(text: str, code: str) -> None:
    assert find_code(wrapped(ExtractorError(text, expected=True, ie="youtube", video_id="x"))) == code


@pytest.mark.parametrize(
    ("text", "code", "kind"),
    [
        (
            "The following content is not available on this app.. Watch on the latest version of YouTube.",
            "extractor_broken",
            "operator",
        ),
        ("The page needs to be reloaded.", "extractor_broken", "operator"),
        (
            "Please sign in. Use --cookies-from-browser or --cookies for the authentication. "
            "See  https://github.com/yt-dlp/yt-dlp/wiki/FAQ#how-do-i-pass-cookies-to-yt-dlp  for how to manually pass "
            "cookies. Also see  https://github.com/yt-dlp/yt-dlp/wiki/Extractors#exporting-youtube-cookies  for tips "
            "on effectively exporting YouTube cookies",
            "bot_check",
            "operator",
        ),
        (
            "The provided YouTube account cookies are no longer valid. They have likely been rotated in the browser as "
            "a security measure. For tips on how to effectively export YouTube cookies, refer to  https://x .",
            "bot_check",
            "operator",
        ),
        ("This content isn\u2019t available on this network.", "media_forbidden", "operator"),
        (
            "Video unavailable. This video is restricted. Please check the Google Workspace administrator and/or the "
            "network administrator restrictions.",
            "media_forbidden",
            "operator",
        ),
        (
            "Unable to download API page: ('Unable to connect to proxy', OSError('Tunnel connection failed: 407 Proxy "
            "Authentication Required'))",
            "media_forbidden",
            "operator",
        ),
        (
            "Unable to download API page: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed "
            "certificate in certificate chain (_ssl.c:1016)",
            "media_forbidden",
            "operator",
        ),
        ("We\u2019re processing this video. Check back later.", "upcoming", "retry"),
        ("Unable to download API page: [Errno -3] Temporary failure in name resolution", "network_timeout", "retry"),
        ("Unable to download API page: [Errno -2] Name or service not known", "network_timeout", "retry"),
        (
            "Failed to resolve 'www.youtube.com' ([Errno -5] No address associated with hostname)",
            "network_timeout",
            "retry",
        ),
        ("Sign in to confirm that you are not a robot", "bot_check", "operator"),
        ("Our systems think you\u2019re a robot", "bot_check", "operator"),
        ("This request was detected as a bot. Log in to continue", "bot_check", "operator"),
        ("This video is private. Sign in to confirm you\u2019re not a bot", "bot_check", "operator"),
        ("Your IP has been blocked by YouTube", "bot_check", "operator"),
        ("Login required", "bot_check", "operator"),
        ("Cookies expired", "bot_check", "operator"),
        ("Rate limit exceeded, please try again later", "rate_limited", "operator"),
        ("The current session has been rate\u2011limited by YouTube", "rate_limited", "operator"),
        ("Quota exceeded", "rate_limited", "operator"),
        ("Video unavailable. This content isn\u2019t available. Please try again later", "rate_limited", "operator"),
        ("The following content isn\u2019t available on this app", "extractor_broken", "operator"),
        ("nsig extraction failed: Some formats may be missing", "extractor_broken", "operator"),
        ("n challenge solving failed: Some formats may be missing", "extractor_broken", "operator"),
        ("Only images are available for download. use --list-formats to see them", "extractor_broken", "operator"),
        ("A PO Token is required", "extractor_broken", "operator"),
        ("This video is not available on your network", "media_forbidden", "operator"),
        ("[SSL] certificate has expired (_ssl.c:1016)", "media_forbidden", "operator"),
        ("hostname 'a.example' doesn\u2019t match 'b.example'", "media_forbidden", "operator"),
        ("Video unavailable. Please try again later", "download_failed", "retry"),
        ("Video unavailable. Something went wrong", "download_failed", "retry"),
        ("THIS VIDEO ISN\u2019T AVAILABLE RIGHT NOW", "download_failed", "retry"),
        ("This video is unavailable at the moment", "download_failed", "retry"),
        (
            "Video unavailable. Playback on other websites has been disabled by the video owner",
            "download_failed",
            "retry",
        ),
        ("The downloaded file is empty", "download_failed", "retry"),
        (
            "Video unavailable. This content isn't available, try again later. Your account has been rate-limited by "
            "YouTube for up to an hour.",
            "rate_limited",
            "operator",
        ),
    ],
)
def test_what_passes_or_a_person_can_mend_is_not_for_ever(text: str, code: str, kind: str) -> None:
    for said in (text, text.upper()):
        assert find_code(wrapped(ExtractorError(said, expected=True, ie="youtube", video_id="x"))) == code
    assert CLASSES[code] == kind


def test_every_code_of_the_table_is_known_and_has_its_way_out() -> None:
    rows: list[Any] = [
        *BY_TYPE.values(),
        *BY_ERRNO.values(),
        *BY_STATUS.values(),
        *(wording.code for wording in BY_TEXT),
    ]
    assert set(rows) | {"download_failed"} == set(ADVICE)
    assert set(ADVICE) <= set(CLASSES)


def test_each_refusal_that_a_person_must_see_to_pauses_the_lane_and_says_how_to_go_on() -> None:
    operator = {code for code, kind in CLASSES.items() if kind == "operator"}
    assert operator == set(lanes.STRIKES) == set(lanes.ADVICE)


def test_advice_follows_the_words_where_the_codes_would_mislead() -> None:
    proxy = explain(wrapped(ProxyError("Tunnel connection failed: 407 Proxy Authentication Required")), url=URL)
    assert "TRAILERS_PROXY to one that accepts it" in str(proxy)
    elsewhere = explain(GeoRestrictedError("This content isn't available on this network"), url=URL)
    assert ADVICE["geo_blocked"] in str(elsewhere)


def test_unknown_words_are_kept_without_what_could_hurt_a_terminal() -> None:
    error = explain(DownloadError("ERROR: \x1b[31mnew\x1b[0m\r\n words" + "x" * 1000), url=URL)
    assert error.code == "download_failed"
    assert "([31mnew[0m words" in str(error)
    assert len(str(error)) < len(URL) + 400


def test_yt_dlps_advice_about_its_own_command_line_gives_way_to_ours() -> None:
    error = explain(DownloadError("ERROR: Sign in to confirm you're not a bot. Use --cookies for it"), url=URL)
    assert str(error).endswith("set TRAILERS_COOKIES or TRAILERS_PROXY, or wait (Sign in to confirm you're not a bot)")


def test_an_error_of_our_own_stays_what_it_is() -> None:
    error = WorkerError("too_long", "x")
    assert explain(error, url=URL) is error


def test_an_exception_that_wraps_itself_is_looked_at_once() -> None:
    error = ExtractorError("x", expected=True)
    error.cause = error
    assert find_code(error) == "download_failed"
