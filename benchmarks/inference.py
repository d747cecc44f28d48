"""Inference alone, in turns with the machine's ceiling: decoded frames in memory, a process for each precision."""

import json
import os
import statistics
import sys
import time
from collections.abc import Mapping, Sequence
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.backbones import make_backbone
from benchmarks.ceiling import make_works
from benchmarks.children import ask
from benchmarks.goals import verdict
from extractor.limits import Limits
from extractor.precision import PRECISIONS, Precision
from extractor.video.frames import FrameStream
from extractor.video.probe import probe

GFLOP = 11.42  # of Inception-V3 without top for a frame, a multiply-add counted as two
N_TURNS = 18
GOALS = {"float32": 0.85, "bfloat16": 0.80}


def report(video: Path) -> None:
    """Print frames a second of each precision, what the machine could do at most, and the share of it."""
    print(f"inference: batches of real frames, {N_TURNS} turns with products of the same dtype; medians")
    print(f"{'precision':>12}{'frames/s':>10}{'ceiling GFLOP/s':>17}{'frames/s':>10}{'share':>8}   best product")
    for precision in PRECISIONS:
        answer, _ = ask("benchmarks.inference", precision, str(video))
        _print_row(precision, answer["frames_s"], answer["gflop_s"])
    print()


def _print_row(precision: str, frames_s: Sequence[float], gflop_s: Mapping[str, Sequence[float]]) -> None:
    works = {name: statistics.median(speeds) for name, speeds in gflop_s.items()}
    best = max(works, key=lambda name: works[name])
    speed, ceiling = statistics.median(frames_s), works[best] / GFLOP
    print(f"{precision:>12}{speed:>10.1f}{works[best]:>17.0f}{ceiling:>10.1f}{speed / ceiling:>8.0%}   {best}")
    others = ", ".join(f"{name} {gflops:.0f}" for name, gflops in works.items())
    of_best = max(frames_s) / (max(gflop_s[best]) / GFLOP)
    share = verdict(speed / ceiling, at_least=GOALS[precision], form=".0%")
    print(f"{'':>12}share {share}; best turn against best product {of_best:.0%}; {others}", flush=True)


def measure(precision: Precision, video: Path) -> dict[str, Any]:
    """Return frames a second in each turn, and GFLOP a second of each product in the same turns."""
    with FrameStream(video, probe(video, limits=Limits())) as stream:
        frames = np.concatenate(list(stream))
    backbone, works = make_backbone(precision), make_works(precision)
    size = backbone.batch_size
    frames = np.tile(frames, (-(-size // len(frames)), 1, 1, 1))  # a GPU's batch may be longer than the video
    batches = [frames[start : start + size] for start in range(0, len(frames) - size + 1, size)]
    frames_s: list[float] = []
    gflop_s: dict[str, list[float]] = {work.name: [] for work in works}
    for _ in range(2):
        backbone(batches[0])
    for batch in islice(cycle(batches), N_TURNS):
        begun = time.perf_counter()
        backbone(batch)
        frames_s.append(len(batch) / (time.perf_counter() - begun))
        for work in works:
            gflop_s[work.name].append(work.gflop_s())
    return {"frames_s": frames_s, "gflop_s": gflop_s}


if __name__ == "__main__":
    (named,) = (precision for precision in PRECISIONS if precision == sys.argv[1])
    print(json.dumps(measure(named, Path(sys.argv[2]))), flush=True)
    os._exit(0)  # TensorFlow's tear-down has nothing to tell
