"""A fake YouTube and Vimeo behind a CONNECT proxy: unmodified yt-dlp, its extractors and TLS run against it, offline.

Any 11-character id works, and any number. The proxy refuses every other host: an egress allow-list in small.
"""

import http.server
import json
import re
import socket
import socketserver
import ssl
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Any

import trustme

_ALLOWED = re.compile(
    r"(^|\.)(youtube\.com|googlevideo\.com|youtu\.be|ytimg\.com|google\.com|vimeo\.com|vimeocdn\.com|image\.tmdb\.org)$"
)
_CERTIFIED = (
    *("*.youtube.com", "youtube.com", "*.googlevideo.com", "*.sn-fake.googlevideo.com", "*.ytimg.com"),
    *("vimeo.com", "*.vimeo.com", "*.vimeocdn.com", "image.tmdb.org"),
)
_REFUSALS = {  # mode: status, reason and, on the error screen, the reason below it
    "bot": (
        "LOGIN_REQUIRED",
        "Sign in to confirm you\u2019re not a bot",
        "This helps protect our community. Learn more",
    ),
    "age": ("LOGIN_REQUIRED", "Sign in to confirm your age", "This video may be inappropriate for some users."),
    "private": (
        "LOGIN_REQUIRED",
        "Private video",
        "Sign in if you've been granted access to this video",
    ),
    "gone": ("ERROR", "Video unavailable", "This video is no longer available because the account was terminated."),
    "geo": ("UNPLAYABLE", "Video unavailable", "The uploader has not made this video available in your country"),
    "app": (
        "ERROR",
        "The following content is not available on this app.",
        "Watch on the latest version of YouTube.",
    ),
    "restricted": (
        "ERROR",
        "Video unavailable",
        "This video is restricted. Please check the Google Workspace administrator and/or the network administrator "
        "restrictions.",
    ),
    "new": ("ERROR", "Playback has been discontinued here.", ""),
    "upcoming": ("LIVE_STREAM_OFFLINE", "Premieres in 3 hours", ""),
    "members": (
        "UNPLAYABLE",
        "Join this channel to get access to members-only content like this video, and other exclusive perks.",
        "",
    ),
}
_ADAPTIVE = (  # itag, codec, lines, bits a second
    (137, "avc1.640028", 1080, 4_000_000),
    (136, "avc1.4d401f", 720, 1_500_000),
    (134, "avc1.4d401e", 360, 400_000),
    (243, "vp9", 360, 250_000),
    (396, "av01.0.01M.08", 360, 200_000),
    (160, "avc1.4d400c", 144, 90_000),
)
_WATCH_PAGE = """<!DOCTYPE html><html><head><title>Fake</title></head><body>
<script>%s</script>
<script>var ytInitialPlayerResponse = %s;</script>
<script>var ytInitialData = {"contents":{"twoColumnWatchNextResults":{"results":{"results":{"contents":[]}}}}};</script>
</body></html>"""
_EMBED_PAGE = "<!DOCTYPE html><html><head><title>Fake</title></head><body><script>%s</script></body></html>"
_IFRAME_API = rb"""var scriptUrl = "https:\/\/www.youtube.com\/s\/player\/0004de42\/www-widgetapi.vflset\/www.js";"""
_VIMEO_PAGE = """<html><head><title>Fake</title></head><body><div class="description">d</div>
<script>vimeo.clip_page_config = {"player": {"config_url": "https://player.vimeo.com/video/1/config"}};</script>
</body></html>"""
_PLAYER_SCRIPT = b"var _yt_player={};(function(g){var c={signatureTimestamp:20348};})(_yt_player);"


def _player_settings(client: str, number: int) -> str:
    """Return the script that tells a page's player who it is; yt-dlp reads it from one line."""
    context = {"client": {"clientName": client, "clientVersion": "2.20260101.00.00", "hl": "en", "visitorData": "Cgtm"}}
    settings = {"INNERTUBE_API_KEY": "k", "INNERTUBE_CONTEXT_CLIENT_NAME": number, "INNERTUBE_CONTEXT": context}
    return f"ytcfg.set({json.dumps(settings)});"


