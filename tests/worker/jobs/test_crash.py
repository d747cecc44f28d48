"""Crashes: any process dies at any moment, and every job ends well or with a code, once, whole and as without crash."""

import itertools
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from db.queue.job_records import FINISHED, Inputs, Job
from db.queue.recovery import MAX_DEATHS
from tests.support.cheap_work import Plan
from tests.support.mongo_server import MongoServer
from tests.support.posters import make_poster
from tests.support.redis_server import RedisServer
from tests.support.service import Running, Service, kill, link, stored, video_id, words
from worker.predicting.inputs import keep_poster

STEPS = (
    *(
        "claimed:download",
        "downloading",
        "before:keep_video",
        "after:keep_video",
        "before:hand_over",
        "after:hand_over",
    ),
    *("claimed:extract", "inferring", "before:save_features", "after:save_features"),
    *("before:save_trailers", "after:save_trailers", "before:go_on", "after:go_on"),
    *("before:save_predictions", "after:save_predictions", "before:finish", "after:finish"),
)
MANY = {"TRAILERS_DOWNLOAD_WORKERS": "3", "TRAILERS_EXTRACT_WORKERS": "4"}  # each waits longer the more often it died
LONG = {**MANY, "TRAILERS_LEASE_S": "12"}  # so that a busy machine sees each death before the lease ends
TWO = {"TRAILERS_DOWNLOAD_WORKERS": "2", "TRAILERS_EXTRACT_WORKERS": "2"}


def make_plan(tmp_path: Path, clip: Path, **wishes: object) -> Plan:
    return Plan(folder=str(tmp_path), clip=str(clip), **wishes)  # type: ignore[arg-type]


def youtube(number: int) -> str:
    return f"youtube:{video_id(number)}"


def check_results(service: Service, n_jobs: int) -> None:
    """All is done, stored once and whole, equal to an undisturbed run's result; and the scratch folder is empty."""
    results = stored(service.runtime)
    assert len(results) == n_jobs
    assert len(set(results.values())) == 1, "one clip has given different features or genres"
    service.until(lambda: service.scratch_files() == [], seconds=60)


@pytest.mark.slow
@pytest.mark.parametrize("carrier", ["database", "redis"])
def test_a_process_may_die_at_any_step_and_a_poisoned_job_dies_alone(tmp_path: Path, clip: Path, carrier: str) -> None:
    deaths = {youtube(number): step for number, step in enumerate(STEPS)}
    plan = make_plan(tmp_path, clip, deaths=deaths, poisoned=(youtube(90),))
    with (
        RedisServer(tmp_path / "redis", keeps=True) as redis,
        Service(tmp_path / "home", plan, **LONG, **({"REDIS_URL": redis.url} if carrier == "redis" else {})) as service,
        service.up(),
    ):
        service.submit(link(90), *(link(number) for number in range(len(STEPS) + 1)))
        jobs = service.wait()
        poisoned = jobs.pop(youtube(90))
        assert plan.died() == sorted(deaths), "every step was met"
        assert {job.stage for job in jobs.values()} == {"done"}, "one death costs no job"
        assert (poisoned.stage, poisoned.attempts) == ("dead", 3)
        assert poisoned.error is not None
        assert poisoned.error.code == "poisoned"
        assert [event.stage for event in poisoned.history].count("extracting") == 3
        check_results(service, len(STEPS) + 1)


@pytest.mark.slow
def test_a_process_may_die_while_a_poster_is_looked_at_and_the_job_ends_with_it(tmp_path: Path, clip: Path) -> None:
    steps = ("claimed:extract", "before:save_poster", "after:save_poster", "before:save_predictions", "before:finish")
    known, new = range(len(steps)), range(10, 10 + len(steps))
    deaths = {youtube(number): step for numbers in (known, new) for number, step in zip(numbers, steps, strict=True)}
    with Service(tmp_path / "home", make_plan(tmp_path, clip), **MANY) as service:
        service.submit(*map(link, known))
        with service.up():
            service.wait()
        service.use(make_plan(tmp_path, clip, deaths=deaths))
        given = {number: keep_and_remove(service, tmp_path, number) for number in (*known, *new)}
        jobs = [job for number in given for job in service.submit(link(number), given=given[number])]
        with service.up():
            service.wait()
        assert service.plan.died() == sorted(deaths), "every step was met"
        ended = service.runtime.store.jobs.get_many(job.job_id for job in jobs).values()
        assert {(job.stage, job.modalities) for job in ended} == {("done", ("trailer", "poster"))}
        assert {trailer_id: service.plan.downloads().count(trailer_id) for trailer_id in map(youtube, known)} == {
            youtube(number): 1 for number in known
        }, "no video was needed again"


