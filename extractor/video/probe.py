"""Probing: what ffprobe reports of a video, checked against the limits before a frame is decoded."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from extractor.errors import BadVideo, NotMedia
from extractor.limits import Limits
from extractor.video.colors import name_colors
from extractor.video.containers import check_container
from extractor.video.damage import Damage, check_understood, read_damage, read_messages
from extractor.video.ffprobe import describe, read_packets
from extractor.video.structure import check_structure
from extractor.video.timeline import count_seconds
from extractor.video.video_info import VideoInfo, moving_streams, read_probe

__all__ = ["VideoInfo", "probe", "read_probe"]

_STREAM = (
    "index,codec_type,codec_name,codec_tag_string,width,height,color_space,color_transfer,field_order,start_time,duration,nb_frames,"
    "avg_frame_rate,r_frame_rate,sample_aspect_ratio"
)
# Only what is needed: titles and comments of an untrusted file are not read.
_ENTRIES = (
    f"stream={_STREAM}:stream_tags=DURATION:stream_side_data_list:format=duration,format_name,start_time"
    ":stream_disposition=default,attached_pic,timed_thumbnails,still_image:packet=stream_index,pts_time,flags"
)
_FIRST_PACKETS = ["-read_intervals", "%+#200"]  # among them, beside much sound, one of the picture


def probe(path: Path, *, limits: Limits) -> VideoInfo:
    """Return the file's video stream; raises NotMedia or BadVideo for a file that can't be used."""
    container = check_container(path)
    structure = check_structure(path, container)
    cut_short = structure.cut_short
    document, damage = _describe(path, container, limits, cut_short=cut_short)
    info = replace(_read(path, document, damage, cut_short=cut_short), container=container, cut_short=cut_short)
    info = name_colors(info, structure.color)
    if info.has_clock_jumps:
        info = replace(info, duration_s=_played_seconds(path, info, limits))
    _check_limits(info, limits, n_streams=len(moving_streams(document)))
    return info


def _played_seconds(path: Path, info: VideoInfo, limits: Limits) -> float | None:
    """Return how long the packets of the picture last without jumps of their clock, None where they tell no time.

    Reads no further than what is too long.
    """
    times = (packet.decoded_s for packet in read_packets(path, info, limits) if packet.decoded_s is not None)
    second, step = 0.0, 0.0
    for later in count_seconds(times, jumps=True):
        second, step = later, later - second
        if second > limits.max_duration_s:
            break
    return second + step or None


def _describe(path: Path, container: str, limits: Limits, *, cut_short: bool) -> tuple[dict[str, Any], Damage | None]:
    status, stdout, stderr = describe(
        path, container, limits, [*_FIRST_PACKETS, "-show_entries", _ENTRIES, "-of", "json"]
    )
    try:
        document = json.loads(stdout or b"{}")
    except ValueError:
        document = {}
    check_understood(stderr)
    damage = read_damage(stderr)
    if status == 0 and document.get("streams"):
        return document, damage
    found = damage or Damage("corrupt", next(iter(read_messages(stderr)[-1:]), "ffprobe found no stream"))
    code = "truncated" if cut_short and found.code == "corrupt" else found.code
    raise NotMedia(code, f"{str(path)!r} can't be opened as a video: {found.reason}; {found.advice}")


def _read(path: Path, document: dict[str, Any], damage: Damage | None, *, cut_short: bool) -> VideoInfo:
    """Read the document; where it shows no video, ffprobe's messages give the reason."""
    try:
        return read_probe(document, n_bytes=path.stat().st_size)
    except BadVideo as exc:
        if cut_short and exc.code in ("corrupt", "no_video_stream"):
            raise BadVideo("truncated", f"{str(path)!r} ends before its video; get the whole file again") from exc
        if exc.code == "corrupt" and damage is not None:
            raise BadVideo(
                damage.code, f"{str(path)!r} can't be opened as a video: {damage.reason}; {damage.advice}"
            ) from exc
        raise


def _check_limits(info: VideoInfo, limits: Limits, *, n_streams: int) -> None:
    if n_streams > limits.max_streams:
        raise BadVideo("too_many_streams", f"the file has {n_streams} video streams; the limit is {limits.max_streams}")
    sides = (info.width, info.height)
    if min(sides) < limits.min_side or max(sides) > limits.max_side or info.width * info.height > limits.max_pixels:
        raise BadVideo(
            "bad_dimensions",
            f"the video is {info.width}x{info.height}; {limits.min_side} to {limits.max_side} pixels a side and at "
            f"most {limits.max_pixels:,} pixels in all are accepted",
        )
    if info.duration_s is not None and info.duration_s > limits.max_duration_s:
        raise BadVideo(
            "too_long",
            f"the video lasts {info.duration_s:.0f} s; the limit is {limits.max_duration_s:.0f} s "
            "(TRAILERS_MAX_DURATION_S, at most 4000)",
        )
