"""`trailers watch` as a user runs it: real processes, files, a real database and kills; only the network is cheap."""

import json
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.support.cheap_work import Plan
from tests.support.service import COMMAND, Service, kill, stored

ONCE = ("--once", "--settle", "0")


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    with Service(tmp_path / "home", Plan(folder=str(tmp_path))) as service:
        yield service


@pytest.fixture
def inbox(tmp_path: Path, clip: Path) -> Path:
    """A folder with a video in it."""
    folder = tmp_path / "inbox"
    folder.mkdir()
    shutil.copy(clip, folder / "WB-0001_trailer.mp4")
    return folder


def other(clip: Path, folder: Path, name: str) -> Path:
    """Put a video of another content there: trailing bytes are no part of the film."""
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(clip.read_bytes() + name.encode())
    return path


def watch(service: Service, folder: Path, *arguments: str) -> tuple[int, dict[str, dict[str, object]], str]:
    """Watch once; return the exit code, what was told of each file by its name, and stderr."""
    ended = service.command("watch", str(folder), *ONCE, "--json", *arguments)
    told = [json.loads(line) for line in ended.stdout.splitlines()]
    return ended.returncode, {Path(row["source"]).name: row for row in told}, ended.stderr


@pytest.mark.slow
def test_files_become_results_once_and_what_is_no_video_is_told(service: Service, inbox: Path, clip: Path) -> None:
    other(clip, inbox / "2024", "b.MP4")
    for name in ("c.mp4", ".hidden.mp4", "d.mp4", "d.mp4.part", "notes.pdf", "~$x.mp4"):
        (inbox / name).write_text("no video")
    status, told, said = watch(service, inbox)
    assert (status, sorted(told)) == (3, ["WB-0001_trailer.mp4", "b.MP4", "c.mp4"])
    assert [told[name]["status"] for name in sorted(told)] == ["done", "done", "failed"]
    assert told["c.mp4"]["code"] == "not_media"
    assert "3 files: 2 done, 1 failed (1 not_media)" in said
    again = watch(service, inbox)
    assert again[:2] == (3, {}), "nothing is told twice"
    assert "Working:" not in again[2]
    assert len(stored(service.runtime)) == len(service.jobs()) == 2
    (inbox / "c.mp4").unlink()
    assert watch(service, inbox)[0] == 0


@pytest.mark.slow
def test_a_renamed_file_is_the_same_trailer_and_a_replaced_one_another(
    service: Service, inbox: Path, clip: Path
) -> None:
    first = watch(service, inbox)[1]["WB-0001_trailer.mp4"]
    (inbox / "WB-0001_trailer.mp4").rename(inbox / "renamed.mp4")
    assert watch(service, inbox)[:2] == (0, {})
    assert len(service.jobs()) == 1
    other(clip, inbox, "renamed.mp4")
    status, told, said = watch(service, inbox)
    assert (status, told["renamed.mp4"]["status"]) == (0, "done")
    assert told["renamed.mp4"]["trailer_id"] != first["trailer_id"]
    assert "1 file: 1 done" in said
    batch_id = service.runtime.store.batches.list()[0].batch_id
    rows = service.command("jobs", "results", batch_id, "--json").stdout.splitlines()
    assert [json.loads(row)["trailer_id"] for row in rows] == [told["renamed.mp4"]["trailer_id"]]


@pytest.mark.slow
def test_a_killed_watch_loses_nothing_and_does_nothing_twice(service: Service, inbox: Path, clip: Path) -> None:
    for number in range(7):
        other(clip, inbox, f"{number}.mp4")
    service.use(Plan(folder=service.plan.folder, infer_s=0.2))
    with service.up("watch", str(inbox), *ONCE, "--json") as running:
        service.until(lambda: sum(job.stage == "done" for job in service.jobs().values()) >= 2)
        family = [process for process in running.family() if "mongod" not in " ".join(process.cmdline())]
        kill(psutil.Process(running.process.pid))
        running.process.wait(timeout=30)
        psutil.wait_procs(family, timeout=30)
    made = {job.trailer_id: job.finished_at for job in service.jobs().values() if job.stage == "done"}
    status, _, said = watch(service, inbox)
    jobs = service.jobs()
    assert (status, {job.stage for job in jobs.values()}, len(jobs)) == (0, {"done"}, 8)
    assert {trailer_id: jobs[trailer_id].finished_at for trailer_id in made} == made
    assert "8 files: 8 done" in said
    assert len(stored(service.runtime)) == 8


@pytest.mark.slow
def test_a_service_does_the_work_of_a_watched_folder_and_late_files_come_too(
    service: Service, inbox: Path, clip: Path
) -> None:
    status, told, said = watch(service, inbox, "--queue")
    assert (status, told) == (0, {})
    assert "no worker is running; start one with: trailers up" in said
    command = [*COMMAND, "watch", str(inbox), "--queue", "--settle", "0", "--every", "1"]
    with (
        service.up(),
        subprocess.Popen(
            command, env=service.environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        ) as watching,
    ):
        assert watching.stdout is not None
        assert watching.stdout.readline().startswith("WB-0001_trailer.mp4: ")
        other(clip, inbox, "late.mp4")
        assert watching.stdout.readline().startswith("late.mp4: ")
        second = service.command("watch", str(inbox), *ONCE)
        assert (second.returncode, "another process watches" in second.stderr) == (1, True)
        watching.send_signal(signal.SIGINT)
        assert watching.wait(timeout=30) == 130
    assert sorted(path.name for path in inbox.iterdir()) == ["WB-0001_trailer.mp4", "late.mp4"], "nothing is left there"
