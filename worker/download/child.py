"""The download child: fetches one video with yt-dlp, held to one site's own extractor. The only file to import yt-dlp.

`python -m worker.download.child` reads a `worker.download.parent.Request` as JSON on stdin and writes JSON lines on
stdout: {"progress": [bytes, bytes expected or null]} any number of times, then {"result": {...}} or
{"error": {"code", "message", "words"}}, with the site's own words if it refused.
"""

import json
import os
import shlex
import socket
import sys
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TextIO

import yt_dlp
from yt_dlp.globals import plugin_dirs
from yt_dlp.networking.exceptions import TransportError

from extractor.video import sandbox
from worker.download.egress import Egress, ambient_proxies
from worker.download.errors import explain
from worker.download.metadata import check_metadata, read_source, too_large
from worker.download.parent import Request
from worker.errors import WorkerError
from worker.sites import SITES, Site

# Pictures only, so nothing is merged: fewer than 299 lines would blur, more would only take longer. avc1 first, because
# every decoder and GPU takes it. A tall video's lines are its columns. Where all are smaller, the largest, which is the
# last when sorted from the smallest.
_PLAIN = "[protocol~='^(https|m3u8_native|http_dash_segments)$']"
_SHARP = f"[height>=299][width>=299]{_PLAIN}"
_CHOICES = (
    f"bestvideo{_SHARP}[vcodec^=avc1]",
    f"bestvideo{_SHARP}",
    f"best{_SHARP}[vcodec^=avc1]",
    f"best{_SHARP}",
    f"worstvideo{_PLAIN}",
    f"worst{_PLAIN}",
)
# With sound, in one file: pictures and sound that come apart would have to be merged. YouTube's has 360 lines, of films
# in scope 268.
_HEARD = (f"best{_SHARP}", f"best[height>=240][width>=240]{_PLAIN}")
_SDR = "[dynamic_range=SDR]"  # HDR, whose colours must be guessed, only where there is nothing else
FORMAT = "/".join((*(choice + _SDR for choice in _CHOICES), *_CHOICES))
FORMAT_WITH_SOUND = "/".join((*(choice + _SDR for choice in _HEARD), FORMAT))
SMALLEST_FIRST = ["+res", "+size", "+br"]
REPORT_S = 0.2
MAX_FRUITLESS = 5  # a key, a request and its three retries; yt-dlp would ask a server that cuts ranges short forever
DENO = sandbox.ProcessLimits(cpu_seconds=120, address_space_bytes=None, data_bytes=2 * 2**30, file_bytes=64 * 2**20)


class ProgressWriter:
    """Writes JSON lines for the parent: progress at most five times a second, and one final message."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._written = 0.0
        self._flowing = False

    def progress(self, done: int, total: int | None, *, now: bool = False) -> None:
        """Report how many bytes have arrived."""
        self._flowing = self._flowing or done > 0
        if now or time.monotonic() - self._written >= REPORT_S:
            self._written = time.monotonic()
            self.write({"progress": [done, total]})

    def write(self, message: Mapping[str, Any]) -> None:
        """Write one line."""
        print(json.dumps(message), file=self._stream, flush=True)

    def debug(self, message: str) -> None:
        """Take a line of yt-dlp's log as a sign of life, until bytes flow; what matters in the log is raised, too."""
        if not self._flowing:
            self.progress(0, None)

    info = warning = error = debug


class Meter:
    """yt-dlp's progress hook: reports growth; stops a download that is too large or keeps asking without progress."""

    def __init__(self, writer: ProgressWriter, *, max_bytes: int) -> None:
        self._writer = writer
        self._max_bytes = max_bytes
        self._most = 0
        self._fruitless = 0

    def __call__(self, status: Mapping[str, Any]) -> None:
        """Take yt-dlp's report of a block; raises WorkerError (too_large)."""
        done = int(status.get("downloaded_bytes") or 0)
        finished = status.get("status") == "finished"
        promised = int(status.get("total_bytes") or 0)
        if max(done, promised) > self._max_bytes:  # yt-dlp's own max_filesize leaves neither a file nor an error
            raise too_large(max(done, promised), self._max_bytes)
        if done > self._most or finished:
            expected = int(promised or status.get("total_bytes_estimate") or 0)
            self._writer.progress(done, expected or None, now=finished or not self._most)
        if done > self._most:
            self._most, self._fruitless = done, 0

    def count_request(self) -> None:
        """Count a request; raises WorkerError (download_truncated) for one too many since the last new byte."""
        self._fruitless += 1
        if self._most and self._fruitless > MAX_FRUITLESS:
            raise WorkerError(
                "download_truncated", f"the site keeps breaking off after {self._most:,} bytes; try again later"
            )