def keep_and_remove(service: Service, folder: Path, number: int) -> Inputs:
    """Return a poster of its own as it is given, its file gone."""
    poster = make_poster(folder / f"{number}.jpg", seed=number)
    given = Inputs(poster=str(poster), poster_sha256=keep_poster(service.runtime.store, str(poster)))
    poster.unlink()
    return given


@pytest.mark.long
@pytest.mark.parametrize(
    ("victim", "carrier"),
    [
        *itertools.product(("worker", "group", "mongod"), ("database", "redis, kept")),
        *(("redis", "redis, kept"), ("redis", "redis, lost")),
    ],
)
def test_whatever_is_killed_at_any_step_the_job_is_done(tmp_path: Path, clip: Path, victim: str, carrier: str) -> None:
    deaths = {youtube(number): step for number, step in enumerate(STEPS)}
    plan = make_plan(tmp_path, clip, deaths=deaths, victim=victim)
    with (
        RedisServer(tmp_path / "redis", keeps=carrier != "redis, lost") as redis,
        Service(tmp_path / "home", plan, **({} if carrier == "database" else {"REDIS_URL": redis.url})) as service,
    ):
        for number in range(len(STEPS)):
            see_through(service, redis, link(number), n_jobs=number + 1)
        assert plan.died() == sorted(deaths), "every step was met"
        assert {job.stage for job in service.jobs().values()} == {"done"}
        with service.up():
            check_results(service, len(STEPS))


def see_through(service: Service, redis: RedisServer, source: str, *, n_jobs: int) -> None:
    """Submit a job and do what an operator's machine does until it is finished: start again what has died."""
    (Path(service.plan.folder) / "redis.pid").write_text(str(redis.pid))
    service.submit(source)
    deadline = time.monotonic() + 180
    while finished(service) < n_jobs:
        with service.up() as running:
            while running.process.poll() is None and finished(service) < n_jobs:
                assert time.monotonic() < deadline, service.log.read_text()[-5000:]
                if redis.pid is None:
                    redis.start()
                time.sleep(0.1)


@pytest.mark.slow
@pytest.mark.parametrize("carrier", ["database", "redis"])
def test_the_job_of_a_process_that_dies_waits_for_no_lease(tmp_path: Path, clip: Path, carrier: str) -> None:
    plan = make_plan(tmp_path, clip, deaths={youtube(1): "inferring"})
    settings = {"TRAILERS_LEASE_S": "600"}
    with (
        RedisServer(tmp_path / "redis", keeps=True) as redis,
        Service(
            tmp_path / "home", plan, **settings, **({"REDIS_URL": redis.url} if carrier == "redis" else {})
        ) as service,
        service.up(),
    ):
        service.submit(link(1))
        (job,) = service.wait().values()
    assert [event.message for event in job.history if event.message] == ["its process died (1 of 3 times)"]


@pytest.mark.slow
def test_a_job_outlives_more_power_cuts_than_a_poisoned_one_may_kill_processes(tmp_path: Path, clip: Path) -> None:
    with Service(tmp_path / "home", make_plan(tmp_path, clip, infer_s=60)) as service:
        service.submit(link(1))
        for n_cuts in range(MAX_DEATHS + 1):
            with service.up() as running:
                service.until(lambda: times_begun(service) > n_cuts)  # noqa: B023 - called at once
                everything = [*database_of(service), *running.family(), psutil.Process(running.process.pid)]
                for process in everything:
                    kill(process)
                psutil.wait_procs(everything, timeout=30)
            service.runtime.revive()
        service.use(make_plan(tmp_path, clip))
        with service.up():
            (job,) = service.wait().values()
        assert (job.stage, job.attempts) == ("done", 0)


@pytest.mark.slow
def test_killing_the_supervisor_kills_its_processes_and_the_next_one_goes_on(tmp_path: Path, clip: Path) -> None:
    plan = make_plan(tmp_path, clip, download_s=0.5, infer_s=0.5)
    with Service(tmp_path / "home", plan, **TWO) as service:
        service.submit(*(link(number) for number in range(6)))
        with service.up() as running:
            service.until(lambda: any(job.stage == "extracting" for job in service.jobs().values()))
            family = workers_of(running)
            running.process.kill()
            _, alive = psutil.wait_procs(family, timeout=30)
            assert alive == []
        with service.up():
            assert {job.stage for job in service.wait().values()} == {"done"}
            check_results(service, 6)


