"""What ffprobe says of a video, checked against the limits before a frame is decoded."""

import json
import math
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from extractor import sandbox
from extractor.containers import ACCEPTED, check_container
from extractor.errors import BadVideo, DecodeTimeout, NotMedia
from extractor.limits import Limits

PROBE_TIMEOUT_S = 30
INPUT_OPTIONS = ("-protocol_whitelist", "file", "-format_whitelist", ACCEPTED)


@dataclass(frozen=True, slots=True)
class VideoInfo:
    """One video stream: its index in the file, length in seconds (None: unknown), size as stored, colours."""

    stream: int
    duration_s: float | None
    width: int
    height: int
    fps: float
    codec: str
    bytes: int
    color_matrix: str | None


def probe(path: Path, *, limits: Limits) -> VideoInfo:
    """Return what the file's video stream is; raises NotMedia or BadVideo for what can't be used."""
    check_container(path)
    document = _run_ffprobe(path)
    info = read_probe(document, n_bytes=path.stat().st_size)
    _check_limits(info, limits, n_streams=len(document["streams"]))
    return info


def read_probe(document: Mapping[str, Any], *, n_bytes: int) -> VideoInfo:
    """Return the first moving picture of ffprobe's JSON; raises BadVideo (no_video_stream) without one."""
    streams = [s for s in document["streams"] if s.get("codec_type") == "video" and not _is_cover(s)]
    if not streams:
        raise BadVideo("no_video_stream", "the file has sound or pictures but no video stream; give the video")
    stream = streams[0]
    return VideoInfo(
        stream=int(stream["index"]),
        duration_s=_duration(stream, document.get("format", {})),
        width=int(stream.get("width", 0)),
        height=int(stream.get("height", 0)),
        fps=float(_rate(stream.get("avg_frame_rate")) or _rate(stream.get("r_frame_rate")) or 0),
        codec=str(stream.get("codec_name", "unknown")),
        bytes=n_bytes,
        color_matrix=_known(stream.get("color_space")),
    )


def _run_ffprobe(path: Path) -> dict[str, Any]:
    arguments = ["ffprobe", "-v", "error", *INPUT_OPTIONS, "-show_streams", "-show_format", "-of", "json"]
    process = sandbox.start([*arguments, f"file:{path.absolute()}"])
    try:
        stdout, stderr = process.communicate(timeout=PROBE_TIMEOUT_S)
    except subprocess.TimeoutExpired as exc:
        raise DecodeTimeout(f"{str(path)!r} could not be probed within {PROBE_TIMEOUT_S} s") from exc
    finally:
        status = sandbox.stop(process)
    try:
        document = json.loads(stdout or b"{}")
    except ValueError:
        document = {}
    if status != 0 or not document.get("streams"):
        reason = last_line(stderr) or "ffprobe found no stream"
        raise NotMedia("corrupt", f"{str(path)!r} can't be opened as a video: {reason}; get it again")
    return dict(document)


def _check_limits(info: VideoInfo, limits: Limits, *, n_streams: int) -> None:
    if n_streams > limits.max_streams:
        raise BadVideo("too_many_streams", f"the file has {n_streams} streams; at most {limits.max_streams}")
    sides = (info.width, info.height)
    if min(sides) < limits.min_side or max(sides) > limits.max_side or info.width * info.height > limits.max_pixels:
        raise BadVideo(
            "bad_dimensions",
            f"the video is {info.width}x{info.height}; {limits.min_side} to {limits.max_side} pixels a side and "
            f"{limits.max_pixels:,} pixels in all are read",
        )
    if info.duration_s is not None:
        check_duration(info.duration_s, limits)


def check_duration(seconds: float, limits: Limits) -> None:
    """Raise BadVideo (too_long) for more seconds than the limit."""
    if seconds > limits.max_duration_s:
        raise BadVideo(
            "too_long",
            f"the video lasts {seconds:.0f} s or more; the limit is {limits.max_duration_s:.0f} s "
            "(TRAILERS_MAX_DURATION_S, at most 4000)",
        )


def last_line(stderr: bytes | None) -> str:
    """Return the last line a program said, without control characters, at most 200 characters."""
    lines = (stderr or b"").decode("utf-8", "replace").strip().splitlines()
    return "".join(c for c in lines[-1] if c.isprintable())[:200] if lines else ""


def _is_cover(stream: Mapping[str, Any]) -> bool:
    return bool(stream.get("disposition", {}).get("attached_pic"))


def _duration(stream: Mapping[str, Any], container: Mapping[str, Any]) -> float | None:
    """Return the stream's own length in seconds, else the container's (which may count the sound too)."""
    tag = _clock(stream.get("tags", {}).get("DURATION"))
    seconds = _seconds(stream.get("duration")) or tag or _seconds(container.get("duration"))
    if seconds is not None and "matroska" in container.get("format_name", ""):
        seconds -= _seconds(stream.get("start_time")) or 0  # Matroska notes the end, counted from zero
    return seconds if seconds is not None and seconds > 0 else None


def _seconds(text: str | None) -> float | None:
    try:
        seconds = float(text or "nan")
    except ValueError:
        return None
    return seconds if 0 < seconds < math.inf else None


def _clock(text: str | None) -> float | None:
    """Return the seconds of Matroska's `HH:MM:SS.nnnnnnnnn`."""
    try:
        hours, minutes, seconds = (text or "").split(":")
        return _seconds(str(int(hours) * 3600 + int(minutes) * 60 + float(seconds)))
    except ValueError:
        return None


def _rate(text: str | None) -> Fraction | None:
    try:
        return Fraction(text or "")
    except (ValueError, ZeroDivisionError):
        return None


def _known(value: str | None) -> str | None:
    return None if value in (None, "unknown", "unspecified", "reserved") else value
