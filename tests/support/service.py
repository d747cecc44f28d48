"""A service under test: a real supervisor with real worker processes that do cheap work, on a home of its own."""

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil

from db.library_records import LibraryQuery
from db.queue.job_records import FINISHED, Inputs, Job
from db.queue.jobs import JobFilter
from extractor.networks.weights import given_weights
from tests.support.cheap_work import PLAN, Plan
from tests.support.models import make_model, put_to_use
from worker.jobs.bells import bell_of
from worker.jobs.submission import JobRequest, submit
from worker.runtime import Runtime
from worker.settings import Settings, read_settings

ROOT = Path(__file__).resolve().parents[2]
COMMAND = [sys.executable, "-c", "from worker.cli import entry; entry()"]
QUICK = {
    "TRAILERS_LEASE_S": "3",
    "TRAILERS_RETRY_S": "0",
    "TRAILERS_STOP_S": "1",
    "TRAILERS_DOWNLOAD_WORKERS": "1",
    "TRAILERS_EXTRACT_WORKERS": "1",
    "TRAILERS_DOWNLOADS_PER_MINUTE": "6000",
}


class Service:
    """A home folder with a database, a model and, while `running`, a supervisor."""

    def __init__(self, home: Path, plan: Plan, **environment: str) -> None:
        home.mkdir(exist_ok=True)
        weights = home / "cheap.h5"
        weights.write_bytes(b"no network")
        self.plan, self.home = plan, home
        self.log = home / "service.log"
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("TRAILERS_")},
            **QUICK,
            "TRAILERS_HOME": str(home),
            "TRAILERS_WEIGHTS": str(weights),
            PLAN: plan.to_json(),
            "PYTHONPATH": f"{Path(__file__).with_name('service_site')}:{ROOT}",
            **environment,
        }
        self.environment.pop("MONGODB_URI", None) if "MONGODB_URI" not in environment else None
        self.environment.pop("REDIS_URL", None) if "REDIS_URL" not in environment else None
        self.runtime = Runtime(self.settings, patience_s=60)

    @property
    def settings(self) -> Settings:
        return read_settings(self.environment)

    def __enter__(self) -> Self:
        features_id = given_weights(self.home / "cheap.h5").features_id
        put_to_use(self.runtime.store, make_model(features_id))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.runtime.__exit__(kind, exc, trace)

    def use(self, plan: Plan) -> None:
        """Have the processes that start from now on follow another plan."""
        self.plan = plan
        self.environment[PLAN] = plan.to_json()

    def up(self, *arguments: str) -> "Running":
        """Return a started supervisor, without the page unless the arguments say so; use it in a `with`."""
        return Running(self, arguments or ("up", "--no-page"))

    def command(self, *arguments: str, stdin: str = "") -> "subprocess.CompletedProcess[str]":
        """Run a command of ours on this home."""
        return subprocess.run(
            [*COMMAND, *arguments], input=stdin, env=self.environment, capture_output=True, text=True, timeout=120
        )

    def submit(
        self, *sources: str, force_token: str | None = None, priority: int = 0, given: Inputs | None = None
    ) -> list[Job]:
        """Submit sources, each of which must become a job."""
        requests = [
            JobRequest(source, force_token=force_token, priority=priority, inputs=given or Inputs())
            for source in sources
        ]
        submitted = submit(self.runtime, requests, bell_of(self.settings))
        assert not submitted.codes, submitted
        return submitted.jobs

    def jobs(self) -> dict[str, Job]:
        """Return all jobs by trailer_id."""
        return {job.trailer_id: job for job in self.runtime.store.jobs.list(JobFilter(), limit=10_000)}

    def wait(self, *, seconds: float = 120, n_jobs: int | None = None) -> dict[str, Job]:
        """Return all jobs once they are finished; fail with the log when that takes too long."""

        def finished() -> bool:
            counts = self.runtime.patiently(lambda: self.runtime.store.jobs.count(JobFilter()))
            done = sum(counts.get(stage, 0) for stage in FINISHED)
            return done == sum(counts.values()) and (n_jobs is None or done >= n_jobs)

        self.until(finished, seconds=seconds)
        return self.jobs()

    def until(self, condition: Callable[[], bool], *, seconds: float = 60) -> None:
        """Wait for a condition; fail with the log when it doesn't come."""
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, f"not within {seconds} s; {self._state()}"
            time.sleep(0.05)

    def scratch_files(self) -> list[str]:
        """Return what is left in the scratch folder."""
        scratch = self.settings.scratch
        return [str(path.relative_to(scratch)) for path in scratch.rglob("*") if path.is_file()]

    def _state(self) -> str:
        jobs = [f"{job.trailer_id} {job.stage} {job.lane} {job.attempts} {job.error}" for job in self.jobs().values()]
        log = self.log.read_text()[-6000:] if self.log.exists() else ""
        return "\n".join([*jobs, log])


