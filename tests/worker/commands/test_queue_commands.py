"""`trailers submit` and `trailers jobs` as users and programs meet them: output, messages, exit codes."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from db.queue.claims import Where
from db.queue.job_records import Claim, JobError
from tests.support.cheap_work import Plan
from tests.support.service import Service, link, video_id
from tests.support.videos import make_clip
from worker.download.waiting_videos import scratch_id


@pytest.fixture(scope="module")
def idle(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """An empty queue that stays so."""
    folder = tmp_path_factory.mktemp("idle")
    with Service(folder / "home", Plan(folder=str(folder))) as service:
        yield service


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    """A queue that nobody works on."""
    with Service(tmp_path / "home", Plan(folder=str(tmp_path))) as service:
        yield service


def fail_next(service: Service, code: str, error_class: str = "permanent") -> str:
    """Have the next download fail; return its job's id."""
    where = Where("download", scratch_id(service.settings.scratch))
    job = service.runtime.store.claims.claim(where, token=code, owner="worker", lease_s=60)
    assert job is not None
    service.runtime.store.claims.fail(Claim(job.job_id, code), JobError(code, error_class, "so it is"), wait_s=0)  # type: ignore[arg-type]
    return job.job_id


def test_submit_prints_the_job_and_says_that_nobody_works(service: Service) -> None:
    done = service.command("submit", link(1))
    assert done.returncode == 0
    job_id, stage, trailer_id = done.stdout.split()
    assert (stage, trailer_id) == ("queued", f"youtube:{video_id(1)}")
    assert "no worker is running; start one with: trailers up" in done.stderr
    assert service.command("submit", link(1)).stdout.split()[0] == job_id


def test_submit_takes_lines_and_prints_json_for_each_in_order(service: Service, tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", seconds=1)
    done = service.command(
        "submit", "-", "--json", "--priority", "7", stdin=f"{link(1)}\n\nhttps://evil.example/x\n{clip}\n"
    )
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 3
    assert [line.get("stage") for line in lines] == ["queued", None, "queued"]
    assert lines[1]["error"]["code"] == "host_not_allowed"
    assert (lines[0]["priority"], lines[2]["lane"]) == (7, "extract")


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["submit", "/no/such.mp4"], 1, "file_not_found: there is no file '/no/such.mp4'"),
        (["submit", link(1), "--priority", "1000"], 2, "'1000' is not a whole number from -100 to 100"),
        (["submit", "-"], 2, "nothing to submit"),
        (["jobs", "show", "nonsense"], 4, "not_found: there is no job 'nonsense'"),
        (["jobs", "wait", "youtube:xxxxxxxxxxx"], 4, "not_found: there is no job"),
        (["jobs", "cancel"], 2, "say which jobs to cancel"),
        (["jobs", "list", "--stage", "finished"], 2, "they are queued, downloading"),
        (["worker", "--lanes", "upload"], 2, "'upload' names no lanes"),
    ],
)
def test_wrong_input_is_refused_with_the_way_out(idle: Service, arguments: list[str], status: int, said: str) -> None:
    done = idle.command(*arguments)
    assert (done.returncode, done.stdout) == (status, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_list_shows_the_stage_and_what_went_wrong(service: Service) -> None:
    service.submit(link(1), link(2))
    job_id = fail_next(service, "private")
    listed = service.command("jobs", "list").stdout
    assert "private: so it is" in listed
    assert "for download" in listed
    failed = service.command("jobs", "list", "--code", "private", "--json").stdout.splitlines()
    assert [json.loads(line)["job_id"] for line in failed] == [job_id]


def test_show_tells_the_history_and_json_gives_the_document(service: Service) -> None:
    service.submit(link(1))
    job_id = fail_next(service, "private")
    shown = service.command("jobs", "show", f"youtube:{video_id(1)}").stdout
    assert "private (permanent): so it is" in shown
    assert [line.split()[2] for line in shown.splitlines()[4:]] == ["queued", "downloading", "failed"]
    document = json.loads(service.command("jobs", "show", job_id, "--json").stdout)
    assert document["error"] == {"code": "private", "class": "permanent", "message": "so it is"}
    assert "lease" not in document


@pytest.mark.slow
def test_wait_ends_with_3_when_some_failed_and_1_when_the_time_is_over(service: Service) -> None:
    service.submit(link(1), link(2))
    fail_next(service, "private")
    waited = service.command("jobs", "wait", "--timeout", "1")
    assert (waited.returncode, "no worker is running; start one with: trailers up" in waited.stderr) == (1, True)
    service.command("jobs", "cancel", "--stage", "queued")
    waited = service.command("jobs", "wait")
    assert (waited.returncode, waited.stderr.strip()) == (1, "1 failed, 1 cancelled")


@pytest.mark.parametrize("action", ["list", "wait", "cancel", "retry"])
def test_a_batch_that_is_not_there_is_exit_code_4(idle: Service, action: str) -> None:
    done = idle.command("jobs", action, "--batch", "20261121-00000000")
    assert (done.returncode, "there is no batch '20261121-00000000'" in done.stderr) == (4, True)


def test_retry_queues_what_failed_with_a_code(service: Service) -> None:
    service.submit(link(1), link(2))
    fail_next(service, "private")
    fail_next(service, "bot_check", "operator")
    assert service.command("jobs", "retry", "--code", "bot_check", "--json").stdout.strip() == (
        '{"action": "retry", "jobs": 1, "for_good": 0}'
    )
    stages = {job.error.code if job.error else "": job.stage for job in service.jobs().values()}
    assert stages == {"private": "failed", "": "queued"}


def test_retry_refuses_what_failed_for_good_until_it_is_forced(service: Service) -> None:
    service.submit(link(1))
    fail_next(service, "no_weights")
    refused = service.command("jobs", "retry", "--code", "no_weights")
    assert refused.returncode == 1
    assert "1 job failed for good (no_weights 1): trying again won't help; --force queues them all" in refused.stderr
    assert [job.stage for job in service.jobs().values()] == ["failed"]
    forced = service.command("jobs", "retry", "--code", "no_weights", "--force", "--json")
    assert (forced.returncode, forced.stdout.strip()) == (0, '{"action": "retry", "jobs": 1, "for_good": 0}')
    assert [job.stage for job in service.jobs().values()] == ["queued"]


@pytest.mark.slow
def test_submit_runs_again_what_failed_for_good_and_batch_does_not(service: Service, tmp_path: Path) -> None:
    service.submit(link(1))
    job_id = fail_next(service, "private")
    (tmp_path / "list.txt").write_text(f"{link(1)}\n")
    service.command("batch", str(tmp_path / "list.txt"), "--queue")
    assert [job.stage for job in service.jobs().values()] == ["failed"]
    (line,) = service.command("submit", link(1), "--json").stdout.splitlines()
    told = json.loads(line)
    assert (told["job_id"], told["stage"], told["attempts"]) == (job_id, "queued", 0)
