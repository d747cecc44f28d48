"""Colours: which filters make a frame RGB as BT.709 shows it, whatever the video is."""

import subprocess
from collections.abc import Mapping
from dataclasses import replace
from functools import cache

from extractor.video import sandbox
from extractor.video.video_info import VideoInfo

Filter = tuple[str, Mapping[str, str | float]]
_HDR = {"smpte2084": "PQ", "arib-std-b67": "HLG"}  # by ffprobe's color_transfer
# Codes of ITU-T H.273: transfers as ffprobe calls them, matrices as the scale filter does.
_TRANSFERS = {16: "smpte2084", 18: "arib-std-b67"}
_MATRICES = {1: "bt709", 4: "fcc", 5: "bt601", 6: "bt601", 7: "smpte240m", 9: "bt2020"}
_NEEDED = frozenset(("zscale", "tonemap"))
_FILTERS_TIMEOUT_S = 30
WHITE_NITS = 203  # of HDR's reference white (ITU-R BT.2408), which becomes white
PEAK = 5  # highlights of up to so many times white are told apart, in the last tenth of the scale
KNEE = 0.9
# What rounding to ten bits leaves of the other two primaries in a pure one: a BT.709 screen would show 27 of 255 of it.
TRACE = 0.006


def scale_options(info: VideoInfo) -> dict[str, str]:
    """Return the options of the scale filter about colours; a stream that names no matrix is read as players do."""
    if tone_mapping(info):
        return {"in_color_matrix": "bt2020", "out_color_matrix": "bt2020", "out_range": "tv"}
    if info.color_matrix is not None:
        return {}
    usual = "bt709" if info.width >= 1280 or info.height > 576 else "bt601"
    return {"in_color_matrix": info.container_matrix or usual}


def name_colors(info: VideoInfo, codes: tuple[int, int, int] | None) -> VideoInfo:
    """Return the video with what its container says of the colours where the stream says nothing: ffmpeg drops that."""
    _, transfer, matrix = codes or (0, 0, 0)
    return replace(
        info,
        color_transfer=info.color_transfer or _TRANSFERS.get(transfer),
        container_matrix=None if info.color_matrix else _MATRICES.get(matrix),
    )


def tone_mapping(info: VideoInfo) -> list[Filter]:
    """Return the filters after scaling that make SDR of HDR; none for SDR, nor where ffmpeg lacks them."""
    if info.color_transfer not in _HDR or not can_tone_map():
        return []
    rest = {f"{to}{of}": 1 + 2 * TRACE if to == of else -TRACE for to in "rgb" for of in "rgb"}
    tags = {"range": "tv", "colorspace": "bt2020nc", "color_primaries": "bt2020", "color_trc": info.color_transfer}
    return [
        ("format", {"pix_fmts": "yuv444p16le"}),
        ("setparams", tags),
        ("zscale", {"t": "linear", "npl": WHITE_NITS}),
        ("format", {"pix_fmts": "gbrpf32le"}),
        ("zscale", {"p": "bt709"}),
        ("colorchannelmixer", rest),
        ("tonemap", {"tonemap": "mobius", "param": KNEE, "peak": PEAK, "desat": 0}),
        ("zscale", {"t": "bt709", "m": "gbr", "r": "full"}),
        ("format", {"pix_fmts": "gbrp"}),
    ]


def color_notes(info: VideoInfo) -> tuple[str, ...]:
    """Return what was done to the colours."""
    return (f"tone-mapped from HDR ({_HDR[info.color_transfer or '']}) to BT.709",) if tone_mapping(info) else ()


def color_warnings(info: VideoInfo) -> tuple[str, ...]:
    """Return which colours are read wrong."""
    if info.dolby_vision == 5:
        return ("The video is Dolby Vision, profile 5, whose colours are read wrong: give an SDR or HDR10 version.",)
    if info.color_transfer in _HDR and not can_tone_map():
        name = _HDR[info.color_transfer]
        return (
            f"The video is HDR ({name}), whose colours are read wrong: this ffmpeg has no zscale and tonemap filters.",
        )
    return ()


@cache
def can_tone_map() -> bool:
    """Tell whether this ffmpeg has the filters."""
    process = sandbox.start(["ffmpeg", "-hide_banner", "-filters"])
    try:
        stdout, _ = process.communicate(timeout=_FILTERS_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        return False
    finally:
        sandbox.stop(process)
    return {line.split()[1] for line in stdout.decode().splitlines() if len(line.split()) > 1} >= _NEEDED
