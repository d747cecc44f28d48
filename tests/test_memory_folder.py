import os
import subprocess
import sys
from pathlib import Path

from tests.support.memory_folder import memory_folder

KILLED = """
import os, signal, sys
from pathlib import Path
from tests.support.memory_folder import memory_folder
with memory_folder(Path(sys.argv[1])) as folder:
    (folder / "database").mkdir(parents=True)
    print(folder, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def names(memory: Path) -> set[str]:
    return {path.name for path in (memory / f"trailers-{os.geteuid()}").iterdir()} - {"sweeping"}


def test_a_runs_folder_goes_with_the_run(tmp_path: Path) -> None:
    with memory_folder(tmp_path) as folder:
        folder.mkdir()
        (folder / "file").touch()
    assert names(tmp_path) == set()


def test_what_a_killed_run_left_is_removed_by_the_next_and_what_is_in_use_stays(tmp_path: Path) -> None:
    killed = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], capture_output=True, text=True, check=False)
    left = Path(killed.stdout.strip())
    assert left.is_dir()
    with memory_folder(tmp_path) as first, memory_folder(tmp_path):
        assert not left.exists()
        assert first.name + ".lock" in names(tmp_path)
