"""Structure of a container, read without ffmpeg: encryption, media in other files, a missing end."""

from pathlib import Path

from extractor.errors import BadVideo
from extractor.video import matroska, mp4

ASF_HEADER_BYTES = 2**16
# The names of ASF's objects about encryption, plain and extended.
ASF_ENCRYPTION = (
    bytes.fromhex("fbb3112223bdd211b4b700a0c955fc6e"),
    bytes.fromhex("14e68a292226174cb935dae07ee9289c"),
)


def check_structure(path: Path, container: str) -> bool:
    """Return whether the file ends earlier than its header says.

    Raises BadVideo: encrypted, or unsafe_reference for an MP4 or MOV whose video is in another file.
    """
    n_bytes = path.stat().st_size
    with path.open("rb") as file:
        if container == "avi":
            return int.from_bytes(file.read(8)[4:], "little") + 8 > n_bytes
        if container == "asf":
            return _refuse_drm(path, file.read(ASF_HEADER_BYTES))
        if container not in ("mov", "matroska"):
            return False
        found = mp4.scan(file, n_bytes) if container == "mov" else matroska.scan(file, n_bytes)
    if found.external:
        raise BadVideo("unsafe_reference", f"{str(path)!r} keeps its media in other files; give a self-contained video")
    if found.encrypted:
        raise _encrypted(path)
    return found.cut_short


def _refuse_drm(path: Path, header: bytes) -> bool:
    """Raise BadVideo (encrypted) for a Windows Media file with a licence; it does not say where it ends."""
    if any(name in header for name in ASF_ENCRYPTION):
        raise _encrypted(path)
    return False


def _encrypted(path: Path) -> BadVideo:
    return BadVideo("encrypted", f"{str(path)!r} is encrypted; give a copy without DRM")
