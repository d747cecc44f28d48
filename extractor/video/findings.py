"""Findings: what a walk over a container's boxes or elements came across."""

from dataclasses import dataclass


@dataclass(slots=True)
class Findings:
    """Whether pictures are encrypted or elsewhere, and whether the file ends too early."""

    encrypted: bool = False
    external: bool = False
    cut_short: bool = False
