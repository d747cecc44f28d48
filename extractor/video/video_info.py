"""VideoInfo: the video stream of a file that is used, read from ffprobe's JSON, which is not trusted."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from extractor.errors import BadVideo
from extractor.video.containers import CONVERT
from extractor.video.orientation import read_matrix, turning_filters
from extractor.video.whitelists import JUMPING, PICTURE_CODECS

_RATE = re.compile(r"(\d{1,10})(?:/(\d{1,10}))?")
_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,15})?")
_CLOCK = re.compile(r"(\d{1,6}):(\d{2}):(\d{2}(?:\.\d{1,12})?)")
MAX_PIXEL_ASPECT = 4.0  # old anamorphic formats stay below 2.5
_FIELD_ORDERS = ("tt", "bb", "tb", "bt")
# Codecs of which each picture says whether it is interlaced, not the first alone.
_MIXING = ("h264", "mpeg2video", "vc1")
_NO_VIDEO = ("attached_pic", "timed_thumbnails", "still_image")


@dataclass(frozen=True, slots=True)
class VideoInfo:
    """One video stream: its index in the file, length in seconds (None: unknown), size as stored, colours.

    `own_duration` means that the length is the stream's own, not the container's, which may include the sound;
    `same_duration` that both are given, and the container is no shorter. `turn`
    holds the filters that turn the picture upright, `container` ffmpeg's demuxer; `cut_short` means that the file ends
    earlier than its header says. `pixel_aspect` is the width of a stored pixel over its height. `cut_in_s` is the time
    of the first packet of a capture that begins within a group of pictures, else None. `dolby_vision` is its profile.
    `container_matrix` is the colour matrix that only the container names, as ffmpeg's scale filter calls it.
    """

    stream: int
    duration_s: float | None
    width: int
    height: int
    fps: float
    codec: str
    bytes: int
    color_matrix: str | None
    own_duration: bool = True
    same_duration: bool = False
    turn: tuple[str, ...] = ()
    container: str = "mov"
    cut_short: bool = False
    pixel_aspect: float = 1.0
    cut_in_s: float | None = None
    color_transfer: str | None = None
    container_matrix: str | None = None
    dolby_vision: int | None = None
    may_be_interlaced: bool = False

    @property
    def tells_its_end(self) -> bool:
        """Whether the length is that of the whole picture, to the end of the last one shown."""
        is_mxf = self.container == "mxf"  # whose pictures are all of one length
        has_holes = self.cut_short or self.has_clock_jumps or self.cut_in_s is not None
        return self.same_duration and not is_mxf and not has_holes

    @property
    def has_clock_jumps(self) -> bool:
        """Whether jumps of the clock are no holes: a stream for broadcast counts on after them."""
        return self.container in JUMPING

    @property
    def aspect(self) -> float:
        """The width over the height of the picture as it is shown."""
        aspect = self.width * self.pixel_aspect / self.height
        return 1 / aspect if "transpose" in self.turn else aspect


def read_probe(document: Mapping[str, Any], *, n_bytes: int) -> VideoInfo:
    """Return the default moving picture of ffprobe's JSON, else the first.

    Raises BadVideo: no_video_stream without one, encrypted, unsupported_format, or corrupt when it has no size.
    """
    moving = moving_streams(document)
    if not moving:
        raise BadVideo("no_video_stream", "the file has sound or pictures but no video stream; give the video")
    stream = max(moving, key=_preference)
    _check_stream(stream)
    own = _own_duration(stream)
    return VideoInfo(
        stream=_integer(stream.get("index")),
        duration_s=_after_start(own or _container_duration(document), stream, document),
        width=_integer(stream.get("width")),
        height=_integer(stream.get("height")),
        fps=_fps(stream),
        codec=_text(stream.get("codec_name")) or "unknown",
        bytes=n_bytes,
        color_matrix=_known(stream.get("color_space")),
        own_duration=own is not None,
        same_duration=own is not None and own <= (_container_duration(document) or 0.0) + 0.01,
        turn=_turn(stream),
        pixel_aspect=_pixel_aspect(stream),
        cut_in_s=_cut_in(document, stream),
        color_transfer=_known(stream.get("color_transfer")),
        dolby_vision=_dolby_vision(stream),
        may_be_interlaced=stream.get("field_order") in _FIELD_ORDERS or stream.get("codec_name") in _MIXING,
    )


def moving_streams(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the streams of moving pictures: no sound, subtitles, fonts or covers."""
    streams = _list(document.get("streams"))
    return [stream for stream in streams if stream.get("codec_type") == "video" and not _is_still(stream)]


def _check_stream(stream: Mapping[str, Any]) -> None:
    codec = _text(stream.get("codec_name")) or "unknown"
    if stream.get("codec_tag_string") in ("encv", "drmi"):
        raise BadVideo("encrypted", "the video stream is encrypted; give a copy without DRM")
    if codec != "mjpeg" and codec in PICTURE_CODECS:
        raise BadVideo("unsupported_format", f"the video is a series of {codec} pictures; {CONVERT}")
    if min(_integer(stream.get(name)) for name in ("width", "height")) <= 0 or _integer(stream.get("index")) < 0:
        raise BadVideo("corrupt", f"no picture of the {codec} video could be read; get the file again")


