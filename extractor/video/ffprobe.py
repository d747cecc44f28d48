"""ffprobe: running it on an untrusted file, and its lists of packets and pictures."""

import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from heapq import heappop, heappush
from pathlib import Path
from typing import NamedTuple

from extractor.errors import DecodeTimeout
from extractor.limits import Limits
from extractor.video import sandbox
from extractor.video.damage import hide_folder, read_damage
from extractor.video.decoder import Decoder
from extractor.video.video_info import VideoInfo, number
from extractor.video.whitelists import PICTURE_CODECS, VIDEO_CODECS, input_options

PROBE_TIMEOUT_S = 30
_KINDS = (b"packet|", b"frame|")
_CHUNK_BYTES = 2**16
_LINE_BYTES = 2**20  # a hostile file may have the decoder write more about one picture: the rest is left out


class Packet(NamedTuple):
    """When a packet is decoded, and from when its picture is shown, in seconds; None where unknown."""

    decoded_s: float | None
    start_s: float | None


@dataclass(frozen=True, slots=True)
class Picture:
    """A decoded picture: its time in seconds; whether the decoder found damage in it, and gave none before it."""

    time_s: float
    is_key: bool
    is_damaged: bool
    follows_lost: bool = False


def describe(path: Path, container: str, limits: Limits, wanted: list[str]) -> tuple[int, bytes, bytes]:
    """Return ffprobe's exit status, output and messages; raises DecodeTimeout."""
    process = sandbox.start([*_command(container, limits), *wanted, f"file:{path.absolute()}"])
    try:
        stdout, stderr = process.communicate(timeout=PROBE_TIMEOUT_S)
    except subprocess.TimeoutExpired as exc:
        raise DecodeTimeout(f"{str(path)!r} could not be probed within {PROBE_TIMEOUT_S} s") from exc
    finally:
        status = sandbox.stop(process)
    return status, stdout, hide_folder(stderr, path)


def read_packets(path: Path, info: VideoInfo, limits: Limits, *, every_stream: bool = False) -> Iterator[Packet]:
    """Yield the packets of the picture, or of every stream, in their order; decodes nothing."""
    chosen = [] if every_stream else ["-select_streams", str(info.stream)]
    wanted = [*chosen, "-show_entries", "packet=pts_time,dts_time,size,flags"]
    for fields in map(_fields, _read_lines(path, info, limits, wanted)):
        # Not those that an edit list leaves out, nor the empty ones by which an AVI goes on showing a picture.
        if "D" not in fields.get("flags", "") and fields.get("size") != "0":
            decoded = number(fields.get("dts_time"))
            shown = number(fields.get("pts_time"))
            yield Packet(decoded, decoded if shown is None else shown)


def read_pictures(path: Path, info: VideoInfo, limits: Limits) -> Iterator[Picture]:
    """Yield the pictures of the video as they are shown; decodes all of it.

    ffprobe tells the decoder's messages with a picture, but not those about packets that gave none.
    """
    wanted = ["-threads", "1", "-select_streams", str(info.stream), "-show_frames", "-show_packets", "-show_log", "16"]
    wanted += ["-show_entries", "packet=pts_time:frame=best_effort_timestamp_time,key_frame,pict_type"]
    waiting: list[float] = []
    for line in _read_lines(path, info, limits, wanted):
        head, *messages = line.split("|log|")
        fields = _fields(head)
        time = number(fields.get("best_effort_timestamp_time", fields.get("pts_time")))
        if time is None:
            continue
        if "key_frame" not in fields:
            heappush(waiting, time)
            continue
        first = waiting[0] if waiting else time
        while waiting and waiting[0] <= time:
            heappop(waiting)
        is_damaged = any(read_damage(text.partition("message=")[2].encode()) for text in messages)
        is_key = fields["key_frame"] == "1" or fields.get("pict_type") == "I"
        yield Picture(time, is_key, is_damaged, first < time)


def _command(container: str, limits: Limits) -> list[str]:
    codecs = ",".join(dict.fromkeys((*VIDEO_CODECS, *PICTURE_CODECS)))
    # `:v` because ffprobe gives up on a file with any stream it may not open, even sound.
    options = {**input_options(container, limits), "codec_whitelist:v": codecs}
    return ["ffprobe", "-v", "error", *(text for name, value in options.items() for text in (f"-{name}", str(value)))]


def _read_lines(path: Path, info: VideoInfo, limits: Limits, wanted: list[str]) -> Iterator[str]:
    """Yield the lines about packets and pictures of ffprobe's compact output; raises DecodeTimeout."""
    arguments = [*_command(info.container, limits), *wanted, "-of", "compact", f"file:{path.absolute()}"]
    decoder = Decoder(arguments, name=repr(str(path)), max_decode_s=limits.max_decode_s)
    rest, chunk = b"", bytearray(_CHUNK_BYTES)
    try:
        while n_bytes := decoder.fill(memoryview(chunk)):
            *lines, rest = (rest + chunk[:n_bytes]).split(b"\n")
            yield from (line.decode("utf-8", "replace") for line in lines if line.startswith(_KINDS))
            rest = rest[:_LINE_BYTES]
    finally:
        decoder.stop()
        decoder.close()


def _fields(line: str) -> Mapping[str, str]:
    return {name: value for name, _, value in (part.partition("=") for part in line.split("|"))}
