"""Structure of a container, read without ffmpeg: encryption, media in other files, a missing end."""

from pathlib import Path

from extractor.errors import BadVideo
from extractor.video import matroska, mp4


def check_structure(path: Path, container: str) -> bool:
    """Return whether the file ends earlier than its header says.

    Raises BadVideo: encrypted, or unsafe_reference for an MP4 or MOV whose video is in another file.
    """
    n_bytes = path.stat().st_size
    with path.open("rb") as file:
        if container == "avi":
            return int.from_bytes(file.read(8)[4:], "little") + 8 > n_bytes
        if container not in ("mov", "matroska"):
            return False
        found = mp4.scan(file, n_bytes) if container == "mov" else matroska.scan(file, n_bytes)
    if found.external:
        raise BadVideo("unsafe_reference", f"{str(path)!r} keeps its media in other files; give a self-contained video")
    if found.encrypted:
        raise BadVideo("encrypted", f"{str(path)!r} is encrypted; give a copy without DRM")
    return found.cut_short
