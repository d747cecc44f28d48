"""The service: real processes that are stopped, cancelled, paused, asked fifty times, and found healthy or not."""

import re
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from db.queue.job_records import Job
from db.queue.jobs import JobFilter
from extractor.networks.weights import given_weights
from tests.support.cheap_work import Plan
from tests.support.faketube import FakeYouTube
from tests.support.models import make_model, put_to_use
from tests.support.service import Running, Service, link, video_id
from worker.errors import WorkerError
from worker.service.health import check

SPELLINGS = (
    "https://www.youtube.com/watch?v={}",
    "https://youtu.be/{}?t=12",
    "https://m.youtube.com/watch?feature=share&v={}",
    "https://www.youtube.com/embed/{}",
    "https://www.youtube.com/shorts/{}",
    "{}",
)


def only(service: Service) -> Job:
    (job,) = service.jobs().values()
    return job


def children_with(running: Running, word: str) -> list[psutil.Process]:
    """Return the processes of a service whose command has a word."""
    found = []
    for process in running.family():
        try:
            if any(word in part for part in process.cmdline()):
                found.append(process)
        except psutil.NoSuchProcess:
            continue
    return found


@pytest.mark.slow
def test_fifty_submits_of_six_spellings_are_one_job_and_one_download(tmp_path: Path, tube: FakeYouTube) -> None:
    plan = Plan(folder=str(tmp_path))
    with Service(tmp_path / "home", plan, **tube.environment) as service, service.up():
        asked = [SPELLINGS[i % 6].format(video_id(7)) for i in range(50)]
        with ThreadPoolExecutor(50) as pool:
            jobs = list(pool.map(lambda source: service.submit(source)[0], asked))
        assert len({job.job_id for job in jobs}) == 1
        done = service.wait()[f"youtube:{video_id(7)}"]
        assert (done.stage, done.error) == ("done", None)
        assert [event.stage for event in done.history].count("downloading") == 1
        assert n_asked(tube) >= 1


@pytest.mark.slow
def test_cancelling_a_download_ends_its_child_while_its_site_is_silent(tmp_path: Path, tube: FakeYouTube) -> None:
    tube.mode = "stall"
    plan = Plan(folder=str(tmp_path))
    with Service(tmp_path / "home", plan, **tube.environment) as service, service.up() as running:
        service.submit(link(1))
        service.until(lambda: n_asked(tube) == 1)
        assert service.runtime.store.jobs.cancel(JobFilter()) == 1
        service.until(lambda: only(service).stage == "cancelled")
        service.until(lambda: not children_with(running, "worker.download.child"))
        assert (n_asked(tube), only(service).attempts) == (1, 0), "it was ended before it gave up and asked again"
        service.until(lambda: service.scratch_files() == [])


def n_asked(tube: FakeYouTube) -> int:
    """Return how often a video was asked for."""
    return sum("videoplayback" in str(request) for request in tube.requests)


@pytest.mark.slow
def test_cancelling_an_extraction_ends_ffmpeg_and_no_worker(tmp_path: Path, clip: Path, long_clip: Path) -> None:
    plan = Plan(folder=str(tmp_path), infer_s=1)
    with Service(tmp_path / "home", plan) as service, service.up() as running:
        service.submit(str(long_clip))
        service.until(lambda: bool(children_with(running, "ffmpeg")))
        (worker,) = running.workers("extract")
        service.command("jobs", "cancel", "--all")
        service.until(lambda: only(service).stage == "cancelled")
        service.until(lambda: not children_with(running, "ffmpeg"))
        service.submit(str(clip))
        assert {job.stage for job in service.wait().values()} == {"cancelled", "done"}
        assert running.workers("extract") == [worker], "the process was not ended for it"


@pytest.mark.slow
@pytest.mark.parametrize("pause_s", [0, 1.2], ids=["before", "after"])
def test_a_job_that_is_cancelled_and_asked_for_again_before_or_after_its_worker_notices_is_done(
    tmp_path: Path, clip: Path, pause_s: float
) -> None:
    plan = Plan(folder=str(tmp_path), infer_s=2.5)  # within which the worker notices, and its work doesn't hear of it
    with Service(tmp_path / "home", plan) as service, service.up():
        service.submit(str(clip))
        service.until(lambda: only(service).stage == "extracting")
        assert service.runtime.store.jobs.cancel(JobFilter()) == 1
        time.sleep(pause_s)
        service.submit(str(clip))
        (done,) = service.wait().values()
        assert (done.stage, done.error, done.attempts) == ("done", None, 0)


