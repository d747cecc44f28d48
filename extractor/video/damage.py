"""Damage: the messages of ffmpeg and ffprobe that report it, and of which kind it is."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from extractor.errors import ExtractorError
from extractor.video.containers import CONVERT

_UNSUPPORTED = re.compile(r"not on whitelist|decoder .{0,40}not found|no decoder|unsupported codec", re.IGNORECASE)
_CODEC = re.compile(r"Codec \((\w+)\) not on whitelist")
_SIZE = re.compile(r"exceeds specified max pixel count|picture size \S+ is invalid", re.IGNORECASE)
_CUT = re.compile(r"partial file|ended prematurely", re.IGNORECASE)
_DAMAGE = re.compile(
    r"error|invalid|corrupt|damaged|conceal|non-existing|no frame|missing|illegal|out of range|overread|overflow"
    r"|unavailable|mismatch|failed|broken|bitstream|slice|reserved|unknown|too (large|small|short)",
    re.IGNORECASE,
)
# Messages about intact files: open groups of pictures, long SEI, chapters, sound (never decoded here).
# Devices that are missing or can't decode this one: ffmpeg goes on without, or ends and is restarted without.
_HARMLESS = re.compile(
    r"not on whitelist|mmco: |number of reference frames|missing reference picture|co located POCs|SEI type"
    r"|could not find codec parameters|chapter|frame num gap|consider increasing|deprecated|unknown SEI"
    r"|error parsing (AAC|ADTS)|header missing|timescale|unknown profile|stream discovered after"
    r"|last message repeated|conversion failed|number of bframe|out of order|multiple edit list"
    r"|AVHWDeviceContext|device creation failed|hwaccel initialisation|VDPAU backend|^libva |^MESA",
    re.IGNORECASE,
)
_OPTIONS = re.compile(
    r"unrecognized option|option .{0,60}not found|error (parsing options|splitting the argument)|cannot be applied to",
    re.IGNORECASE,
)
_IDLE = re.compile(r"\[warning\](?!.*corrupt)", re.IGNORECASE)  # warnings about other things than corrupt packets
_ADDRESS = re.compile(r" @ 0x[0-9a-f]+|\[(?:warning|error|fatal|panic)\] ?")


@dataclass(frozen=True, slots=True)
class Damage:
    """An error code and the message it was read from."""

    code: str
    reason: str

    @property
    def advice(self) -> str:
        """What to do."""
        return CONVERT if self.code == "unsupported_format" else "get the whole file again"


def read_damage(stderr: bytes, *, refused: str | None = None) -> Damage | None:
    """Return the worst damage the messages report, or None; only a refusal of the codec `refused` counts, if given."""
    lines = read_messages(stderr)
    for line in lines:
        if _SIZE.search(line):
            return Damage("bad_dimensions", line)
        if _UNSUPPORTED.search(line) and (refused is None or f"({refused})" in line):
            codec = _CODEC.search(line)
            return Damage("unsupported_format", f"{codec[1]} video is not read" if codec else line)
    for code, pattern in (("truncated", _CUT), ("corrupt", _DAMAGE)):
        for line in lines:
            if pattern.search(line) and not _HARMLESS.search(line):
                return Damage(code, line)
    return None


def check_understood(stderr: bytes) -> None:
    """Raise ExtractorError (internal) when the program refused our options, which is not the file's fault."""
    for line in read_messages(stderr):
        if _OPTIONS.search(line):
            raise ExtractorError("internal", f"this ffmpeg can't be used: {line}; install version 4.4 to 9")


def hide_folder(stderr: bytes, path: Path) -> bytes:
    """Return the output of a program with its input file called by its name alone."""
    return stderr.replace(os.fsencode(f"file:{path.absolute()}"), os.fsencode(path.name))


def read_messages(stderr: bytes) -> list[str]:
    """Return the lines of stderr without addresses and control characters, at most 200 characters each.

    Of mere warnings only those about corrupt packets and pictures count.
    """
    told = (line for line in stderr.decode("utf-8", "replace").splitlines() if not _IDLE.search(line))
    lines = (_ADDRESS.sub("", line) for line in told)
    return ["".join(c for c in line if c.isprintable()).strip()[:200] for line in lines]
