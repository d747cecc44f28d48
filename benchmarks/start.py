"""Start-up of the command from a cold shell: help, a stored result, and the first result of a short clip.

A cold shell means a new process; the files it reads may be in the page cache. The first result needs Inception-V3
weights: TRAILERS_WEIGHTS, or the cached ones.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.backbones import find_weights
from benchmarks.homes import temporary_home
from db.store import open_store
from tests.soak.checks import leftovers
from tests.support.models import make_model, put_to_use
from tests.support.videos import make_clip

RUNS = 15
RUNS_OF_SHOW = 9
RUNS_STOPPED = 3
RUNS_OF_FIRST = 3
CLIP_S = 3
TRAILERS = str(Path(sys.executable).with_name("trailers"))
BARE = [sys.executable, "-c", "pass"]


def main() -> None:
    """Print both tables."""
    report_help()
    report_results()


def report_help() -> None:
    """Print the median seconds of `--help` and of a bare Python, and their ratio."""
    commands = {"python -c pass": BARE, "trailers --help": [TRAILERS, "--help"]}
    medians = {name: statistics.median(s) for name, s in _run_in_turns(commands, os.environ, n_runs=RUNS).items()}
    print(f"start: median of {RUNS} interleaved runs")
    for name, median in medians.items():
        print(f"{name:>18}{median:>8.3f} s")
    print(f"ratio {medians['trailers --help'] / medians['python -c pass']:.1f}\n")


def report_results() -> None:
    """Print how long a new process takes to show a stored result and to make a first one, database up and stopped."""
    with temporary_home() as home:
        clip = make_clip(home / "clip.mp4", seconds=CLIP_S)
        environment = _environment(home)
        with open_store(uri=None, home=home) as store:
            put_to_use(store, make_model(find_weights().features_id))
            analyze = [TRAILERS, "analyze", "--force", "--json", str(clip)]
            first = _run_in_turns({"first": analyze}, environment, n_runs=RUNS_OF_FIRST)["first"]
            show = [TRAILERS, "show", _trailer_id(analyze, environment)]
            shown = _run_in_turns({"show": show, "bare": BARE}, environment, n_runs=RUNS_OF_SHOW)
        stopped = [_run_stopped(show, environment, home) for _ in range(RUNS_STOPPED)]
        from_nothing = _run_stopped(analyze, environment, home)
    print("results: seconds of new processes, embedded database; medians")
    show_s, bare_s = statistics.median(shown["show"]), statistics.median(shown["bare"])
    _print_row("python -c pass", shown["bare"], "")
    _print_row("trailers show, database up", shown["show"], f"{show_s / bare_s:.1f} x a bare Python")
    _print_row("trailers show, database stopped", stopped, "starts mongod")
    _print_row(f"analyze a {CLIP_S}-s clip, database up", first, "loads TensorFlow and the weights")
    _print_row(f"analyze a {CLIP_S}-s clip, database stopped", [from_nothing], "and starts mongod")
    print()


def _print_row(name: str, seconds: Sequence[float], remark: str) -> None:
    print(f"{name:>42}{statistics.median(seconds):>8.2f} s   {remark}")


def _run_in_turns(
    commands: Mapping[str, Sequence[str]], environment: Mapping[str, str], *, n_runs: int
) -> dict[str, list[float]]:
    """Return the seconds of each run, the commands in turns, so that a noisy moment affects all."""
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(n_runs):
        for name, command in commands.items():
            seconds[name].append(_run(command, environment))
    return seconds


def _run(command: Sequence[str], environment: Mapping[str, str]) -> float:
    begun = time.perf_counter()
    subprocess.run(command, env=environment, check=True, capture_output=True)
    return time.perf_counter() - begun


def _run_stopped(command: Sequence[str], environment: Mapping[str, str], home: Path) -> float:
    """Return the seconds of a run that finds no database running."""
    left = leftovers(home)  # waits until there are none
    assert not left, f"the database did not stop: {left}"
    return _run(command, environment)


def _trailer_id(analyze: Sequence[str], environment: Mapping[str, str]) -> str:
    done = subprocess.run(analyze, env=environment, check=True, capture_output=True, text=True)
    trailer_id: str = json.loads(done.stdout)["trailer_id"]
    return trailer_id


def _environment(home: Path) -> dict[str, str]:
    outside = {name: value for name, value in os.environ.items() if name not in ("MONGODB_URI", "REDIS_URL")}
    return {**outside, "TRAILERS_HOME": str(home), "TRAILERS_WEIGHTS": str(find_weights().path)}


if __name__ == "__main__":
    main()