@pytest.mark.slow
def test_a_worker_that_does_not_listen_is_ended_and_its_job_put_right(tmp_path: Path, clip: Path) -> None:
    plan = Plan(folder=str(tmp_path), infer_s=600)
    with Service(tmp_path / "home", plan) as service, service.up():
        service.submit(str(clip))
        service.until(lambda: only(service).stage == "extracting")
        service.command("jobs", "cancel", "--all")
        service.until(lambda: only(service).stage == "cancelled", seconds=60)


@pytest.mark.slow
def test_a_stop_lets_running_work_finish(tmp_path: Path, clip: Path) -> None:
    plan = Plan(folder=str(tmp_path), clip=str(clip), infer_s=4)
    with Service(tmp_path / "home", plan, TRAILERS_STOP_S="60") as service:
        with service.up() as running:
            service.submit(link(1), link(2))
            service.until(lambda: any(job.stage == "extracting" for job in service.jobs().values()))
        assert running.status == 0
        stages = sorted(job.stage for job in service.jobs().values())
        assert stages == ["done", "queued"], "the second waits for the next start"
        assert all(job.attempts == 0 for job in service.jobs().values())


@pytest.mark.slow
def test_a_stop_hands_back_what_does_not_finish(tmp_path: Path, long_clip: Path) -> None:
    plan = Plan(folder=str(tmp_path), infer_s=0.5)
    with Service(tmp_path / "home", plan, TRAILERS_STOP_S="1") as service:
        with service.up():
            service.submit(str(long_clip))
            service.until(lambda: only(service).stage == "extracting")
        job = only(service)
        assert (job.stage, job.lane, job.attempts, job.lease) == ("queued", "extract", 0, None)
        assert service.runtime.store.workers.alive(within_s=60) == []


@pytest.mark.slow
def test_a_stop_puts_the_jobs_of_processes_back_that_had_to_be_killed(tmp_path: Path, long_clip: Path) -> None:
    plan = Plan(folder=str(tmp_path), infer_s=0.5)
    with Service(tmp_path / "home", plan, TRAILERS_STOP_S="0", TRAILERS_LEASE_S="60") as service:
        with service.up() as running:
            service.submit(str(long_clip))
            service.until(lambda: only(service).stage == "extracting")
            for worker in running.workers("extract"):
                worker.suspend()
        assert (only(service).stage, only(service).attempts) == ("queued", 0)


@pytest.mark.slow
def test_what_is_stored_is_judged_anew_without_a_video_when_the_model_is_new(tmp_path: Path, clip: Path) -> None:
    plan = Plan(folder=str(tmp_path), clip=str(clip))
    with Service(tmp_path / "home", plan) as service, service.up():
        service.submit(link(1))
        (first,) = service.wait().values()
        features_id = given_weights(service.home / "cheap.h5").features_id
        put_to_use(service.runtime.store, make_model(features_id, name="newer", seed=1))
        (job,) = service.submit(link(1))
        assert job.job_id != first.job_id
        service.wait(n_jobs=2)
        again = service.runtime.store.jobs.get(job.job_id)
        assert again is not None
        assert (again.stage, again.cached, again.model_id != first.model_id) == ("done", True, True)
        assert len(plan.downloads()) == 1
        assert service.submit(link(1))[0].stage == "done", "and the third time it is just there"


@pytest.mark.slow
def test_a_video_is_deleted_once_its_features_are_stored(tmp_path: Path, clip: Path) -> None:
    plan = Plan(folder=str(tmp_path), clip=str(clip))
    with Service(tmp_path / "home", plan) as service, service.up("worker", "--lanes", "download,extract"):
        service.submit(link(1))
        service.wait()
        assert service.scratch_files() == [], "and no sweeper did it"


@pytest.mark.slow
def test_forced_work_is_done_anew(tmp_path: Path, clip: Path) -> None:
    plan = Plan(folder=str(tmp_path), clip=str(clip))
    with Service(tmp_path / "home", plan) as service, service.up():
        service.submit(link(1))
        service.wait()
        service.submit(link(1), force_token="round two")
        service.wait(n_jobs=2)
        assert len(plan.downloads()) == 2


