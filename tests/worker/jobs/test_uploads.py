"""Uploads: what comes over HTTP is bounded, judged, kept once, found by its jobs, and swept when none needs it."""

import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from db.queue.claims import Where
from db.queue.job_records import Claim, JobError
from tests.support.homes import Home
from tests.support.models import make_model, put_to_use
from worker.download.waiting_videos import scratch_id
from worker.errors import WorkerError
from worker.jobs import uploads
from worker.jobs.bells import Bell
from worker.jobs.lease_keeper import Stop
from worker.jobs.runner import Runner
from worker.jobs.submission import JobRequest, submit
from worker.jobs.uploads import Upload, find_upload, safe_name
from worker.predicting import stages
from worker.runtime import Runtime
from worker.service.sweeper import Sweeper
from worker.settings import Settings, read_settings

DAY_S = 24 * 3600
KILLED = """
import os, signal, sys
from worker.settings import read_settings
from worker.jobs.uploads import Upload
upload = Upload(read_settings({"TRAILERS_HOME": sys.argv[1]}), "clip.mp4")
upload.write(b"x" * 100_000)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return read_settings({"TRAILERS_HOME": str(tmp_path / "home")})


@pytest.fixture
def home(home: Home) -> Home:
    put_to_use(home.store, make_model(home.features_id))
    return home


def send(settings: Settings, data: bytes, name: str = "clip.mp4") -> str:
    with Upload(settings, name) as upload:
        for start in range(0, len(data), 10_000):
            upload.write(data[start : start + 10_000])
        return upload.finish()


def files(home: Path) -> list[str]:
    """Return what lies in the folder of uploads."""
    return sorted(str(path.relative_to(home / "uploads")) for path in (home / "uploads").rglob("*") if path.is_file())


def videos(home: Path) -> list[str]:
    return [name for name in files(home) if not name.endswith(("lock", ".sha256"))]


def age(home: Path, upload_id: str, *, seconds: float) -> None:
    os.utime(home / "uploads" / upload_id, times=(time.time() - seconds,) * 2)


def test_a_video_waits_whole_under_its_digest_and_its_name(settings: Settings, clip: Path) -> None:
    upload_id = send(settings, clip.read_bytes(), "Große Freiheit.MP4")
    found = find_upload(settings.home, upload_id)
    assert found.path == settings.home / "uploads" / upload_id / "Große Freiheit.MP4"
    assert found.path.read_bytes() == clip.read_bytes()
    assert found.sha256 == hashlib.sha256(clip.read_bytes()).hexdigest()
    assert found.trailer_id == f"file:{upload_id}"
    assert (settings.home / "uploads").stat().st_mode & 0o077 == 0


def test_equal_videos_are_kept_once_under_the_first_name_even_if_they_come_at_once(
    settings: Settings, clip: Path
) -> None:
    first = send(settings, clip.read_bytes(), "first.mp4")
    with ThreadPoolExecutor(4) as pool:
        others = set(pool.map(lambda n: send(settings, clip.read_bytes(), f"{n}.mp4"), range(8)))
    assert others == {first}
    assert videos(settings.home) == [f"{first}/first.mp4"]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty_file"),
        (b"once upon a time " * 9999, "not_media"),
        (b"#EXTM3U\nhttp://10.0.0.1/", "unsafe_reference"),
        (b"%PDF-1.4" + bytes(100), "unsupported_format"),
        (b"ID3" + bytes(100), "no_video_stream"),
    ],
)
def test_what_is_no_video_is_refused_by_its_own_name_and_leaves_nothing(
    settings: Settings, data: bytes, code: str
) -> None:
    with pytest.raises(WorkerError, match=r"'clip\.mp4'") as caught:
        send(settings, data)
    assert caught.value.code == code
    assert str(settings.home) not in str(caught.value)
    assert videos(settings.home) == []


def test_what_is_too_large_ends_at_once_announced_or_not(settings: Settings) -> None:
    small = settings.model_copy(update={"max_download_mb": 1})
    with pytest.raises(WorkerError, match=r"'clip\.mp4' is larger than 1 MB") as caught:
        Upload(small, "clip.mp4", n_bytes=2**20 + 1)
    assert caught.value.code == "too_large"
    upload = Upload(small, "clip.mp4", n_bytes=2**20)
    upload.write(bytes(2**20))
    with pytest.raises(WorkerError) as caught:
        upload.write(b"x")
    assert caught.value.code == "too_large"
    assert videos(settings.home) == [], "gone before anybody has ended it"


def test_the_reserve_of_the_disk_is_not_touched(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    free = 2 * settings.max_download_bytes + 1000
    monkeypatch.setattr("worker.download.scratch.shutil.disk_usage", lambda folder: type("Usage", (), {"free": free}))
    with Upload(settings, "clip.mp4") as upload:
        upload.write(bytes(1000))
        with pytest.raises(WorkerError) as caught:
            upload.write(bytes(1001))
    assert caught.value.code == "disk_full"
    assert str(settings.home) not in str(caught.value)


def test_a_folder_that_takes_nothing_is_disk_full(settings: Settings, clip: Path) -> None:
    with Upload(settings, "clip.mp4") as upload:
        upload.write(clip.read_bytes())
        (settings.home / "uploads" / upload_id_of(clip)).write_text("a file in the way")
        with pytest.raises(WorkerError) as caught:
            upload.finish()
    assert caught.value.code == "disk_full"


def upload_id_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]


@pytest.mark.parametrize("ending", ["left", "aborted", "broken"])
def test_what_is_not_finished_leaves_nothing(settings: Settings, clip: Path, ending: str) -> None:
    def break_off() -> None:
        with Upload(settings, "clip.mp4") as upload:
            upload.write(clip.read_bytes())
            assert videos(settings.home) != []
            if ending == "aborted":
                upload.abort()
            if ending == "broken":
                raise ConnectionResetError

    if ending == "broken":
        with pytest.raises(ConnectionResetError):
            break_off()
    else:
        break_off()
    assert videos(settings.home) == []


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("clip.mp4", "clip.mp4"),
        ("/etc/passwd", "passwd"),
        ("../../x.mkv", "x.mkv"),
        ("C:\\Users\\me\\My Film.mov", "My Film.mov"),
        (".htaccess", "video.htaccess"),
        ("...mp4", "video.mp4"),
        (".sha256", "video.sha256"),
        ("a\0b\n\x1b[31m\u202ec.mp4", "ab[31mc.mp4"),
        ("\udcff.mp4", "video.mp4"),
        ("", "video"),
        ("..", "video"),
        (" . ", "video"),
        ("a/", "video"),
        ("no suffix", "no suffix"),
        ("x" * 300 + ".mp4", "x" * 116 + ".mp4"),
        ("電" * 100 + ".webm", "電" * 38 + ".webm"),
        ("a." + "b" * 300, "a." + "b" * 16),
    ],
)
def test_names_are_made_harmless(name: str, safe: str) -> None:
    assert safe_name(name) == safe
    assert safe_name(safe) == safe


@pytest.mark.parametrize(
    "upload_id", ["0123456789abcdef", "0123456789ABCDEF", "..", "parts", "", "0" * 17, "0" * 15 + "\n"]
)
def test_what_is_not_there_or_no_id_is_asked_for_again(settings: Settings, clip: Path, upload_id: str) -> None:
    send(settings, clip.read_bytes())
    with pytest.raises(WorkerError, match="upload it again") as caught:
        find_upload(settings.home, upload_id)
    assert caught.value.code == "file_not_found"


def test_half_of_an_upload_is_none_and_is_replaced(settings: Settings, clip: Path) -> None:
    upload_id = send(settings, clip.read_bytes())
    (settings.home / "uploads" / upload_id / "clip.mp4").unlink()
    with pytest.raises(WorkerError, match="upload it again"):
        find_upload(settings.home, upload_id)
    assert send(settings, clip.read_bytes(), "again.mp4") == upload_id
    assert find_upload(settings.home, upload_id).path.name == "again.mp4"


def test_what_a_killed_process_left_is_swept_and_what_still_comes_is_not(runtime: Runtime, clip: Path) -> None:
    home = runtime.settings.home
    with Upload(runtime.settings, "mine.mp4") as upload:
        upload.write(clip.read_bytes())
        subprocess.run([sys.executable, "-c", KILLED, str(home)], check=False)
        assert len(videos(home)) == 2
        Sweeper(runtime, Bell()).round()
        (left,) = videos(home)
        assert left.endswith("mine.mp4")
        upload_id = upload.finish()
    Sweeper(runtime, Bell()).round()
    assert videos(home) == [f"{upload_id}/mine.mp4"]


def submitted(runtime: Runtime, upload_id: str) -> str:
    asks = [JobRequest(find_upload(runtime.settings.home, upload_id))]
    (job,) = submit(runtime, asks, Bell()).jobs
    assert job.scratch == scratch_id(runtime.settings.scratch)
    return job.job_id


def test_an_upload_goes_the_whole_way_and_stays_until_its_job_is_finished(runtime: Runtime, clip: Path) -> None:
    home, sweeper = runtime.settings.home, Sweeper(runtime, Bell())
    upload_id = send(runtime.settings, clip.read_bytes(), "My film.mp4")
    job_id = submitted(runtime, upload_id)
    age(home, upload_id, seconds=2 * DAY_S)
    sweeper.round()
    assert videos(home) == [f"{upload_id}/My film.mp4"]
    assert Runner(runtime, owner="test", bell=Bell(), stop=Stop(grace_s=1)).run_one("extract")
    job = runtime.store.jobs.get(job_id)
    assert job is not None
    assert (job.stage, job.trailer_id) == ("done", f"file:{upload_id}")
    trailer = runtime.store.library.get(job.trailer_id)
    assert trailer is not None
    assert (trailer.source.title, trailer.source.url) == ("My film.mp4", "My film.mp4")
    sweeper.round()
    assert videos(home) == []
    assert not (home / "uploads" / upload_id).exists()


def test_a_job_that_waits_for_another_attempt_keeps_its_upload_and_a_failed_one_does_not(
    runtime: Runtime, clip: Path
) -> None:
    home, sweeper = runtime.settings.home, Sweeper(runtime, Bell())
    upload_id = send(runtime.settings, clip.read_bytes())
    submitted(runtime, upload_id)
    for error, left in ((JobError("internal", "retry", "x"), 1), (JobError("corrupt", "permanent", "x"), 0)):
        claims = runtime.store.claims
        job = claims.claim(Where("extract", scratch_id(runtime.settings.scratch)), token="t", owner="t", lease_s=60)
        assert job is not None
        claims.fail(Claim(job.job_id, "t"), error, wait_s=0)
        age(home, upload_id, seconds=2 * DAY_S)
        sweeper.round()
        assert len(videos(home)) == left


@pytest.mark.parametrize("what", ["cut off", "changed", "gone"])
def test_an_upload_that_fails_is_told_by_its_name_without_the_servers_folder(
    runtime: Runtime, clip: Path, what: str
) -> None:
    home = runtime.settings.home
    data = clip.read_bytes()
    upload_id = send(runtime.settings, data[: len(data) // 2] if what == "cut off" else data, "My film.mp4")
    job_id = submitted(runtime, upload_id)
    path = find_upload(home, upload_id).path
    assert uploads.upload_name(home, path) == "My film.mp4"
    if what == "changed":
        path.write_bytes(data + b"more")
    elif what == "gone":
        path.unlink()
    Runner(runtime, owner="test", bell=Bell(), stop=Stop(grace_s=1)).run_one("extract")
    job = runtime.store.jobs.get(job_id)
    assert job is not None
    assert job.error is not None
    assert job.error.code in ("truncated", "corrupt", "file_not_found")
    assert "'My film.mp4'" in job.error.message
    assert str(home) not in job.error.message


def test_what_nobody_foresaw_is_told_of_a_job_without_its_text_which_is_in_the_log(
    runtime: Runtime, clip: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("depth 3 vs 32\n\t [[{{node conv2d}}]]\n  File '/srv/trailers/network.py', line 7")

    monkeypatch.setattr(stages, "extract_features", fail)
    job_id = submitted(runtime, send(runtime.settings, clip.read_bytes()))
    Runner(runtime, owner="test", bell=Bell(), stop=Stop(grace_s=1)).run_one("extract")
    job = runtime.store.jobs.get(job_id)
    assert job is not None
    assert job.error is not None
    assert (job.error.code, job.error.error_class) == ("internal", "retry")
    told = " ".join([job.error.message, *(event.message or "" for event in job.history)])
    assert "an unexpected error (RuntimeError)" in told
    assert not [word for word in ("32", "node", "/srv", "File") if word in told.replace(reference_in(told), "")]
    assert all(
        word in caplog.text for word in (reference_in(told), "Traceback", "[[{{node conv2d}}]]", "/srv/trailers")
    )


def reference_in(message: str) -> str:
    return message.partition("reference ")[2][:8]


@pytest.mark.parametrize("touched_by", ["nobody", "a second sender", "a finder"])
def test_one_without_a_job_stays_for_a_day_after_it_was_last_asked_for(
    runtime: Runtime, clip: Path, touched_by: str
) -> None:
    home = runtime.settings.home
    upload_id = send(runtime.settings, clip.read_bytes())
    age(home, upload_id, seconds=DAY_S - 60)
    Sweeper(runtime, Bell()).round()
    assert len(videos(home)) == 1
    age(home, upload_id, seconds=DAY_S + 60)
    if touched_by == "a second sender":
        send(runtime.settings, clip.read_bytes())
    elif touched_by == "a finder":
        find_upload(home, upload_id)
    Sweeper(runtime, Bell()).round()
    assert len(videos(home)) == (0 if touched_by == "nobody" else 1)


def test_one_that_is_found_while_a_sweeper_looks_is_not_removed(
    runtime: Runtime, clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload_id = send(runtime.settings, clip.read_bytes())
    age(runtime.settings.home, upload_id, seconds=2 * DAY_S)
    remove: Callable[[Path, int], bool] = uploads._remove

    def find_first(target: Path, kept_s: int) -> bool:
        submitted(runtime, upload_id)  # after the sweeper has asked for the jobs
        return remove(target, kept_s)

    monkeypatch.setattr(uploads, "_remove", find_first)
    Sweeper(runtime, Bell()).round()
    assert len(videos(runtime.settings.home)) == 1
