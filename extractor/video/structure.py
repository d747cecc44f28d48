"""Structure of a container, read without ffmpeg: encryption, media in other files, a missing end."""

from pathlib import Path

from extractor.errors import BadVideo
from extractor.video import matroska, mp4
from extractor.video.findings import Findings

ASF_HEADER_BYTES = 2**16
# The names of ASF's objects about encryption, plain and extended.
ASF_ENCRYPTION = (
    bytes.fromhex("fbb3112223bdd211b4b700a0c955fc6e"),
    bytes.fromhex("14e68a292226174cb935dae07ee9289c"),
)


def check_structure(path: Path, container: str) -> Findings:
    """Return whether the file ends earlier than its header says, and which colours it names.

    Raises BadVideo: encrypted, or unsafe_reference for an MP4 or MOV whose video is in another file.
    """
    n_bytes = path.stat().st_size
    with path.open("rb") as file:
        if container == "avi":
            found = Findings(cut_short=int.from_bytes(file.read(8)[4:], "little") + 8 > n_bytes)
        elif container == "asf":
            header = file.read(ASF_HEADER_BYTES)
            found = Findings(encrypted=any(name in header for name in ASF_ENCRYPTION))
        elif container in ("mov", "matroska"):
            found = mp4.scan(file, n_bytes) if container == "mov" else matroska.scan(file, n_bytes)
        else:
            found = Findings()
    if found.external:
        raise BadVideo("unsafe_reference", f"{str(path)!r} keeps its media in other files; give a self-contained video")
    if found.encrypted:
        raise BadVideo("encrypted", f"{str(path)!r} is encrypted; give a copy without DRM")
    return found