@pytest.mark.slow
def test_killing_everything_at_once_loses_nothing(tmp_path: Path, clip: Path) -> None:
    plan = make_plan(tmp_path, clip, download_s=0.3, infer_s=0.3)
    with Service(tmp_path / "home", plan, **TWO) as service:
        service.submit(*(link(number) for number in range(6)))
        with service.up() as running:
            service.until(lambda: any(job.stage == "done" for job in service.jobs().values()))
            everything = [*database_of(service), *running.family(), psutil.Process(running.process.pid)]
            for process in everything:
                kill(process)
            psutil.wait_procs(everything, timeout=30)
        service.runtime.revive()
        with service.up():
            assert {job.stage for job in service.wait().values()} == {"done"}
            check_results(service, 6)


@pytest.mark.slow
def test_killing_the_database_with_and_without_its_guardian_fails_no_job(tmp_path: Path, clip: Path) -> None:
    plan = make_plan(tmp_path, clip, download_s=0.2, infer_s=0.2)
    with Service(tmp_path / "home", plan, **TWO) as service, service.up():
        service.submit(*(link(number) for number in range(10)))
        for n_done, victims in ((1, ("mongod",)), (3, ("mongod", "guardian")), (5, ("mongod",))):
            service.until(lambda: finished(service) >= n_done)  # noqa: B023 - called at once
            for process in database_of(service):
                if any(victim in " ".join(words(process)) for victim in victims):
                    kill(process)
            service.runtime.patiently(service.jobs)
        jobs = service.wait()
        assert {job.stage for job in jobs.values()} == {"done"}
        check_results(service, 10)


@pytest.mark.slow
@pytest.mark.parametrize("keeps", [True, False])
def test_killing_redis_at_work_fails_no_job(tmp_path: Path, clip: Path, *, keeps: bool) -> None:
    plan = make_plan(tmp_path, clip, download_s=0.5, infer_s=0.5)
    with (
        RedisServer(tmp_path / "redis", keeps=keeps) as redis,
        Service(tmp_path / "home", plan, REDIS_URL=redis.url, **TWO) as service,
        service.up(),
    ):
        service.submit(*(link(number) for number in range(8)))
        service.until(lambda: any(job.stage == "extracting" for job in service.jobs().values()))
        redis.kill()
        time.sleep(2)
        redis.start()
        jobs = service.wait()
        assert {(job.stage, job.error) for job in jobs.values()} == {("done", None)}
        check_results(service, 8)


@pytest.mark.slow
@pytest.mark.parametrize(("away_s", "lease_s"), [(8, 30), pytest.param(60, 3, marks=pytest.mark.long)])
def test_a_database_that_is_away_for_a_while_fails_no_job(
    tmp_path: Path, clip: Path, away_s: float, lease_s: int
) -> None:
    settings = {**TWO, "TRAILERS_LEASE_S": str(lease_s)}
    plan = make_plan(tmp_path, clip, download_s=0.5, infer_s=0.5)
    with (
        MongoServer(tmp_path / "mongo") as mongo,
        Service(tmp_path / "home", plan, MONGODB_URI=mongo.uri, **settings) as service,
        service.up(),
    ):
        service.submit(*(link(number) for number in range(8)))
        service.until(lambda: any(job.stage == "extracting" for job in service.jobs().values()))
        mongo.stop()
        time.sleep(away_s)
        mongo.start()
        jobs = service.wait()
        assert {job.stage for job in jobs.values()} == {"done"}
        assert all(job.error is None for job in jobs.values())
        if lease_s > away_s:
            assert {job.attempts for job in jobs.values()} == {0}, "those who held a job have waited with it"
        check_results(service, 8)


def times_begun(service: Service) -> int:
    """Return how often the extraction of the only job was begun."""
    (job,) = service.jobs().values()
    return [event.stage for event in job.history].count("extracting")


def finished(service: Service) -> int:
    jobs: dict[str, Job] = service.runtime.patiently(service.jobs)
    return sum(job.stage in FINISHED for job in jobs.values())


def workers_of(running: Running) -> list[psutil.Process]:
    """Return all of a supervisor's processes but the database, which others share."""
    return [p for p in running.family() if not any(word in " ".join(p.cmdline()) for word in ("mongod", "guardian"))]


def database_of(service: Service) -> list[psutil.Process]:
    """Return mongod and its guardian."""
    folder = str(service.home / "db")
    return list(_processes_with(folder))


def _processes_with(word: str) -> Iterator[psutil.Process]:
    for process in psutil.process_iter(["cmdline"]):
        if word in " ".join(process.info["cmdline"] or ()):
            yield process