class Running:
    """A supervisor and its processes."""

    def __init__(self, service: Service, arguments: Sequence[str]) -> None:
        self._service, self._arguments = service, arguments

    def __enter__(self) -> Self:
        log = self._service.log.open("ab")
        self.process = subprocess.Popen(
            [*COMMAND, *self._arguments], env=self._service.environment, stdout=log, stderr=log, cwd=self._service.home
        )
        log.close()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        family = self.family()
        if self.process.poll() is None:
            self.process.terminate()
        try:
            self.status = self.process.wait(timeout=30)
        finally:
            if self.process.poll() is None:
                self.process.kill()
        _, alive = psutil.wait_procs([p for p in family if "mongod" not in _name(p)], timeout=30)
        if kind is None:
            assert alive == []

    def family(self) -> list[psutil.Process]:
        """Return all processes below the supervisor."""
        try:
            return psutil.Process(self.process.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            return []

    def workers(self, lane: str) -> list[psutil.Process]:
        """Return the processes that work in a lane; with Celery the ones its main process has forked."""
        carrying = {process.pid for process in self.carriers(lane)}
        return [
            process
            for process in self.family()
            if {"worker.jobs.database_loop", lane} <= set(words(process)) or _parent(process) in carrying
        ]

    def carriers(self, lane: str) -> list[psutil.Process]:
        """Return Celery's main process of a lane, if Celery carries it."""
        return [
            process
            for process in self.family()
            if {"worker.jobs.celery_pool", lane} <= set(words(process)) and _parent(process) == self.process.pid
        ]


def words(process: psutil.Process) -> list[str]:
    """Return the command line of a process, none of one that has ended."""
    try:
        return process.cmdline()
    except psutil.NoSuchProcess:
        return []


def _parent(process: psutil.Process) -> int:
    try:
        return int(process.ppid())
    except psutil.NoSuchProcess:
        return 0


def _name(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.NoSuchProcess:
        return ""


def link(number: int) -> str:
    """Return the link of a made-up video."""
    return f"https://www.youtube.com/watch?v={video_id(number)}"


def video_id(number: int) -> str:
    """Return the id of a made-up video."""
    return f"video{number:06}"


def stored(runtime: Runtime) -> Mapping[str, tuple[bytes, object]]:
    """Return what is stored of each trailer: its vectors and the genres of its prediction."""
    store = runtime.store
    found = {}
    for trailer in store.library.find(LibraryQuery(), limit=10_000).trailers:
        (features_id,) = store.features.ids(trailer.trailer_id)
        features = store.features.load(trailer.trailer_id, features_id)
        prediction = store.predictions.latest(trailer.trailer_id)
        predictions = store._access.collection("predictions")
        assert predictions.count_documents({"trailer_id": trailer.trailer_id}) == 1
        assert features is not None
        assert prediction is not None
        found[trailer.trailer_id] = (features.vectors.tobytes(), prediction.genres)
    return found


def kill(process: psutil.Process) -> None:
    """Kill a process we started."""
    with contextlib.suppress(psutil.NoSuchProcess):
        process.kill()
