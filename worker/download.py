"""A YouTube video into a scratch folder, with yt-dlp held to YouTube's own extractor: the only file that imports it."""

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from db.records import Source
from worker.errors import WorkerError
from worker.links import Link

# Pictures only, no merge: a smaller source than 299 lines would blur, a larger one changes nothing but the time.
# avc1 first, because every decoder and GPU takes it.
FORMAT = "/".join(
    [
        "bestvideo[height>=299][vcodec^=avc1][ext=mp4]",
        "bestvideo[height>=299]",
        "best[height>=299]",
        "bestvideo",
        "best",
    ]
)
SMALLEST_FIRST = ["+res", "+size", "+br"]
SOCKET_TIMEOUT_S = 20

Progress = Callable[[int, int | None], None]


@dataclass(frozen=True, slots=True)
class Download:
    """A downloaded video file and what its page says of it."""

    path: Path
    source: Source


def download(
    link: Link, folder: Path, *, max_duration_s: float, max_bytes: int, on_progress: Progress = lambda done, total: None
) -> Download:
    """Download the video's pictures into `folder` and return the file.

    The metadata is judged before a byte of video is fetched. `on_progress` is called with bytes done and
    expected (None: unknown). Raises WorkerError with a code of the table.
    """
    import yt_dlp  # 0.6 s; only here
    from yt_dlp.globals import plugin_dirs

    plugin_dirs.value = []
    options = _options(folder, max_bytes=max_bytes, on_progress=on_progress)
    try:
        with yt_dlp.YoutubeDL(options) as client:
            info = client.extract_info(link.url, download=False)
            _check_metadata(info, max_duration_s=max_duration_s, max_bytes=max_bytes)
            client.process_ie_result(info, download=True)
    except yt_dlp.utils.YoutubeDLError as exc:
        raise WorkerError("download_failed", f"{link.url} could not be downloaded: {_plain(str(exc))}") from exc
    return Download(_only_file(folder, link), _read_source(info, link))


def _options(folder: Path, *, max_bytes: int, on_progress: Progress) -> dict[str, Any]:
    def hook(status: Mapping[str, Any]) -> None:
        on_progress(int(status.get("downloaded_bytes") or 0), status.get("total_bytes"))

    deno = Path(sys.executable).with_name("deno")
    return {
        "allowed_extractors": [r"youtube$"],
        "format": FORMAT,
        "format_sort": SMALLEST_FIRST,
        "outtmpl": {"default": str(folder / "video.%(ext)s").replace("%", "%%").replace("%%(ext)", "%(ext)")},
        "noplaylist": True,
        "cachedir": False,
        "quiet": True,
        "no_warnings": True,
        "noprogress": True,
        "logger": _Silence(),
        "socket_timeout": SOCKET_TIMEOUT_S,
        "retries": 3,
        "fragment_retries": 3,
        "max_filesize": max_bytes,
        "updatetime": False,
        "progress_hooks": [hook],
        "js_runtimes": {"deno": {"path": str(deno)} if deno.exists() else {}},
        # Whoever names certificates of their own, behind a company's proxy, means them.
        "compat_opts": {"no-certifi"} if os.environ.get("SSL_CERT_FILE") else set(),
    }


def _check_metadata(info: Mapping[str, Any], *, max_duration_s: float, max_bytes: int) -> None:
    if info.get("_type", "video") != "video":
        raise WorkerError("playlist_not_allowed", "the link leads to a list of videos; give the link of one video")
    if info.get("live_status") == "is_upcoming":
        raise WorkerError("upcoming", "the video has not been published yet; try again after its premiere")
    if info.get("is_live"):
        raise WorkerError("live_not_allowed", "the link is a live stream; give a finished video")
    duration = info.get("duration")
    if duration is not None and duration > max_duration_s:
        raise WorkerError(
            "too_long",
            f"the video lasts {duration:.0f} s; the limit is {max_duration_s:.0f} s (TRAILERS_MAX_DURATION_S)",
        )

    size = info.get("filesize") or info.get("filesize_approx") or 0
    if size > max_bytes:
        raise WorkerError(
            "too_large",
            f"the video has {size / 2**20:,.0f} MB; at most {max_bytes / 2**20:,.0f} are taken "
            "(TRAILERS_MAX_DOWNLOAD_MB)",
        )


def _only_file(folder: Path, link: Link) -> Path:
    """Return the one file the download made: yt-dlp reports success for none, too."""
    files = [path for path in folder.iterdir() if path.is_file()]
    if len(files) != 1 or files[0].suffix == ".part" or files[0].stat().st_size == 0:
        raise WorkerError("download_failed", f"{link.url} gave no video file; try again later")
    return files[0]


def _read_source(info: Mapping[str, Any], link: Link) -> Source:
    return Source(
        url=link.url,
        site="youtube",
        video_id=link.video_id,
        title=_text(info.get("title"), 300),
        uploader=_text(info.get("uploader"), 200),
        description=_text(info.get("description"), 5000),
        upload_date=_text(info.get("upload_date"), 8),
    )


def _text(value: object, length: int) -> str | None:
    """Return text of a stranger's without control characters, or None."""
    if not isinstance(value, str):
        return None
    return "".join(c for c in value if c.isprintable() or c == "\n")[:length] or None


def _plain(message: str) -> str:
    text = "".join(c for c in " ".join(message.split()) if c.isprintable())
    return text.removeprefix("ERROR: ")[:300]


class _Silence:
    """A logger for yt-dlp: what matters is raised."""

    def debug(self, message: str) -> None:
        """Drop it."""

    def info(self, message: str) -> None:
        """Drop it."""

    def warning(self, message: str) -> None:
        """Drop it."""

    def error(self, message: str) -> None:
        """Drop it; the exception carries the same text."""
