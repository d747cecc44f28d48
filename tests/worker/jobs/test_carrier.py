"""Celery as the carrier: real Redis, real processes; rings are lost, wrong or too many, and jobs go on regardless."""

import base64
import json
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from db.queue.job_records import Job
from db.queue.jobs import JobFilter
from tests.support.cheap_work import Plan
from tests.support.redis_server import ENCODED, RedisServer
from tests.support.service import Running, Service, kill, link, words
from tests.support.working import in_time
from worker.download.waiting_videos import scratch_id
from worker.jobs.bells import bell_of, queue_of
from worker.jobs.submission import JobRequest, submit
from worker.service.health import check
from worker.service.supervisor import Supervisor

NO_RINGS = ("this is no JSON", "{}", "[1, 2]", '"text"')
EXTRACTION = ("worker", "--lanes", "extract,sweeper")
Victims = Callable[[Running, str], list[psutil.Process]]
MARK = "made-by-an-attacker"


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[RedisServer]:
    """Without a file: what it held is lost with it."""
    with RedisServer(tmp_path / "redis", keeps=False) as server:
        yield server


def make_service(folder: Path, plan: Plan, server: RedisServer, **environment: str) -> Service:
    return Service(folder / "home", plan, REDIS_URL=server.url, **environment)


def only(service: Service) -> Job:
    (job,) = service.jobs().values()
    return job


def working(service: Service) -> bool:
    jobs = service.runtime.store.jobs.list(JobFilter(stages=("extracting",)))
    return any(job.progress.get("done") for job in jobs)


def wrong_message(entry: str, **changes: object) -> str:
    """Return an entry like a ring of ours but for some of its fields."""
    return json.dumps({**json.loads(entry), **changes})


def pickled() -> str:
    """Return a body that makes a folder named after the mark where it is loaded."""

    class Attack:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return os.mkdir, (MARK,)

    return base64.b64encode(pickle.dumps(Attack())).decode()


@pytest.mark.slow
def test_what_is_no_ring_stops_nobody_for_long_and_costs_running_work_no_attempt(
    tmp_path: Path, redis_server: RedisServer, clip: Path, long_clip: Path
) -> None:
    plan = Plan(folder=str(tmp_path), infer_s=0.02)
    with make_service(tmp_path, plan, redis_server) as service:
        queue = queue_of("extract", scratch_id(service.settings.scratch))
        service.submit(str(long_clip))
        (ring,) = redis_server.entries(queue)
        foreign = wrong_message(ring, **{"content-type": "application/x-python-serialize"}, body=pickled())
        unknown = wrong_message(ring, headers={**json.loads(ring)["headers"], "task": "os.system"})
        with service.up(*EXTRACTION) as running:
            service.until(lambda: working(service))
            (carrier,) = running.carriers("extract")
            for entry in (*NO_RINGS, foreign, unknown):
                redis_server.push(queue, entry)
            service.until(lambda: running.carriers("extract") not in ([], [carrier]))
            service.submit(str(clip))
            assert {job.stage for job in service.wait().values()} == {"done"}
        assert all(job.attempts == 0 for job in service.jobs().values())
        assert not {*NO_RINGS, foreign, unknown} & set(redis_server.entries(queue))
        assert not list(tmp_path.rglob(MARK)), "a pickled message was loaded"


@pytest.mark.slow
def test_rings_that_redis_lost_are_rung_again_and_work_goes_on_where_it_is_away(
    tmp_path: Path, redis_server: RedisServer, clip: Path
) -> None:
    plan = Plan(folder=str(tmp_path), clip=str(clip))
    with make_service(tmp_path, plan, redis_server) as service:
        service.submit(link(1), link(2), link(3))
        redis_server.kill()
        redis_server.start()
        assert bell_of(service.settings).unheard("download") == 0, "all rings are lost"
        with service.up():
            service.wait(n_jobs=3)
            redis_server.kill()
            fourth = [JobRequest(link(4))]
            submitted = in_time(lambda: submit(service.runtime, fourth, bell_of(service.settings)))
            assert not submitted.heard
            redis_server.start()
            assert {job.stage for job in service.wait(n_jobs=4).values()} == {"done"}
    assert len(plan.downloads()) == 4