def _is_still(stream: Mapping[str, Any]) -> bool:
    """Return whether a stream is a cover, a thumbnail, or a single picture in a video's container."""
    disposition = _mapping(stream.get("disposition"))
    if any(disposition.get(name) for name in _NO_VIDEO):
        return True
    if stream.get("codec_name") not in PICTURE_CODECS:
        return False
    seconds = _own_duration(stream)
    return _integer(stream.get("nb_frames")) == 1 or (seconds is not None and seconds * _fps(stream) < 1.5)


def _preference(stream: Mapping[str, Any]) -> tuple[bool, bool, bool]:
    """Rank streams: those with a size first, series of pictures last, the default one before others; else the first."""
    return (
        _integer(stream.get("width")) > 0,
        stream.get("codec_name") not in PICTURE_CODECS,
        bool(_mapping(stream.get("disposition")).get("default")),
    )


def _own_duration(stream: Mapping[str, Any]) -> float | None:
    return _seconds(stream.get("duration")) or _clock(_mapping(stream.get("tags")).get("DURATION"))


def _container_duration(document: Mapping[str, Any]) -> float | None:
    return _seconds(_mapping(document.get("format")).get("duration"))


def _after_start(seconds: float | None, stream: Mapping[str, Any], document: Mapping[str, Any]) -> float | None:
    """Return the length from the first video frame: Matroska stores the end, counted from zero."""
    if seconds is not None and "matroska" in _text(_mapping(document.get("format")).get("format_name")):
        seconds -= _seconds(stream.get("start_time")) or 0
    return seconds if seconds is not None and seconds > 0 else None


def _pixel_aspect(stream: Mapping[str, Any]) -> float:
    """Return ffprobe's sample_aspect_ratio, 1 where it is unknown or implausible."""
    across, _, down = (_text(stream.get("sample_aspect_ratio")) or "").partition(":")
    if not (across.isdigit() and down.isdigit() and int(down)):
        return 1.0
    aspect = int(across) / int(down)
    return aspect if MAX_PIXEL_ASPECT >= aspect >= 1 / MAX_PIXEL_ASPECT else 1.0


def _cut_in(document: Mapping[str, Any], stream: Mapping[str, Any]) -> float | None:
    """Return the time of the stream's first packet unless it holds a key frame."""
    packets = _list(document.get("packets"))
    first = next((it for it in packets if it.get("stream_index") == stream.get("index")), None)
    return None if first is None or "K" in _text(first.get("flags")) else number(first.get("pts_time"))


def _turn(stream: Mapping[str, Any]) -> tuple[str, ...]:
    matrices = (read_matrix(data.get("displaymatrix")) for data in _list(stream.get("side_data_list")))
    matrix = next((m for m in matrices if m is not None), None)
    return turning_filters(matrix) if matrix else ()


def _dolby_vision(stream: Mapping[str, Any]) -> int | None:
    profiles = (_integer(data.get("dv_profile")) for data in _list(stream.get("side_data_list")))
    return next((profile for profile in profiles if profile >= 0), None)


def _fps(stream: Mapping[str, Any]) -> float:
    return _rate(stream.get("avg_frame_rate")) or _rate(stream.get("r_frame_rate")) or 0.0


def _seconds(value: object) -> float | None:
    seconds = number(value)
    return seconds if seconds is not None and seconds > 0 else None


def _clock(value: object) -> float | None:
    """Return the seconds of Matroska's `HH:MM:SS.nnnnnnnnn`."""
    found = _CLOCK.fullmatch(_text(value))
    return _seconds(str(int(found[1]) * 3600 + int(found[2]) * 60 + float(found[3]))) if found else None


def _rate(value: object) -> float:
    found = _RATE.fullmatch(_text(value))
    denominator = int(found[2] or 1) if found else 0
    return int(found[1]) / denominator if found and denominator else 0.0


def number(value: object) -> float | None:
    """Return the finite number that ffprobe wrote, None where it wrote none."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    found = _NUMBER.fullmatch(str(value)) if isinstance(value, str | int) and _is_short(value) else None
    return float(found[0]) if found else None


def _is_short(value: str | int) -> bool:
    """Return whether a number is short enough to convert: Python refuses to print one of 5,000 digits."""
    return len(value) < 40 if isinstance(value, str) else abs(value) < 10**15


def _integer(value: object) -> int:
    """Return a whole number of at most nine digits, else -1."""
    whole = number(value)
    return int(whole) if whole is not None and abs(whole) < 10**9 else -1


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _known(value: object) -> str | None:
    return None if value in ("unknown", "unspecified", "reserved") else _text(value) or None


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: object) -> list[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []
