"""Load on the service: 50 clients that submit, poll and look around for two minutes, played by locust.

Page, database, queue, workers and ffmpeg are real; the download copies a clip of two seconds and the network is a
cheap one. The library holds some thousand synthetic trailers. Clients, workers and page share the machine.
"""

import argparse
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.load_times import OUT, Run, Times, read_run, together
from benchmarks.made_library import LibraryMaker
from benchmarks.serving import Served, open_home, serve
from db.queue.job_records import FINISHED
from extractor.networks.weights import given_weights
from worker.inference.capacity import cores

USERS = Path(__file__).with_name("load_users.py")
N_USERS, SECONDS, N_TRAILERS = 50, 120, 2000
N_ROWS = 20  # of a batch, whose waiting jobs come first
SPAWN_S = 5
SETTLE_S = 120  # for the jobs that still run when the clients have gone
LATE_S = 60  # for locust to end
AS_SHIPPED = {"TRAILERS_DOWNLOAD_WORKERS": "4", "TRAILERS_EXTRACT_WORKERS": "2", "TRAILERS_LEASE_S": "60"}


def main(arguments: Sequence[str] = ()) -> None:
    """Run the clients, print what they measured, and count the jobs in the database."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load", description=__doc__)
    parser.add_argument("--users", type=int, default=N_USERS)
    parser.add_argument("--seconds", type=int, default=SECONDS)
    parser.add_argument("--trailers", type=int, default=N_TRAILERS, help="in the library before")
    parser.add_argument("--no-op", action="store_true", help="jobs go through all lanes, but nothing is done for them")
    options = parser.parse_args(arguments)
    with open_home(no_op=options.no_op, **AS_SHIPPED) as service:
        store, features_id = service.runtime.store, given_weights(service.home / "cheap.h5").features_id
        (model,) = store.models.in_use(features_id)
        maker = LibraryMaker(store, n_trailers=options.trailers, features_id=features_id, model_id=model.model_id)
        maker.make(n_rows=N_ROWS)
        with serve(service, "up") as served:
            print(
                f"load{' of no-op jobs' if options.no_op else ''}: {options.users} clients, {options.seconds} s, "
                f"{options.trailers:,} synthetic trailers before, {cores()} cores, load before {os.getloadavg()[0]:.1f}"
            )
            before, begun = served.cpu_s(), time.monotonic()
            run = play(served, n_users=options.users, seconds=options.seconds)
            seconds = time.monotonic() - begun
            spent = {name: (cpu_s - before[name]) / seconds for name, cpu_s in served.cpu_s().items()}
            report(run, seconds=options.seconds)
            print("cores in use: " + ", ".join(f"{name} {used:.2f}" for name, used in spent.items()))
            counts = ", ".join(f"{n} {name}" for name, n in count_jobs(served, run).items())
            print(f"jobs: {counts}; {_describe_waits(run)}\n")


def play(served: Served, *, n_users: int, seconds: int) -> Run:
    """Have locust play the clients in a process of its own; return what it measured."""
    out = served.service.home / "load.json"
    command = [sys.executable, "-m", "locust", "-f", str(USERS), "--headless", "--host", served.url]
    shape = ["--users", str(n_users), "--spawn-rate", str(max(1, n_users // SPAWN_S)), "--run-time", f"{seconds}s"]
    environment = {**os.environ, OUT: str(out), "PYTHONPATH": str(USERS.parent.parent)}
    quiet = ["--only-summary", "--exit-code-on-error", "0", "--stop-timeout", "5"]
    done = subprocess.run(
        [*command, *shape, *quiet],
        env=environment,
        cwd=served.service.home,
        capture_output=True,
        text=True,
        timeout=seconds + LATE_S,
    )
    if done.returncode:
        raise RuntimeError(f"locust failed: {done.stderr[-3000:]}")
    return read_run(out)


def report(run: Run, *, seconds: float) -> None:
    """Print a line for each kind of request, and what went wrong."""
    print(f"{'request':>26}{'requests':>10}{'errors':>8}{'p50 ms':>8}{'p95':>6}{'p99':>7}{'requests/s':>12}")
    submits = together(times for name, times in run.times.items() if name.startswith("POST"))
    reads = together(times for name, times in run.times.items() if name.startswith("GET"))
    for name, times in [*sorted(run.times.items()), ("all submits", submits), ("all reads", reads)]:
        _print_row(name, times, seconds)
    for error in run.errors:
        print(f"  {error[:200]}")


def _print_row(name: str, times: Times, seconds: float) -> None:
    p50, p95, p99 = (times.percentile(share) for share in (0.5, 0.95, 0.99))
    print(f"{name:>26}{times.n:>10}{times.n_errors:>8}{p50:>8.0f}{p95:>6.0f}{p99:>7.0f}{times.n / seconds:>12.1f}")


def count_jobs(served: Served, run: Run) -> Mapping[str, int]:
    """Return how many of the accepted jobs are lost, and how many in each stage, once they are finished."""
    jobs, deadline = served.service.runtime.store.jobs, time.monotonic() + SETTLE_S
    while True:
        found = jobs.get_many(run.accepted)
        if all(job.stage in FINISHED for job in found.values()) or time.monotonic() > deadline:
            break
        time.sleep(0.5)
    stages: Counter[str] = Counter(job.stage for job in found.values())
    unfinished = sum(n for stage, n in stages.items() if stage not in FINISHED)
    return {"accepted": len(run.accepted), "lost": len(run.accepted) - len(found) + unfinished, **stages}


def _describe_waits(run: Run) -> str:
    seen = Times(Counter(round(seconds, 1) for seconds in run.accepted.values() if seconds is not None))
    return f"seen finished after {seen.percentile(0.5):.1f} s (median), {seen.percentile(0.95):.1f} s (p95)"


if __name__ == "__main__":
    main(sys.argv[1:])
