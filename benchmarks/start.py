"""How soon the command answers: `trailers --help` against a bare Python, both medians of the same run."""

import statistics
import subprocess
import sys
import time
from pathlib import Path

RUNS = 15


def main() -> None:
    """Print the median seconds of each and their ratio."""
    trailers = str(Path(sys.executable).with_name("trailers"))
    commands = {"python -c pass": [sys.executable, "-c", "pass"], "trailers --help": [trailers, "--help"]}
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(RUNS):
        for name, command in commands.items():  # interleaved, so that a noisy moment strikes both
            begun = time.perf_counter()
            subprocess.run(command, check=True, capture_output=True)
            seconds[name].append(time.perf_counter() - begun)
    medians = {name: statistics.median(values) for name, values in seconds.items()}
    print(f"start: median of {RUNS} interleaved runs")
    for name, median in medians.items():
        print(f"{name:>18}{median:>8.3f} s")
    print(f"ratio {medians['trailers --help'] / medians['python -c pass']:.1f}\n")


if __name__ == "__main__":
    main()