@pytest.mark.slow
def test_a_paused_site_keeps_its_jobs_waiting_until_it_is_resumed(tmp_path: Path, clip: Path) -> None:
    plan = Plan(folder=str(tmp_path), clip=str(clip))
    with Service(tmp_path / "home", plan) as service, service.up():
        service.runtime.store.throttle.open("download:youtube", code="bot_check", seconds=600, at_most=600)
        service.submit(link(1), str(clip))
        service.until(lambda: service.jobs()[f"youtube:{video_id(1)}"].stage == "queued")
        service.until(lambda: any(job.stage == "done" for job in service.jobs().values()))
        assert service.jobs()[f"youtube:{video_id(1)}"].attempts == 0
        assert service.command("doctor", "--resume").returncode in (0, 1)
        assert {job.stage for job in service.wait().values()} == {"done"}


@pytest.mark.slow
def test_a_file_that_was_changed_after_its_submit_is_refused(tmp_path: Path, clip: Path, long_clip: Path) -> None:
    plan = Plan(folder=str(tmp_path))
    video = tmp_path / "video.mp4"
    video.write_bytes(clip.read_bytes())
    with Service(tmp_path / "home", plan) as service:
        service.submit(str(video))
        video.write_bytes(long_clip.read_bytes())
        with service.up():
            service.wait()
        job = only(service)
        assert (job.stage, job.error and job.error.code) == ("failed", "file_not_found")


@pytest.mark.slow
def test_a_worker_is_healthy_when_a_no_op_job_comes_back(tmp_path: Path) -> None:
    with Service(tmp_path / "home", Plan(folder=str(tmp_path))) as service:
        before = service.command("worker", "--check", "--lanes", "extract")
        assert (before.returncode, before.stdout) == (1, "")
        assert "no worker of lane extract" in before.stderr
        with service.up() as running:
            service.until(lambda: bool(service.runtime.store.workers.alive(within_s=60)))
            good = service.command("worker", "--check", "--lanes", "download,extract,classify,sweeper")
            assert (good.returncode, good.stdout.split(":")[0]) == (0, "ok"), good.stderr
            for worker in running.workers("extract"):
                worker.suspend()
            assert service.jobs() == {}, "no-op jobs leave no trace"
            for worker in running.workers("extract"):
                worker.resume()


@pytest.mark.slow
def test_a_worker_that_can_not_infer_is_not_healthy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Service(tmp_path / "home", Plan(folder=str(tmp_path))) as service, service.up() as running:
        service.until(lambda: bool(service.runtime.store.workers.alive(within_s=60)))
        assert check(service.runtime, ["extract"]).startswith("ok: extract")
        monkeypatch.setattr("worker.service.health.BACK_S", 3.0)
        (inference,) = children_with(running, "worker.jobs.inference_process")
        inference.suspend()
        with pytest.raises(WorkerError, match="did not come back from lane extract"):
            check(service.runtime, ["extract"])
        inference.resume()


@pytest.mark.slow
def test_a_host_without_weights_downloads_and_classifies(tmp_path: Path, clip: Path) -> None:
    plan = Plan(folder=str(tmp_path), clip=str(clip))
    with Service(tmp_path / "home", plan) as service:
        service.submit(link(1))
        with service.up("worker", "--lanes", "extract,sweeper"):
            service.environment["TRAILERS_WEIGHTS"] = "imagenet"
            with service.up("worker", "--lanes", "download,classify"):
                (job,) = service.wait().values()
        assert (job.stage, job.features_id) == ("done", given_weights(service.home / "cheap.h5").features_id)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("setting", "reason"),
    [("TRAILERS_WEIGHTS", "there is no weights file '/no/such.h5'"), ("TRAILERS_SPEECH", "faster-whisper|no Whisper")],
)
def test_without_weights_jobs_wait_and_the_log_says_why_in_one_line(
    tmp_path: Path, clip: Path, setting: str, reason: str
) -> None:
    with Service(tmp_path / "home", Plan(folder=str(tmp_path))) as service:
        service.submit(str(clip))
        service.environment[setting] = "/no/such.h5"
        with service.up():
            told = re.compile(f"no_weights: .*({reason}).*; jobs of this lane wait")
            service.until(lambda: told.search(service.log.read_text()) is not None)
        assert "Traceback" not in service.log.read_text()
        assert (only(service).stage, only(service).attempts) == ("queued", 0)
