"""Arguments of ffmpeg for the frames of a video under frame rule r2, and for its sound."""

from pathlib import Path
from typing import Any, NamedTuple

import ffmpeg
import numpy as np
from numpy.typing import NDArray

from extractor.limits import Limits
from extractor.networks.backbone import FRAME_SIZE
from extractor.video.colors import scale_options, tone_mapping
from extractor.video.decoder import Decoding
from extractor.video.timeline import seconds_expression
from extractor.video.video_info import VideoInfo
from extractor.video.whitelists import SOUND_CODECS, VIDEO_CODECS, input_options

_INPUT = "the video"
_FROM_THE_FIRST_KEY = "selected_n+key+eq(pict_type,I)"  # what comes before needs pictures that are missing


class Shape(NamedTuple):
    """What is wanted of a second: a frame of `size` x `size` pixels, and above it a `still` of (width, height)."""

    size: int = FRAME_SIZE
    still: tuple[int, int] = (0, 0)

    @property
    def width(self) -> int:
        """The pixels of both together from left to right."""
        return max(self.size, self.still[0])

    @property
    def height(self) -> int:
        """The pixels of both together from top to bottom."""
        return self.size + self.still[1]

    def split(self, pictures: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """Return the frames (n, size, size, 3) and the stills, (n, height, width, 3), of pictures of both."""
        width, height = self.still
        frames = np.ascontiguousarray(pictures[:, height:, : self.size])
        return frames, pictures[:, :height, :width]


FRAMES_ALONE = Shape()


class Length(NamedTuple):
    """How many frames are wanted at most, and for how many seconds the last picture is shown beyond its time."""

    max_frames: int
    hold_s: int = 0


def build_arguments(
    path: Path, info: VideoInfo, *, shape: Shape = FRAMES_ALONE, length: Length, limits: Limits, decoding: Decoding
) -> list[str]:
    """Return ffmpeg's command line for the pictures of `path`: raw RGB of this shape on stdout."""
    # ffmpeg-python hashes the name as UTF-8, which a file's name need not be: it is put in afterwards.
    options = _decoding_options(decoding)
    video = ffmpeg.input(_INPUT, **input_options(info.container, limits), **options)
    pictures = video[str(info.stream)]
    if info.cut_in_s is not None:
        pictures = pictures.filter("select", _FROM_THE_FIRST_KEY)
    pictures = pictures.filter("setpts", seconds_expression(jumps=info.has_clock_jumps))
    if length.hold_s:
        pictures = pictures.filter("tpad", stop_mode="clone", stop_duration=length.hold_s)
    frames = pictures.filter("fps", fps=1, round="up")
    if info.may_be_interlaced:  # its fields show two moments, of which the first is the picture's
        frames = frames.filter("scale", info.width, info.height)  # the next filter needs pictures of one size
        frames = frames.filter("estdif", mode="frame", deint="interlaced")
    frames = _shape(frames, info, shape)
    # Without -vsync, which ffmpeg 8 has dropped: the fps filter already gives a constant rate.
    output = ffmpeg.output(
        frames, "pipe:", format="rawvideo", pix_fmt="rgb24", t=length.max_frames, **{"frames:v": length.max_frames}
    )
    program, *arguments = output.compile()
    named = [f"file:{path.absolute()}" if argument == _INPUT else argument for argument in arguments]
    # A device that finds damage may be what is damaged: it gives up, and the processor decodes on.
    strict = ["-xerror"] if decoding.hwaccel else []
    return [program, "-nostdin", "-loglevel", "level+warning", "-copyts", *strict, *named]


def _shape(pictures: Any, info: VideoInfo, shape: Shape) -> Any:
    """Return the filter that gives the frames, the stills above them if they are wanted; both are scaled alike."""
    if not shape.still[1]:
        return _scale(pictures, info, shape.size, shape.size)
    both = pictures.filter_multi_output("split")
    frames = _scale(both[0], info, shape.size, shape.size).filter("format", "rgb24").filter("pad", shape.width)
    stills = _scale(both[1], info, *shape.still).filter("format", "rgb24").filter("pad", shape.width)
    return ffmpeg.filter([stills, frames], "vstack")


def _scale(pictures: Any, info: VideoInfo, width: int, height: int) -> Any:
    """Return the filter that gives upright pictures of this size in the colours of a screen."""
    size = (height, width) if "transpose" in info.turn else (width, height)
    pictures = pictures.filter("scale", *size, flags="bicubic", **scale_options(info))
    for name, values in tone_mapping(info):
        pictures = pictures.filter(name, **values)
    for turn in info.turn:
        pictures = pictures.filter(turn)
    return pictures


def build_sound_arguments(path: Path, container: str, *, rate: int, max_seconds: int, limits: Limits) -> list[str]:
    """Return ffmpeg's command line for the sound of `path`: raw little-endian float32 of one channel on stdout."""
    options = {**input_options(container, limits), "codec_whitelist": ",".join(SOUND_CODECS), "threads": 1}
    sound = ffmpeg.input(_INPUT, vn=None, sn=None, dn=None, **options)["a:0"]
    output = ffmpeg.output(sound, "pipe:", format="f32le", ac=1, ar=rate, t=max_seconds)
    program, *arguments = output.compile()
    named = [f"file:{path.absolute()}" if argument == _INPUT else argument for argument in arguments]
    return [program, "-nostdin", "-loglevel", "error", *named]


def _decoding_options(decoding: Decoding) -> dict[str, str | int | None]:
    """Return input options of the decoder.

    The filters are kept when the size of the picture changes mid-stream: new ones would count seconds from zero. Only
    `scale` adapts to the size then, so pictures are rotated after it, not automatically by ffmpeg.
    """
    options: dict[str, str | int | None] = {
        "codec_whitelist": ",".join(VIDEO_CODECS),
        "reinit_filter": 0,
        "noautorotate": None,
        "threads": decoding.threads,
    }
    return options if decoding.hwaccel is None else {**options, "hwaccel": decoding.hwaccel}
