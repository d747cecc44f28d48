"""Trailers an hour: two extract workers against one `trailers analyze` after the other, the same trailers, one run.

Needs real Inception-V3 weights (TRAILERS_WEIGHTS, or the cached ones) and a video in TRAILERS_BENCH_VIDEO to cut
different trailers from; without one a synthetic picture is made. The database runs throughout, so that no way pays
for its start. The service's time counts from the submit, and once, with cold workers, from its start.
"""

import os
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from benchmarks.homes import temporary_home
from db.queue.jobs import JobFilter
from extractor.networks.weights import given_weights
from tests.support.cheap_work import Plan
from tests.support.models import make_model
from tests.support.service import ROOT, Service
from worker.inference.capacity import cores
from worker.inference.registry import register
from worker.jobs.submission import new_force_token
from worker.settings import read_settings

N_WORKERS = 2
N_TRAILERS = 2 * N_WORKERS
N_ROUNDS = 2
ONE_BY_ONE, ALL_IN_ONE = "one analyze after the other", "one analyze of all"
COLD, WARM = "service, from its start", "service, warm"
LENGTH_S = 44
GOAL = 1.3
HOUR_S = 3600


def main() -> None:
    """Print trailers an hour for each way and the ratios."""
    with temporary_home() as folder:
        videos = [str(path) for path in make_videos(folder, video=os.environ.get("TRAILERS_BENCH_VIDEO"))]
        plan = Plan(folder=str(folder))  # unused: these processes do the real work
        with Service(folder / "home", plan, **service_environment()) as service:
            features_id = given_weights(Path(service.environment["TRAILERS_WEIGHTS"])).features_id
            register(service.runtime.store, make_model(features_id))
            _report(measure(service, videos))


def _report(seconds: Mapping[str, list[float]]) -> None:
    print(f"overlap: {N_TRAILERS} trailers of {LENGTH_S} s, {cores()} cores, load now {os.getloadavg()[0]:.1f}")
    print(f"{'way':>34}{'trailers/h':>12}   seconds of each round")
    for name, rounds in seconds.items():
        each = "".join(f"{took:>8.1f}" for took in rounds)
        print(f"{name:>34}{N_TRAILERS * len(rounds) / sum(rounds) * HOUR_S:>12.0f}{each}")
    print(f"{WARM} against {ONE_BY_ONE}: {_ratios(seconds, ONE_BY_ONE)} (goal {GOAL})")
    print(f"{WARM} against {ALL_IN_ONE}: {_ratios(seconds, ALL_IN_ONE)}\n")


def _ratios(seconds: Mapping[str, list[float]], other: str) -> str:
    ratio = sum(seconds[other]) / sum(seconds[WARM])
    rounds = (f"{theirs / ours:.2f}" for theirs, ours in zip(seconds[other], seconds[WARM], strict=True))
    return f"{ratio:.2f} x (rounds: {', '.join(rounds)})"


def measure(service: Service, videos: Sequence[str]) -> dict[str, list[float]]:
    """Return the seconds that each way takes for all videos, in each round; the service waits while others work."""
    begun = time.monotonic()
    with service.up():
        cold = submit_and_wait(service, videos) - begun
        ways: dict[str, Callable[[], float]] = {
            ONE_BY_ONE: lambda: sum(_analyze(service, [video]) for video in videos),
            ALL_IN_ONE: lambda: _analyze(service, videos),
            WARM: lambda: -time.monotonic() + submit_and_wait(service, videos),
        }
        seconds: dict[str, list[float]] = {name: [] for name in ways}
        for number in range(N_ROUNDS):  # forth and back, so that a busy moment strikes all of them
            for name in list(ways)[:: -1 if number % 2 else 1]:
                seconds[name].append(ways[name]())
    return {**seconds, COLD: [cold]}


def _analyze(service: Service, videos: Sequence[str]) -> float:
    begun = time.monotonic()
    answer = service.command("analyze", "--force", "--json", *videos)
    assert answer.returncode == 0, answer.stderr
    return time.monotonic() - begun


def submit_and_wait(service: Service, videos: Sequence[str]) -> float:
    """Have all videos done anew and return when the last was."""
    job_ids = tuple(job.job_id for job in service.submit(*videos, force_token=new_force_token()))
    while (counts := service.runtime.store.jobs.count(JobFilter(job_ids))).get("done", 0) < len(videos):
        assert not set(counts) & {"failed", "dead"}, service.log.read_text()[-3000:]
        time.sleep(0.05)
    return time.monotonic()


def service_environment() -> dict[str, str]:
    """Return the settings of a service that does the real work."""
    settings = read_settings(os.environ, dotenv=Path(".env"))
    weights = settings.weights or next(settings.weights_cache.glob("*.h5"), None)
    assert weights is not None, "no Inception-V3 weights: set TRAILERS_WEIGHTS"
    return {
        "TRAILERS_WEIGHTS": str(weights),
        "TRAILERS_EXTRACT_WORKERS": str(N_WORKERS),
        "TRAILERS_LEASE_S": "60",
        "PYTHONPATH": str(ROOT),
    }


def make_videos(folder: Path, *, video: str | None) -> list[Path]:
    """Write videos that differ: pieces of a real one, each begun a second later, or moving test pictures."""
    paths = []
    for number in range(N_TRAILERS):
        path = folder / f"trailer{number}.mkv"
        if video:
            source = ["-ss", str(number), "-i", video, "-t", str(LENGTH_S), "-an", "-c", "copy", "-map_metadata", "-1"]
            source += ["-metadata", f"comment={number}"]
        else:
            picture = f"testsrc2=size=640x360:rate=24:duration={LENGTH_S + number / 24}"
            source = ["-f", "lavfi", "-i", picture, "-c:v", "libx264", "-preset", "fast", "-pix_fmt", "yuv420p"]
        subprocess.run(["ffmpeg", "-nostdin", "-loglevel", "error", *source, str(path)], check=True)  # noqa: S607
        paths.append(path)
    return paths


if __name__ == "__main__":
    main()
