"""Trailers an hour with 1, 2 and 4 of them in flight through the service, the same trailers, one run.

Each number gets a service of its own with that many extract workers, which does all trailers once to be warm and
then once more against the clock; the numbers go forth and back. Needs Inception-V3 weights (TRAILERS_WEIGHTS, or the
cached ones); the trailers are pieces of TRAILERS_BENCH_VIDEO, or of a synthetic film as small as we'd download.
"""

import contextlib
import os
import statistics
import threading
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from benchmarks.films import Film, get_film, length_s, own_video
from benchmarks.homes import temporary_home
from benchmarks.overlap import HOUR_S, N_TRAILERS, make_videos, service_environment, submit_and_wait
from extractor.networks.weights import given_weights
from tests.support.cheap_work import Plan
from tests.support.models import make_model
from tests.support.service import Running, Service
from worker.inference.capacity import cores
from worker.inference.registry import register

IN_FLIGHT = (1, 2, 4)
N_ROUNDS = 2
LOOK_S = 1.0


@dataclass(frozen=True, slots=True)
class Round:
    """All trailers done once: seconds on the clock, frames, and the peak memory of the service's processes."""

    seconds: float
    n_frames: int
    memory_mb: float
    n_processes: int


def main() -> None:
    """Print throughput and memory for each number in flight, and the ratio to one."""
    video = own_video() or get_film(Film("h264", 360, length_s()))
    rounds: dict[int, list[Round]] = defaultdict(list)
    for number in range(N_ROUNDS):
        for in_flight in IN_FLIGHT[:: -1 if number % 2 else 1]:
            rounds[in_flight].append(measure(in_flight, video))
    print(f"flight: {N_TRAILERS} trailers, {cores()} cores, service warm, load now {os.getloadavg()[0]:.1f}")
    print(f"{'in flight':>10}{'trailers/h':>12}{'frames/s':>10}{'x one':>7}{'processes':>11}{'PSS MB':>8}   seconds")
    for in_flight, some in rounds.items():
        _print_row(in_flight, some, one=rounds[1])
    print("PSS: of all processes of the service but the database, decoders included, at its highest\n")


def _print_row(in_flight: int, rounds: Sequence[Round], *, one: Sequence[Round]) -> None:
    seconds, n_frames = (statistics.mean(getattr(it, name) for it in rounds) for name in ("seconds", "n_frames"))
    ratio = statistics.mean(it.seconds for it in one) / seconds
    print(f"{in_flight:>10}{N_TRAILERS / seconds * HOUR_S:>12.0f}{n_frames / seconds:>10.1f}{ratio:>7.2f}", end="")
    print(f"{max(it.n_processes for it in rounds):>11}{max(it.memory_mb for it in rounds):>8.0f}   ", end="")
    print(", ".join(f"{it.seconds:.1f}" for it in rounds))


def measure(in_flight: int, video: Path) -> Round:
    """Return how a warm service with so many extract workers does all trailers."""
    with temporary_home() as folder:
        videos = [str(path) for path in make_videos(folder, video=str(video))]
        environment = {**service_environment(), "TRAILERS_EXTRACT_WORKERS": str(in_flight)}
        plan = Plan(folder=str(folder))  # unused: these processes do the real work
        with Service(folder / "home", plan, **environment) as service:
            features_id = given_weights(Path(service.environment["TRAILERS_WEIGHTS"])).features_id
            register(service.runtime.store, make_model(features_id))
            with service.up() as running:
                submit_and_wait(service, videos)  # every worker has loaded its network
                with Watch(running) as watch:
                    begun = time.monotonic()
                    seconds = submit_and_wait(service, videos) - begun
            n_frames = sum(
                service.runtime.store.features.n_frames(trailer.trailer_id, features_id) or 0
                for trailer in service.runtime.store.trailers.list(limit=N_TRAILERS)
            )
    return Round(seconds, n_frames, watch.peak_mb, watch.n_processes)


@dataclass
class Watch:
    """Looks at the memory of a service's processes, once a second while in its `with`.

    PSS shares what processes share among them; the sum is what the machine has to have.
    """

    running: Running
    peak_mb: float = 0.0
    n_processes: int = 0
    _over: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> "Watch":
        self._thread = threading.Thread(target=self._look_on, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look_on(self) -> None:
        while not self._over.wait(LOOK_S):
            pss = [_pss_mb(process) for process in self._processes()]
            self.n_processes = max(self.n_processes, len(pss))
            self.peak_mb = max(self.peak_mb, sum(pss))

    def _processes(self) -> list[psutil.Process]:
        with contextlib.suppress(psutil.NoSuchProcess):
            return [psutil.Process(self.running.process.pid), *self.running.family()]
        return []


def _pss_mb(process: psutil.Process) -> float:
    with contextlib.suppress(psutil.Error):
        if process.name() != "mongod":
            return float(process.memory_full_info().pss) / 2**20
    return 0.0


if __name__ == "__main__":
    main()