class FakeYouTube:
    """Serves one video file under every id; `mode` says how it misbehaves, `requests` what was asked for.

    Modes: ok new bot age private gone geo members app restricted upcoming live long nodur huge drm nsig noformats
    media403 http429 proxy407 trunc dry stall drip redir formats. `modes` has those of single videos that are
    refused. Its pages promise `seconds`, but for long and nodur. `redirect_to` is where redir leads, `pause_s` how long
    stall says nothing. With `segments`, the folder of a video in pieces beside its index.m3u8 or index.mpd, there is no
    other format; those in `refused` give that status, those in `cut` are cut short that many times.
    `pictures` are those of TMDB's posters by their paths.
    """

    def __init__(self, video: Path, folder: Path) -> None:
        self.video = video.read_bytes()
        self.mode = "ok"
        self.modes: dict[str, str] = {}
        self.redirect_to = "http://127.0.0.1:9/internal"
        self.pause_s = 600.0
        self.seconds = 2
        self.requests: list[str] = []
        self.segments: Path | None = None
        self.pictures: dict[str, bytes] = {}
        self.refused: dict[str, int] = {}
        self.cut: dict[str, float] = {}
        authority = trustme.CA()
        self._certificates = folder / "faketube-ca.pem"
        authority.cert_pem.write_to_path(str(self._certificates))
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(*_CERTIFIED).configure_cert(self.tls)
        self._server = _Server(("127.0.0.1", 0), _Proxy)
        self._server.tube = self

    @property
    def environment(self) -> dict[str, str]:
        """The variables that send a program's downloads here."""
        proxy = f"http://127.0.0.1:{self._server.server_address[1]}"
        return {"HTTPS_PROXY": proxy, "HTTP_PROXY": proxy, "SSL_CERT_FILE": str(self._certificates)}

    def __enter__(self) -> "FakeYouTube":
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def player(self, client: str, video_id: str) -> dict[str, Any]:
        """Return what YouTube's player API answers."""
        status, reason, below = _REFUSALS.get(self.modes.get(video_id, self.mode), ("OK", "", ""))
        seconds = {"long": 14400, "nodur": 0}.get(self.mode, self.seconds)
        answer: dict[str, Any] = {
            "responseContext": {},
            "playabilityStatus": {"status": status, "reason": reason, "playableInEmbed": True},
            "videoDetails": self._details(video_id, seconds),
        }
        if below:
            screen = {"reason": {"simpleText": reason}, "subreason": {"simpleText": below}}
            answer["playabilityStatus"]["errorScreen"] = {"playerErrorMessageRenderer": screen}
        if self.mode == "upcoming":
            slate = {"liveStreamOfflineSlateRenderer": {"scheduledStartTime": "4102444800"}}
            answer["playabilityStatus"]["liveStreamability"] = {"liveStreamabilityRenderer": {"offlineSlate": slate}}
        if status == "OK" and self.segments:
            kinds = {"hls": "hlsManifestUrl", "dash": "dashManifestUrl"}
            manifests = {kinds[kind]: url for kind, url in self.manifests("manifest.googlevideo.com").items()}
            answer["streamingData"] = {"expiresInSeconds": "21540", "formats": [], **manifests}
        elif status == "OK" and self.mode != "noformats":
            adaptive = [self._adaptive(client, seconds, *each) for each in _ADAPTIVE] if self.mode == "formats" else []
            formats = [self._format(client, seconds)]
            answer["streamingData"] = {"expiresInSeconds": "21540", "formats": formats, "adaptiveFormats": adaptive}
        return answer

    def manifests(self, host: str) -> dict[str, str]:
        """Return the addresses of what lists the segments; one of DASH bears the length of all, as YouTube's does."""
        assert self.segments is not None
        length = sum(path.stat().st_size for path in self.segments.iterdir() if not path.name.startswith("index."))
        addresses = {"hls": "segments/index.m3u8", "dash": f"segments/clen/{length}/index.mpd"}
        there = {kind: path for kind, path in addresses.items() if (self.segments / Path(path).name).exists()}
        return {kind: f"https://{host}/{path}" for kind, path in there.items()}

    def vimeo_player(self) -> dict[str, Any]:
        """Return what Vimeo tells a page's player."""
        kinds = {kind: {"cdns": {"fake": {"url": url}}} for kind, url in self.manifests("vod.vimeocdn.com").items()}
        return {"video": {"id": 1, "title": "Fake", "duration": self.seconds}, "request": {"files": kinds}}

    def _details(self, video_id: str, seconds: int) -> dict[str, Any]:
        return {
            "videoId": video_id,
            "title": 'Fake Trailer <b> & "q"',
            "lengthSeconds": str(seconds),
            "channelId": "UC" + "x" * 22,
            "shortDescription": "d",
            "thumbnail": {"thumbnails": []},
            "viewCount": "1",
            "author": "A",
            "isLiveContent": self.mode == "live",
            "isLive": self.mode == "live",
            "isPrivate": False,
            "isUpcoming": self.mode == "upcoming",
        }

    def _format(self, client: str, seconds: int) -> dict[str, Any]:
        length = 9 << 30 if self.mode == "huge" else len(self.video)
        url = (
            "https://rr1---sn-fake.googlevideo.com/videoplayback?expire=9999999999&ei=x&id=o-x&itag=18&source=youtube"
            f"&requiressl=yes&mime=video%2Fmp4&clen={length}&dur={seconds}.000&lmt=1&c={client}"
        )
        media: dict[str, Any] = {
            "itag": 18,
            "url": url + ("&n=AAAAAAAAAAAAAAAAAA" if self.mode == "nsig" else ""),
            "mimeType": 'video/mp4; codecs="avc1.42001E, mp4a.40.2"',
            "bitrate": 90000,
            "width": 640,
            "height": 360,
            "lastModified": "1",
            "contentLength": str(length),
            "quality": "medium",
            "fps": 25,
            "qualityLabel": "360p",
            "approxDurationMs": str(seconds * 1000),
            "audioQuality": "AUDIO_QUALITY_LOW",
            "audioSampleRate": "44100",
            "audioChannels": 1,
        }
        return media | ({"drmFamilies": ["WIDEVINE"]} if self.mode == "drm" else {})

    def _adaptive(self, client: str, seconds: int, itag: int, codec: str, height: int, rate: int) -> dict[str, Any]:
        """Return a stream of pictures without sound."""
        media = self._format(client, seconds)
        container = "mp4" if codec.startswith("av") else "webm"
        return {
            **{name: value for name, value in media.items() if not name.startswith("audio")},
            "itag": itag,
            "url": media["url"].replace("itag=18", f"itag={itag}"),
            "mimeType": f'video/{container}; codecs="{codec}"',
            "bitrate": rate,
            "width": height * 16 // 9,
            "height": height,
            "qualityLabel": f"{height}p",
        }


