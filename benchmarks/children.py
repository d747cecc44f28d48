"""Measurements in processes of their own: started here, their JSON read, the memory of their ffmpeg watched."""

import contextlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psutil

LOOK_S = 0.1


def ask(module: str, *arguments: str) -> tuple[dict[str, Any], float]:
    """Return what a module of ours, run as a program, prints as JSON at last, and the peak MB of its ffmpeg."""
    with tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as moaned:
        command = [sys.executable, "-m", module, *arguments]
        with subprocess.Popen(command, stdout=said, stderr=moaned) as process:
            peak = _watch(process)
        said.seek(0)
        moaned.seek(0)
        if process.returncode:
            raise RuntimeError(f"{' '.join(command)} failed: {moaned.read().decode()[-3000:]}")
        answer: dict[str, Any] = json.loads(said.read().splitlines()[-1])
    return answer, peak


def _watch(process: "subprocess.Popen[bytes]") -> float:
    """Return the most MB that an ffmpeg below the process ever had."""
    peak = 0.0
    while process.poll() is None:
        with contextlib.suppress(psutil.NoSuchProcess):
            children = psutil.Process(process.pid).children(recursive=True)
            peak = max(peak, _peak_of(children))
        time.sleep(LOOK_S)
    return peak


def _peak_of(processes: Sequence[psutil.Process]) -> float:
    """Return the largest peak of those that are ffmpeg, as the kernel keeps it.

    `ru_maxrss` of children would be too much: between fork and exec a child has its parent's memory.
    """
    peak = 0.0
    for process in processes:
        with contextlib.suppress(OSError):
            words = dict(line.split(":", 1) for line in Path(f"/proc/{process.pid}/status").read_text().splitlines())
            if words["Name"].strip() == "ffmpeg" and "VmHWM" in words:
                peak = max(peak, float(words["VmHWM"].split()[0]) / 1024)
    return peak
