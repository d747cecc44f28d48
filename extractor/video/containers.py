"""Containers: the kind of a file by its first bytes, checked before ffmpeg sees it."""

import os
import re
import stat
from pathlib import Path

from extractor.errors import NotMedia

HEAD_BYTES = 1024
CONVERT = "convert it first: ffmpeg -i FILE -c:v libx264 -pix_fmt yuv420p FILE.mp4"
_MP4_BOXES = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")
_PICTURE_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1", b"avif", b"avis", b"jxl ")
# A text that names other files or addresses: playlists, concat scripts, manifests, session descriptions.
_REFERENCES = re.compile(
    rb"#EXTM3U|ffconcat|\[playlist\]|\[Reference\]|RTSPtext|<asx|<smil|<MPD|<SmoothStreamingMedia|v=0\r?\n"
    rb"|<\?xml.*?<(?:MPD|smil|asx|playlist|SmoothStreamingMedia)\b|file '",
    re.IGNORECASE | re.DOTALL,
)
_OTHERS = (
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"\x89PNG", "a PNG picture"),
    (b"GIF8", "a GIF picture"),
    (b"II*\x00", "a TIFF picture"),
    (b"MM\x00*", "a TIFF picture"),
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a zip archive"),
    (b"\x1f\x8b", "a gzip archive"),
)
_VIDEOS = (
    (b".RMF", "a RealMedia file"),
    (b"DKIF", "an IVF file"),
    (b"YUV4MPEG2", "a raw video"),
    (b"nut/multimedia", "a NUT file"),
    (b"\x00\x00\x01\xb3", "a raw MPEG video stream"),
    (b"\x00\x00\x01\xb0", "a raw MPEG-4 stream"),
    (b"\x00\x00\x01\xb5", "a raw MPEG-4 stream"),
    (b"\x00\x00\x01\x0f", "a raw VC-1 stream"),
    (b"\x1f\x07\x00", "a raw DV stream"),
    # The first unit: parameters, a delimiter or a note.
    *((b"\x00\x00\x01" + unit, "a raw H.264 stream") for unit in (b"\x67", b"\x47", b"\x27", b"\x09", b"\x06")),
    *((b"\x00\x00\x01" + unit, "a raw HEVC stream") for unit in (b"\x40\x01", b"\x42\x01", b"\x46\x01", b"\x4e\x01")),
)
_DEMUXERS = (
    (b"\x1a\x45\xdf\xa3", "matroska"),
    (b"FLV\x01", "flv"),
    (b"\x06\x0e\x2b\x34\x02\x05\x01\x01", "mxf"),
    (b"\x00\x00\x01\xba", "mpeg"),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "asf"),
)
_SOUNDS = (
    (b"ID3", "MP3"),
    (b"\xff\xfb", "MP3"),
    (b"\xff\xf3", "MP3"),
    (b"\xff\xf2", "MP3"),
    (b"\xff\xf1", "AAC"),
    (b"\xff\xf9", "AAC"),
    (b"\x0b\x77", "AC-3"),
    (b"fLaC", "FLAC"),
    (b"OggS", "Ogg"),
    (b"caff", "CAF"),
    (b"#!AMR", "AMR"),
)


def check_container(path: Path) -> str:
    """Return ffmpeg's demuxer for a regular file that begins like a video in a container of whitelists.FORMATS.

    Raises NotMedia: file_not_found, bad_source (a folder or device), empty_file, unsafe_reference (a playlist),
    unsupported_format, no_video_stream (a sound file) or not_media.
    """
    head = _read_head(path)
    if not head:
        raise NotMedia("empty_file", f"{str(path)!r} is empty; copy or download it again")
    container = _container(head)
    if container is None or (container == "mov" and _is_picture(head)):
        raise _refusal(path, head)
    return container


def _refusal(path: Path, head: bytes) -> NotMedia:
    """Return the error for a file that is not a video in an accepted container."""
    if _REFERENCES.match(head.removeprefix(b"\xef\xbb\xbf").lstrip()):
        return NotMedia("unsafe_reference", f"{str(path)!r} is a list that names other files; give the video itself")
    for magic, name in _SOUNDS:
        if head.startswith(magic) or head[:4] + head[8:12] in (b"RIFFWAVE", b"FORMAIFF"):
            return NotMedia("no_video_stream", f"{str(path)!r} is a sound file ({name}); give the video")
    for magic, name in _OTHERS:
        if head.startswith(magic):
            return NotMedia("unsupported_format", f"{str(path)!r} is {name}; give a video")
    for magic, name in _VIDEOS:
        if head.startswith((magic, b"\0" + magic)):
            return NotMedia("unsupported_format", f"{str(path)!r} is {name}; {CONVERT}")
    if _is_picture(head):
        return NotMedia("unsupported_format", f"{str(path)!r} is a picture; give a video")
    return NotMedia(
        "not_media",
        f"{str(path)!r} is not a video file; MP4, MOV, MKV, WebM, MXF, TS, VOB, MPG, WMV, OGV, FLV, AVI are accepted",
    )


def check_kind(path: Path, mode: int) -> None:
    """Raise NotMedia (bad_source) unless a file of this mode is a regular one."""
    if stat.S_ISDIR(mode):
        raise NotMedia("bad_source", f"{str(path)!r} is a folder; name the video files in it")
    if not stat.S_ISREG(mode):
        raise NotMedia("bad_source", f"{str(path)!r} is not a regular file; give a video file")


def unopened(path: Path, exc: OSError | ValueError) -> NotMedia:
    """Return the error (file_not_found) for a file that can't be opened."""
    if isinstance(exc, FileNotFoundError | NotADirectoryError):
        return NotMedia("file_not_found", f"there is no file {str(path)!r}; check the path")
    reason = exc.strerror if isinstance(exc, OSError) else str(exc)
    return NotMedia("file_not_found", f"{str(path)!r} can't be read: {reason}")


def _read_head(path: Path) -> bytes:
    try:
        # Non-blocking: a named pipe must not block us before its kind is known.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError) as exc:
        raise unopened(path, exc) from exc
    try:
        check_kind(path, os.fstat(descriptor).st_mode)
        return os.read(descriptor, HEAD_BYTES)
    finally:
        os.close(descriptor)


def _container(head: bytes) -> str | None:
    if head[4:8] in _MP4_BOXES:
        return "mov"
    if head[:4] + head[8:12] in (b"RIFFAVI ", b"RIFFAVIX"):
        return "avi"
    if head.startswith(b"OggS") and b"theora" in head:
        return "ogg"
    known = next((demuxer for magic, demuxer in _DEMUXERS if head.startswith(magic)), None)
    return known or ("mpegts" if _is_transport_stream(head) else None)


def _is_picture(head: bytes) -> bool:
    return (head[4:8] == b"ftyp" and head[8:12] in _PICTURE_BRANDS) or head[:4] + head[8:12] == b"RIFFWEBP"


def _is_transport_stream(head: bytes) -> bool:
    """Tell MPEG-TS by its sync bytes: packets of 188 bytes, or 192 or 204 with their additions.

    Three in a row are enough at the place where whole packets put the first; a capture may begin within a packet.
    """
    return any(
        head[first::size].startswith(b"\x47" * (3 if first in (0, 4) else 4))
        for size in (188, 192, 204)
        for first in range(size)
    )
