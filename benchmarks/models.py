"""Heads on planted tasks (synthetic) and on the real data at hand, beside the trivial baselines; grouped splits.

TRAILERS_BENCH_TASKS=planted,posters,low-level,captions,leak chooses some of them.
"""

import os
from collections.abc import Callable, Mapping

from benchmarks import leak
from benchmarks.heads_table import measure, print_lines
from benchmarks.planted_table import print_planted
from benchmarks.real_data import LMTD9, MOVIELENS18, SHARED, captions, low_level, posters
from classifier.data.split import make_split
from classifier.heads.kinds import FRAME_KINDS

POOLED = ("forest", "logistic_mean", "mlp")  # what applies to rows of one frame
SEED = 0


def main() -> None:
    """Print the tables."""
    tasks: Mapping[str, Callable[[], None]] = {
        "planted": print_planted,
        "leak": leak.main,
        "low-level": _print_low_level,
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


def _print_low_level() -> None:
    for genres, column in ((MOVIELENS18, "genres_movielens"), (LMTD9, "genres_imdb")):
        data = low_level(genres=genres, column=column)
        lines = measure(data, make_split(data, seed=SEED), heads=POOLED)
        print_lines(f"seven low-level features of {len(data):,} real trailers, {column}", lines)


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
