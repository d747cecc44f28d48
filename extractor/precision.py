"""Precision: the arithmetic a network computes in, and whether this processor supports it."""

from pathlib import Path
from typing import Literal, get_args

Precision = Literal["float32", "bfloat16"]
PRECISIONS: tuple[Precision, ...] = get_args(Precision)
BF16_FLAGS = {"avx512_bf16", "amx_bf16"}  # without them bfloat16 is emulated, and slower


def has_bfloat16(cpuinfo: Path = Path("/proc/cpuinfo")) -> bool:
    """Return whether the processor computes in bfloat16."""
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    flags = next((line.split() for line in lines if line.startswith("flags")), [])
    return not BF16_FLAGS.isdisjoint(flags)
