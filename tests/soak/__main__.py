"""`python -m tests.soak --jobs 500 --every 30 [--carrier redis]`: many short jobs while something is killed again and
again, and then whether all promises were kept. Exit code 1 with a line for each broken one.
"""

import argparse
import contextlib
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from db.queue.job_records import FINISHED, Job
from db.queue.jobs import JobFilter
from tests.soak.checks import Health, broken_promises, leftovers
from tests.soak.kills import Killer
from tests.support.cheap_work import Plan
from tests.support.redis_server import RedisServer
from tests.support.service import Service, link, stored
from tests.support.videos import make_clip

N_CLIPS = 10
N_EXTRACTS = 2
INFER_S = 0.4
TICK_S = 0.5
TIMEOUT_S = 1800
WORKERS = {"TRAILERS_DOWNLOAD_WORKERS": "2", "TRAILERS_EXTRACT_WORKERS": str(N_EXTRACTS)}


def main() -> int:
    """Run the soak test; return 1 when a promise was broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--jobs", type=int, default=500, help="how many (500)")
    parser.add_argument("--every", type=float, default=30, metavar="S", help="seconds between two kills (30)")
    parser.add_argument("--carrier", choices=("database", "redis"), default="database")
    parser.add_argument("--seed", type=int, default=0, help="of the order of the kills")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, _redis(Path(folder), arguments.carrier) as redis:
        environment = {"REDIS_URL": redis.url} if redis else {}
        return _soak(Path(folder), arguments, environment, redis)


@contextlib.contextmanager
def _redis(folder: Path, carrier: str) -> Iterator[RedisServer | None]:
    if carrier == "database":
        yield None
        return
    with RedisServer(folder / "redis") as redis:
        yield redis


def _soak(
    folder: Path, arguments: argparse.Namespace, environment: Mapping[str, str], redis: RedisServer | None
) -> int:
    for number in range(N_CLIPS):
        filters = ["-vf", f"hue=h={number * 30}", "-preset", "ultrafast"]
        make_clip(folder / f"clip{number}.mp4", seconds=2, size="160x120", options=filters)
    plan = Plan(folder=str(folder), clip=str(folder / "clip*.mp4"), infer_s=INFER_S)
    expected = _undisturbed(folder, plan)
    health = Health()
    with Service(folder / "home", plan, **WORKERS, **environment) as service:
        health.log = service.log
        killer = Killer(service, redis, every_s=arguments.every, random=random.Random(arguments.seed))
        begun = time.monotonic()
        service.submit(*(link(number) for number in range(arguments.jobs)))
        _drive(service, killer, health, n_jobs=arguments.jobs)
        took = time.monotonic() - begun
        jobs, results, scratch = service.jobs(), stored(service.runtime), service.scratch_files()
    left = leftovers(service.home)
    _report(jobs, killer, health, took)
    broken = broken_promises(jobs, results, expected=expected, n_jobs=arguments.jobs)
    broken += health.broken_promises()
    broken += [f"{name} is left in the scratch folder" for name in scratch]
    broken += [f"process {name} lives on" for name in left]
    for line in broken[:40]:
        print(f"BROKEN: {line}")
    print("all promises kept" if not broken else f"{len(broken)} promises broken")
    return 1 if broken else 0


def _undisturbed(folder: Path, plan: Plan) -> Mapping[str, tuple[bytes, object]]:
    """Return what a calm run stores, by the last character of the trailer's id."""
    with Service(folder / "calm", plan) as service, service.up():
        service.submit(*(link(number) for number in range(N_CLIPS)))
        service.wait(n_jobs=N_CLIPS, seconds=180)
        return {trailer_id[-1]: result for trailer_id, result in stored(service.runtime).items()}


def _drive(service: Service, killer: Killer, health: Health, *, n_jobs: int) -> None:
    """Run the service, kill as is due and look at the processes, until all jobs are finished and swept up after."""
    deadline = time.monotonic() + TIMEOUT_S
    with contextlib.ExitStack() as stack:
        running = stack.enter_context(service.up())
        while _n_finished(service) < n_jobs:
            assert time.monotonic() < deadline, f"not finished within {TIMEOUT_S} s; the log: {service.log}"
            if killer.due():
                running = killer.strike(running) or stack.enter_context(service.up())
            health.look(running)
            time.sleep(TICK_S)
        with contextlib.suppress(AssertionError):  # what is left is reported as a broken promise
            service.until(lambda: not service.scratch_files(), seconds=20)
        health.look(running, at_rest=True)


def _n_finished(service: Service) -> int:
    counts = service.runtime.patiently(lambda: service.runtime.store.jobs.count(JobFilter()))
    return sum(counts.get(stage, 0) for stage in FINISHED)


def _report(jobs: Mapping[str, Job], killer: Killer, health: Health, took: float) -> None:
    stages = Counter(job.error.code if job.error else job.stage for job in jobs.values())
    attempts = Counter(sum(event.stage == "extracting" for event in job.history) for job in jobs.values())
    print(f"{len(jobs)} jobs in {took:.0f} s ({len(jobs) / took:.1f}/s): {_counts(stages)}")
    print(f"kills: {_counts(Counter(killer.struck))}")
    print(f"extractions begun per job: {_counts(attempts)}")
    for line in health.report():
        print(line)


def _counts(counter: Counter[str] | Counter[int]) -> str:
    return ", ".join(f"{n} {name}" if isinstance(name, str) else f"{n} x {name}" for name, n in counter.most_common())


if __name__ == "__main__":
    sys.exit(main())
