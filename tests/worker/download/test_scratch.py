import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from worker.download.scratch import remove_own_scratch, scratch_folder
from worker.errors import WorkerError

KILLED = """
import os, signal, sys
from pathlib import Path
from worker.download.scratch import scratch_folder
with scratch_folder(Path(sys.argv[1])) as folder:
    (folder / "video.mp4").write_bytes(b"x")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_folder_is_private_and_gone_afterwards(tmp_path: Path) -> None:
    scratch = tmp_path / "home" / "scratch"
    with scratch_folder(scratch) as folder:
        assert folder.stat().st_mode & 0o777 == 0o700
    assert list(scratch.iterdir()) == []


def test_the_next_to_begin_sweeps_what_a_killed_process_left_and_nothing_else(tmp_path: Path) -> None:
    with scratch_folder(tmp_path / "scratch") as mine:
        subprocess.run([sys.executable, "-c", KILLED, str(tmp_path / "scratch")], check=False)
        left = [folder for folder in (tmp_path / "scratch").iterdir() if folder != mine]
        assert [(folder / "video.mp4").exists() for folder in left] == [True]
        with scratch_folder(tmp_path / "scratch") as next_one:
            assert sorted((tmp_path / "scratch").iterdir()) == sorted([mine, next_one])


def test_many_may_come_and_go_at_once(tmp_path: Path) -> None:
    def use(_: int) -> bool:
        with scratch_folder(tmp_path / "scratch") as folder:
            (folder / "video.mp4").write_bytes(b"x")
            return folder.is_dir()

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(use, range(200)))
    with scratch_folder(tmp_path / "scratch") as folder:
        assert list((tmp_path / "scratch").iterdir()) == [folder]


def test_a_process_that_is_ended_hard_removes_its_own(tmp_path: Path) -> None:
    (tmp_path / "otherhost-1-abc").mkdir()
    with scratch_folder(tmp_path / "scratch"):
        remove_own_scratch(tmp_path / "scratch")
        assert list((tmp_path / "scratch").iterdir()) == []


def test_no_folder_can_be_made_is_an_error_with_the_place(tmp_path: Path) -> None:
    (tmp_path / "scratch").write_text("a file")
    with pytest.raises(WorkerError, match="scratch") as caught, scratch_folder(tmp_path / "scratch"):
        pytest.fail("there is no folder")
    assert caught.value.code == "disk_full"
