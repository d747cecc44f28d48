"""Heads on planted tasks (synthetic) and on real data, beside the trivial baselines; grouped splits.

TRAILERS_BENCH_TASKS=planted,captions,posters chooses some of them.
"""

import os
from collections.abc import Callable, Mapping

from benchmarks.heads_table import measure, print_lines
from benchmarks.planted_table import print_planted
from benchmarks.real_data import LMTD9, SHARED, captions, posters
from classifier.data.split import make_split
from classifier.heads.kinds import FRAME_KINDS

POOLED = ("forest", "logistic_mean", "mlp")  # those for rows of one frame
SEED = 0


def main() -> None:
    """Print the tables."""
    tasks: Mapping[str, Callable[[], None]] = {
        "planted": print_planted,
        "captions": _print_captions,
        "posters": _print_posters,
    }
    chosen = os.environ.get("TRAILERS_BENCH_TASKS", ",".join(tasks)).split(",")
    for name in chosen:
        if name != "planted" and not SHARED.is_dir():
            print(f"{name}: needs the real data (../shared/data), which is not on this machine")
            continue
        print(f"\n## {name}", flush=True)
        tasks[name]()


def _print_captions() -> None:
    data, split = captions(seed=SEED)
    lines = measure(data, split, heads=FRAME_KINDS)
    print_lines(f"captions of the clips of {len(data):,} films, in order", lines)


def _print_posters() -> None:
    # a forest for each of 21 genres takes a quarter of an hour, and is the worst of them on nine
    tables = ((LMTD9, "nine genres", POOLED), (None, "all genres with 50 posters", ("logistic_mean", "mlp")))
    for genres, title, heads in tables:
        data = posters(genres=genres)
        lines = measure(data, make_split(data, seed=SEED), heads=heads)
        print_lines(f"{len(data):,} posters, {title}", lines)
