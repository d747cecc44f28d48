"""Findings of a scan through the boxes or elements of a container."""

from dataclasses import dataclass


@dataclass(slots=True)
class Findings:
    """Whether the video is encrypted or in another file, and whether the file ends too early.

    `color` are the container's codes of primaries, transfer and matrix (ITU-T H.273), if it names them.
    """

    encrypted: bool = False
    external: bool = False
    cut_short: bool = False
    color: tuple[int, int, int] | None = None