class _Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    tube: FakeYouTube


class _Proxy(http.server.BaseHTTPRequestHandler):
    """Takes CONNECT for YouTube's hosts only, and answers for them."""

    protocol_version = "HTTP/1.1"
    server: _Server

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def do_CONNECT(self) -> None:
        self.server.tube.requests.append(f"CONNECT {self.path}")
        if self.server.tube.mode == "proxy407" or not _ALLOWED.search(self.path.split(":")[0]):
            self.send_error(407 if self.server.tube.mode == "proxy407" else 403)
            return
        self.send_response(200, "Connection established")
        self.end_headers()
        try:
            with self.server.tube.tls.wrap_socket(self.connection, server_side=True) as secure:
                _Site(secure, self.client_address, self.server)
        except (OSError, ssl.SSLError):
            self.server.tube.requests.append("broken TLS")
        self.close_connection = True

    def do_GET(self) -> None:
        self.server.tube.requests.append(f"PLAIN {self.path}")
        self.send_error(403)


class _Site(http.server.BaseHTTPRequestHandler):
    """YouTube itself."""

    protocol_version = "HTTP/1.1"
    server: _Server
    connection: socket.socket

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"{}")
        self._note()
        if "/youtubei/v1/player" in self.path:
            client = asked.get("context", {}).get("client", {}).get("clientName", "?")
            self._send(json.dumps(self.server.tube.player(client, asked["videoId"])).encode(), "application/json")
        else:
            self._send(b"{}", "application/json")

    def do_GET(self) -> None:
        self._note()
        if self.server.tube.mode == "http429":
            self._send(b"slow down", "text/plain", status=429)
        elif self.headers.get("Host") == "image.tmdb.org":
            self._send_picture()
        elif "/videoplayback" in self.path:
            self._send_video()
        elif self.path.startswith("/segments/"):
            self._send_segment(self.path.rpartition("/")[2])
        elif self.path.endswith("/config"):
            self._send(json.dumps(self.server.tube.vimeo_player()).encode(), "application/json")
        else:
            self._send_page()

    def _send_page(self) -> None:
        if self.headers.get("Host") == "vimeo.com":
            self._send(_VIMEO_PAGE.encode(), "text/html")
        elif self.path.startswith("/watch"):
            video_id = re.findall(r"v=([\w-]{11})", self.path)[0]
            player = json.dumps(self.server.tube.player("WEB", video_id))
            page = _WATCH_PAGE % (_player_settings("WEB", 1), player)
            self._send(page.encode(), "text/html")
        elif self.path.startswith("/embed/"):
            page = _EMBED_PAGE % _player_settings("WEB_EMBEDDED_PLAYER", 56)
            self._send(page.encode(), "text/html")
        elif self.path.startswith("/iframe_api"):
            self._send(_IFRAME_API, "text/javascript")
        elif self.path.startswith("/s/player/"):
            self._send(_PLAYER_SCRIPT, "text/javascript")
        else:
            self._send(b"", "text/plain", status=404)

    def _note(self) -> None:
        self.server.tube.requests.append(f"{self.command} {self.headers.get('Host')}{self.path[:80]}")

    def _send(self, body: bytes, kind: str, *, status: int = 200, share: float = 1, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body[: int(len(body) * share)])
        self.close_connection = self.close_connection or share < 1

    def _send_picture(self) -> None:
        picture, mode = self.server.tube.pictures.get(self.path), self.server.tube.mode
        if mode == "redir":
            self._send(b"", "text/plain", status=302, Location=self.server.tube.redirect_to)
        elif picture is None:
            self._send(b"", "text/plain", status=404)
        else:
            self._send(picture, "image/jpeg", share=0.5 if mode == "trunc" else 1)

    def _send_video(self) -> None:
        video, mode = self.server.tube.video, self.server.tube.mode
        if mode == "media403":
            self._send(b"", "text/plain", status=403)
        elif mode == "redir":
            self._send(b"", "text/plain", status=302, Location=self.server.tube.redirect_to)
        elif mode == "dry" and not (self.headers.get("Range") or "bytes=0-").startswith("bytes=0-"):
            self._send_range(video, share=0)
        elif mode == "trunc":
            self._send_part(video[: len(video) // 2], of=len(video))
        elif mode == "stall":
            self._send_part(video[:20_000], of=len(video))
            time.sleep(self.server.tube.pause_s)
        elif mode == "drip":
            self._drip()
        else:
            self._send_range(video)

    def _send_segment(self, name: str) -> None:
        tube = self.server.tube
        assert tube.segments is not None
        if status := tube.refused.get(name):
            self._send(b"", "text/plain", status=status)
            return
        cut = tube.cut.get(name, 0) > 0
        tube.cut[name] = tube.cut.get(name, 0) - 1
        self._send_range((tube.segments / name).read_bytes(), share=0.5 if cut else 1)

    def _send_range(self, content: bytes, *, share: float = 1) -> None:
        """Send what of it is asked for, or break off after a share."""
        if span := re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range") or ""):
            start, end = int(span[1]), min(int(span[2] or len(content) - 1), len(content) - 1)
            total = f"bytes {start}-{end}/{len(content)}"
            self._send(content[start : end + 1], "video/mp4", status=206, share=share, Content_Range=total)
        else:
            self._send(content, "video/mp4", share=share)

    def _drip(self) -> None:
        """Send a few bytes at a time, for ever."""
        self._send_part(b"", of=1 << 20)
        while True:
            self.wfile.write(bytes(1500))
            self.wfile.flush()
            time.sleep(0.2)

    def _send_part(self, part: bytes, *, of: int) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "video/mp4")
        self.send_header("Content-Length", str(of))
        self.end_headers()
        self.wfile.write(part)
        self.wfile.flush()
        self.close_connection = True