@pytest.mark.parametrize("victims", [Running.workers, Running.carriers])
@pytest.mark.slow
def test_a_killed_process_leaves_none_behind_and_loses_no_job(
    tmp_path: Path, redis_server: RedisServer, clip: Path, victims: Victims
) -> None:
    plan = Plan(folder=str(tmp_path), infer_s=1)
    with make_service(tmp_path, plan, redis_server, TRAILERS_EXTRACT_WORKERS="2") as service:
        service.submit(str(clip))
        with service.up(*EXTRACTION) as running:
            service.until(lambda: only(service).stage == "extracting" and len(running.workers("extract")) == 2)
            family = running.workers("extract")
            kill(victims(running, "extract")[0])
            if victims is Running.carriers:
                _, alive = psutil.wait_procs(family, timeout=30)
                assert alive == [], "pool processes live on without their parent"
            assert {job.stage for job in service.wait().values()} == {"done"}
            service.submit(str(clip), force_token="again")
            service.until(lambda: bool(service.runtime.store.jobs.list(JobFilter(stages=("extracting",)))))
            family = [process for process in running.family() if "worker." in " ".join(words(process))]
            running.process.kill()
            _, alive = psutil.wait_procs(family, timeout=30)
            assert alive == []


@pytest.mark.slow
def test_a_stop_hands_back_what_does_not_finish(
    tmp_path: Path, redis_server: RedisServer, clip: Path, long_clip: Path
) -> None:
    plan = Plan(folder=str(tmp_path), clip=str(clip), infer_s=0.5)
    with make_service(tmp_path, plan, redis_server, TRAILERS_STOP_S="1") as service:
        with service.up(*EXTRACTION):
            service.submit(str(long_clip))
            service.until(lambda: working(service))
        job = only(service)
        assert (job.stage, job.lane, job.attempts, job.lease) == ("queued", "extract", 0, None)
        assert "stopped (HandedBack)" in service.log.read_text(), "by its own process, not by the supervisor for it"
        assert ENCODED not in service.log.read_text()


@pytest.mark.slow
def test_a_no_op_job_comes_back_and_a_supervisor_may_do_without_celery(
    tmp_path: Path, redis_server: RedisServer, clip: Path
) -> None:
    plan = Plan(folder=str(tmp_path), clip=str(clip), infer_s=3)
    with make_service(tmp_path, plan, redis_server, TRAILERS_STOP_S="20") as service:
        with service.up():
            service.until(lambda: bool(service.runtime.store.workers.alive(within_s=60)))
            assert check(service.runtime, ("download", "extract", "classify", "sweeper")).startswith("ok: ")
            service.submit(str(clip))
            service.until(lambda: only(service).stage == "extracting")
        assert only(service).stage == "done", "a stop lets running work finish"
        lanes = ("extract", "sweeper")
        assert Supervisor(service.runtime, lanes).describe() == "1 extract, 1 sweeper (carried by Celery)"
        assert Supervisor(service.runtime, lanes, local=True).describe() == "1 extract, 1 sweeper"


@pytest.mark.slow
def test_celery_itself_can_be_started_and_a_cold_shutdown_hands_its_work_back(
    tmp_path: Path, redis_server: RedisServer, long_clip: Path
) -> None:
    plan = Plan(folder=str(tmp_path), infer_s=0.5)
    with make_service(tmp_path, plan, redis_server, TRAILERS_STOP_S="1") as service, service.log.open("wb") as log:
        service.submit(str(long_clip))
        command = [sys.executable, "-m", "celery", "-A", "worker.app", "worker", "-c", "1"]
        worker = subprocess.Popen(command, env=service.environment, stdout=log, stderr=log, cwd=service.home)
        try:
            service.until(lambda: working(service))
            worker.send_signal(signal.SIGQUIT)
            service.until(lambda: only(service).stage == "queued")
            worker.wait(timeout=60)
        finally:
            worker.kill()
            worker.wait()
        assert (only(service).attempts, only(service).lease) == (0, None)
        said = service.log.read_text()
        assert "redis://:**@127.0.0.1" in said
        assert ENCODED not in said
