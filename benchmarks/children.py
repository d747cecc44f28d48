"""Measurements in child processes: each is started here, its JSON read and the memory of its ffmpeg watched."""

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

POLL_S = 0.1


def measure_in_child(module: str, *arguments: str) -> tuple[dict[str, Any], float]:
    """Run a module as a program; return the JSON on its last line, and the peak MB of its ffmpeg."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        command = [sys.executable, "-m", module, *arguments]
        with subprocess.Popen(command, stdout=out, stderr=err) as process:
            peak = _watch(process)
        out.seek(0)
        err.seek(0)
        if process.returncode:
            raise RuntimeError(f"{' '.join(command)} failed: {err.read().decode()[-3000:]}")
        measured: dict[str, Any] = json.loads(out.read().splitlines()[-1])
    return measured, peak


def _watch(process: "subprocess.Popen[bytes]") -> float:
    """Return the peak MB of any ffmpeg among the descendants of the process."""
    peak = 0.0
    while process.poll() is None:
        with contextlib.suppress(psutil.NoSuchProcess):
            children = psutil.Process(process.pid).children(recursive=True)
            peak = max(peak, _ffmpeg_peak(children))
        time.sleep(POLL_S)
    return peak


def _ffmpeg_peak(processes: Sequence[psutil.Process]) -> float:
    """Return the largest peak MB of those processes that are ffmpeg, from the kernel.

    `ru_maxrss` of children would be too high: between fork and exec a child has its parent's memory.
    """
    peak = 0.0
    for process in processes:
        with contextlib.suppress(OSError):
            fields = dict(line.split(":", 1) for line in Path(f"/proc/{process.pid}/status").read_text().splitlines())
            if fields["Name"].strip() == "ffmpeg" and "VmHWM" in fields:
                peak = max(peak, float(fields["VmHWM"].split()[0]) / 1024)
    return peak
