"""What a file is by its first bytes, judged before ffmpeg sees it."""

import os
import stat
from pathlib import Path

from extractor.errors import NotMedia

HEAD_BYTES = 1024
ACCEPTED = "mov,mp4,m4a,matroska,webm,mpegts,flv,avi"
_MP4_BOXES = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")
_OTHERS = (
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"\x89PNG", "a PNG picture"),
    (b"GIF8", "a GIF picture"),
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a zip archive"),
    (b"\x30\x26\xb2\x75", "a Windows Media file"),
    (b"\x00\x00\x01\xba", "an MPEG program stream"),
    (b".RMF", "a RealMedia file"),
)
_SOUNDS = ((b"ID3", "MP3"), (b"\xff\xfb", "MP3"), (b"fLaC", "FLAC"), (b"OggS", "Ogg"))


def check_container(path: Path) -> None:
    """Accept a regular file that begins like MP4, MOV, Matroska, WebM, MPEG-TS, FLV or AVI.

    Raises NotMedia: file_not_found, bad_source (a folder or device), empty_file, unsupported_format,
    no_video_stream (a sound file) or not_media.
    """
    head = _read_head(path)
    if not head:
        raise NotMedia("empty_file", f"{str(path)!r} is empty; copy or download it again")
    if _is_accepted(head):
        return
    for magic, name in _SOUNDS:
        if head.startswith(magic) or head[:4] + head[8:12] == b"RIFFWAVE":
            raise NotMedia("no_video_stream", f"{str(path)!r} is a sound file ({name}); give the video")
    for magic, name in _OTHERS:
        if head.startswith(magic):
            raise NotMedia("unsupported_format", f"{str(path)!r} is {name}; convert it to MP4 or WebM first")
    raise NotMedia("not_media", f"{str(path)!r} is no video file; MP4, MOV, MKV, WebM, TS, FLV and AVI are read")


def _read_head(path: Path) -> bytes:
    try:
        # Non-blocking, so that a named pipe can't hold us up before its kind is known.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError) as exc:
        raise NotMedia("file_not_found", f"there is no file {str(path)!r}; check the path") from exc
    except (OSError, ValueError) as exc:
        reason = exc.strerror if isinstance(exc, OSError) else str(exc)
        raise NotMedia("file_not_found", f"{str(path)!r} can't be read: {reason}") from exc
    try:
        mode = os.fstat(descriptor).st_mode
        if stat.S_ISDIR(mode):
            raise NotMedia("bad_source", f"{str(path)!r} is a folder; name the video files in it")
        if not stat.S_ISREG(mode):
            raise NotMedia("bad_source", f"{str(path)!r} is no regular file; give a video file")
        return os.read(descriptor, HEAD_BYTES)
    finally:
        os.close(descriptor)


def _is_accepted(head: bytes) -> bool:
    return (
        head[4:8] in _MP4_BOXES
        or head.startswith((b"\x1a\x45\xdf\xa3", b"FLV\x01"))
        or head[:4] + head[8:12] == b"RIFFAVI "
        or _is_transport_stream(head)
    )


def _is_transport_stream(head: bytes) -> bool:
    """Tell MPEG-TS (188-byte packets) and its 192-byte variant by three sync bytes in a row."""
    return any(
        len(head) > first + 2 * size and all(head[first + i * size] == 0x47 for i in range(3))
        for first, size in ((0, 188), (4, 192))
    )