class Client(yt_dlp.YoutubeDL):  # type: ignore[misc]  # yt-dlp has no types
    """yt-dlp with urllib alone: the egress guard sees its every request, redirects too, and the meter counts them."""

    def __init__(self, options: Mapping[str, Any], *, meter: Meter) -> None:
        self._meter = meter
        super().__init__({**options, "progress_hooks": [meter]})

    def urlopen(self, req: Any) -> Any:
        """Return the response; raises gaierror for a name that leads nowhere.

        yt-dlp would look it up again for every request that it can think of, each time until the resolver gives up.
        """
        self._meter.count_request()
        try:
            return super().urlopen(req)
        except TransportError as exc:
            if isinstance(exc.cause, socket.gaierror):
                raise exc.cause from exc
            raise

    def build_request_director(self, handlers: Iterable[Any], preferences: Any = None) -> Any:
        """Return the director without the other request handlers."""
        return super().build_request_director([each for each in handlers if each.RH_KEY == "Urllib"], preferences)


def main() -> int:
    """Carry out the request on stdin; return the exit status."""
    writer = ProgressWriter(_take_stdout())
    request = Request.read(sys.stdin)
    site = SITES[request.site]
    try:
        deno = wrap_deno(request)
        Egress(
            site.domains, proxies=ambient_proxies(request.options.proxy), programs=frozenset(filter(None, [deno]))
        ).install()
        info = download(request, site, writer=writer, deno=deno)
    except Exception as exc:  # noqa: BLE001 - the border of the process: the parent must hear of any error
        error = explain(exc, url=site.url(request.video_id))
        writer.write({"error": {"code": error.code, "message": str(error), "words": getattr(error, "words", None)}})
        return 1
    writer.write({"result": {**read_source(info, site), "duration_s": info.get("duration")}})
    return 0


def download(request: Request, site: Site, *, writer: ProgressWriter, deno: str | None) -> Mapping[str, Any]:
    """Download the video into the request's folder and return its metadata, checked before any video is fetched.

    A request for the page only ends before that, unchecked.
    """
    plugin_dirs.value = []
    meter = Meter(writer, max_bytes=request.options.max_bytes)
    with Client(make_options(request, site, writer=writer, deno=deno), meter=meter) as client:
        writer.progress(0, None)
        found = client.extract_info(site.url(request.video_id), download=False, process=False)
        if request.page_only:
            return dict(found)
        check_metadata(found, request.options)
        info: dict[str, Any] = client.process_ie_result(found, download=False)
        check_metadata(info, request.options)
        client.process_ie_result(info, download=True)
    _check_size(info, Path(request.folder))
    return info


def make_options(request: Request, site: Site, *, writer: ProgressWriter, deno: str | None) -> dict[str, Any]:
    """Return yt-dlp's options: no configuration, no plug-ins, no cache, no program but the JavaScript runtime."""
    options = request.options
    template = str(Path(request.folder) / "video").replace("%", "%%") + ".%(ext)s"
    return {
        "allowed_extractors": list(site.extractors),
        "format": FORMAT_WITH_SOUND if options.sound else FORMAT,
        "format_sort": SMALLEST_FIRST,
        "outtmpl": {"default": template},
        "noplaylist": True,
        "cachedir": False,
        "quiet": True,
        "noprogress": True,
        "logger": writer,
        "socket_timeout": options.socket_timeout_s,
        "retries": 3,
        "fragment_retries": 3,
        "skip_unavailable_fragments": False,
        "sleep_interval_requests": options.sleep_s,
        "updatetime": False,
        "fixup": "never",
        "js_runtimes": {"deno": {"path": deno}} if deno else {},
        "extractor_args": {"youtube": {"player_client": list(options.player_clients)}}
        if options.player_clients
        else {},
        # Whoever names their own certificates, say behind a company's proxy, means them.
        "compat_opts": {"no-certifi"} if os.environ.get("SSL_CERT_FILE") else set(),
        **({"cookiefile": options.cookies} if options.cookies else {}),
        **({"proxy": options.proxy} if options.proxy else {}),
    }


def _check_size(info: Mapping[str, Any], folder: Path) -> None:
    promised, sizes = info.get("filesize"), [file.stat().st_size for file in folder.iterdir()]
    if promised and len(sizes) == 1 and sizes[0] < promised:
        raise WorkerError("download_truncated", f"{sizes[0]:,} of {promised:,} bytes arrived; try again later")


def wrap_deno(request: Request) -> str | None:
    """Return a program that runs deno as a limited child of this process, else deno itself, None without one."""
    if request.deno is None:
        return None
    wrapper = Path(request.private) / "deno-limited"
    command = shlex.join([*sandbox.launcher(DENO), request.deno])
    wrapper.write_text(f'#!/bin/sh\nTRAILERS_PARENT=$PPID exec {command} "$@"\n')
    wrapper.chmod(0o700)
    return str(wrapper) if os.access(wrapper, os.X_OK) else request.deno  # the folder may be mounted noexec


def _take_stdout() -> TextIO:
    """Return standard output; whatever else would be printed there goes to stderr."""
    ours = os.fdopen(os.dup(1), "w", encoding="ascii")
    os.dup2(2, 1)
    return ours


if __name__ == "__main__":
    sys.exit(main())
