"""Ctrl-C in the middle of a command."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from tests.support.videos import make_clip
from tests.support.working import wait_until

TRAILERS = str(Path(sys.executable).with_name("trailers"))


@pytest.mark.parametrize("after_s", [0, *(pytest.param(seconds, marks=pytest.mark.slow) for seconds in (3, 9))])
def test_ctrl_c_ends_it_in_the_middle_and_leaves_no_process(tmp_path: Path, weights_file: Path, after_s: float) -> None:
    home = tmp_path / "home"
    video = make_clip(tmp_path / "long.mp4", seconds=900, size="160x120", options=["-preset", "ultrafast", "-r", "2"])
    environment = {**os.environ, "TRAILERS_HOME": str(home), "TRAILERS_WEIGHTS": str(weights_file)}
    with subprocess.Popen([TRAILERS, "analyze", str(video)], env=environment, stderr=subprocess.PIPE) as process:
        wait_until(lambda: minds_sigterm(process.pid))
        time.sleep(after_s)
        family = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert b"Traceback" not in said
    _, alive = psutil.wait_procs(family, timeout=30)
    assert alive == []
    assert processes_of(home) == []


def minds_sigterm(pid: int) -> bool:
    """Tell whether a process has a handler for SIGTERM: ours, while Python alone has one for Ctrl-C only."""
    caught = re.search(r"^SigCgt:\s*(\w+)$", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    return caught is not None and bool(int(caught[1], 16) & 1 << signal.SIGTERM - 1)


def processes_of(home: Path) -> list[str]:
    """The command lines of processes that still work on this home, after a moment to end."""
    found: list[str] = []
    for _ in range(300):
        found = [
            " ".join(process.info["cmdline"])
            for process in psutil.process_iter(["cmdline"])
            if any(str(home) in part for part in process.info["cmdline"] or ())
        ]
        if not found:
            break
        time.sleep(0.1)
    return found
