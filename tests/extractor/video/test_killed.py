"""kill -9 of a process that decodes or downloads: nothing of it lives on, and nothing of it stays."""

import subprocess
import sys
import time
from pathlib import Path

import psutil

from extractor.video.sandbox import start, stop
from tests.support.videos import make_clip

DECODE = """
import sys, time
from pathlib import Path
from extractor.video.frames import FrameStream
from extractor.limits import Limits
from extractor.video.probe import probe
video = Path(sys.argv[1])
with FrameStream(video, probe(video, limits=Limits())) as frames:
    next(iter(frames))
    print("decoding", flush=True)
    time.sleep(600)
"""


def test_a_decoder_dies_with_its_parent(tmp_path: Path) -> None:
    video = make_clip(tmp_path / "long.mp4", seconds=300, size="160x120", options=["-preset", "ultrafast"])
    with subprocess.Popen([sys.executable, "-c", DECODE, str(video)], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"decoding\n"
        children = psutil.Process(parent.pid).children(recursive=True)
        assert [child.name() for child in children] == ["ffmpeg"]
        parent.kill()
    gone, alive = psutil.wait_procs(children, timeout=30)
    assert (len(gone), alive) == (1, [])


def test_a_program_that_forks_is_ended_with_all_its_children() -> None:
    process = start(["sh", "-c", "sleep 300 & sleep 300 & echo started; wait"])
    assert process.stdout is not None
    assert process.stdout.readline() == b"started\n"
    family = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
    assert len(family) == 3
    stop(process)
    for pipe in (process.stdout, process.stderr):
        if pipe is not None:
            pipe.close()
    deadline = time.monotonic() + 30
    while any(p.is_running() and p.status() != psutil.STATUS_ZOMBIE for p in family) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not [p for p in family if p.is_running() and p.status() != psutil.STATUS_ZOMBIE]


def test_a_limited_program_can_write_no_file(tmp_path: Path) -> None:
    target = tmp_path / "written"
    process = start(["sh", "-c", f"echo text > {target}"])
    process.communicate(timeout=60)
    assert process.returncode != 0
    assert not target.exists() or target.stat().st_size == 0
