"""A fake YouTube behind a CONNECT proxy: unmodified yt-dlp, its YouTube extractor and TLS run against it, offline.

Any 11-character id works. The proxy refuses every host that is not YouTube's: an egress allow-list in small.
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

_ALLOWED = re.compile(r"(^|\.)(youtube\.com|googlevideo\.com|youtu\.be|ytimg\.com|google\.com)$")
_CERTIFIED = ("*.youtube.com", "youtube.com", "*.googlevideo.com", "*.sn-fake.googlevideo.com", "*.ytimg.com")
_REFUSALS = {
    "bot": ("LOGIN_REQUIRED", "Sign in to confirm you\u2019re not a bot"),
    "age": ("LOGIN_REQUIRED", "Sign in to confirm your age"),
    "private": ("LOGIN_REQUIRED", "This video is private"),
    "gone": ("ERROR", "Video unavailable"),
    "geo": ("UNPLAYABLE", "The uploader has not made this video available in your country"),
    "upcoming": ("LIVE_STREAM_OFFLINE", "Premieres in 3 hours"),
    "members": ("UNPLAYABLE", "Join this channel to get access to members-only content"),
}
_WATCH_PAGE = """<!DOCTYPE html><html><head><title>Fake</title></head><body>
<script>ytcfg.set({"INNERTUBE_API_KEY":"k","INNERTUBE_CONTEXT_CLIENT_NAME":1,"INNERTUBE_CONTEXT":{"client":
{"clientName":"WEB","clientVersion":"2.20260101.00.00","hl":"en","visitorData":"CgtmYWtl"}}});</script>
<script>var ytInitialPlayerResponse = %s;</script>
<script>var ytInitialData = {"contents":{"twoColumnWatchNextResults":{"results":{"results":{"contents":[]}}}}};</script>
</body></html>"""
_IFRAME_API = rb"""var scriptUrl = "https:\/\/www.youtube.com\/s\/player\/0004de42\/www-widgetapi.vflset\/www.js";"""
_PLAYER_SCRIPT = b"var _yt_player={};(function(g){var c={signatureTimestamp:20348};})(_yt_player);"


class FakeYouTube:
    """Serves one video file under every id; `mode` says how it misbehaves, `requests` what was asked for.

    Modes: ok bot age private gone geo members upcoming live long nodur huge drm nsig noformats media403 http429
    trunc stall redir.
    """

    def __init__(self, video: Path, folder: Path) -> None:
        self.video = video.read_bytes()
        self.mode = "ok"
        self.requests: list[str] = []
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
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def player(self, client: str, video_id: str) -> dict[str, Any]:
        """Return what YouTube's player API answers."""
        status, reason = _REFUSALS.get(self.mode, ("OK", ""))
        seconds = {"long": 14400, "nodur": 0}.get(self.mode, 6)
        answer: dict[str, Any] = {
            "responseContext": {},
            "playabilityStatus": {"status": status, "reason": reason, "playableInEmbed": True},
            "videoDetails": self._details(video_id, seconds),
        }
        if self.mode == "upcoming":
            slate = {"liveStreamOfflineSlateRenderer": {"scheduledStartTime": "4102444800"}}
            answer["playabilityStatus"]["liveStreamability"] = {"liveStreamabilityRenderer": {"offlineSlate": slate}}
        if status == "OK" and self.mode != "noformats":
            formats = [self._format(client, seconds)]
            answer["streamingData"] = {"expiresInSeconds": "21540", "formats": formats, "adaptiveFormats": []}
        return answer

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
        if not _ALLOWED.search(self.path.split(":")[0]):
            self.send_error(403)
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
        elif "/videoplayback" in self.path:
            self._send_video()
        elif self.path.startswith("/watch"):
            video_id = re.findall(r"v=([\w-]{11})", self.path)[0]
            page = _WATCH_PAGE % json.dumps(self.server.tube.player("WEB", video_id))
            self._send(page.encode(), "text/html")
        elif self.path.startswith("/iframe_api"):
            self._send(_IFRAME_API, "text/javascript")
        elif self.path.startswith("/s/player/"):
            self._send(_PLAYER_SCRIPT, "text/javascript")
        else:
            self._send(b"", "text/plain", status=404)

    def _note(self) -> None:
        self.server.tube.requests.append(f"{self.command} {self.headers.get('Host')}{self.path[:80]}")

    def _send(self, body: bytes, kind: str, *, status: int = 200, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def _send_video(self) -> None:
        video, mode = self.server.tube.video, self.server.tube.mode
        if mode == "media403":
            self._send(b"", "text/plain", status=403)
        elif mode == "redir":
            self._send(b"", "text/plain", status=302, Location="http://127.0.0.1:9/internal")
        elif mode in ("trunc", "stall"):
            self._send_part(video[: len(video) // 2 if mode == "trunc" else 1000], of=len(video))
            time.sleep(600 if mode == "stall" else 0)
        elif span := re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range") or ""):
            start, end = int(span[1]), min(int(span[2] or len(video) - 1), len(video) - 1)
            total = f"bytes {start}-{end}/{len(video)}"
            self._send(video[start : end + 1], "video/mp4", status=206, Content_Range=total)
        else:
            self._send(video, "video/mp4")

    def _send_part(self, part: bytes, *, of: int) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "video/mp4")
        self.send_header("Content-Length", str(of))
        self.end_headers()
        self.wfile.write(part)
        self.wfile.flush()
        self.close_connection = True
