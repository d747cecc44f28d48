"""Speed of the starter beside Inception-V3: the networks alone, and from a 360p film to its features.

`python -m benchmarks.starter_speed VIDEO` measures one video, in turns, both networks loaded and warm.
"""

import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.backbones import fastest_precision, make_backbone
from benchmarks.children import measure_in_child
from benchmarks.films import Film, get_film, length_s
from extractor.limits import Limits
from extractor.networks.inception import Network
from extractor.networks.starter import Starter, starter_weights
from extractor.video.arguments import Shape
from extractor.video.extraction import extract_features
from extractor.video.frames import FrameStream
from extractor.video.probe import probe

N_TURNS, N_FILMS = 12, 3
WORKS = ("network", "360p film")
BATCHES = {"starter": 8, "Inception-V3": 2}  # of a turn, which then takes about a second
Frames = NDArray[np.uint8]


def report() -> None:
    """Print frames a second of both, and their ratios."""
    measured, _ = measure_in_child("benchmarks.starter_speed", str(get_film(Film("h264", 360, length_s()))))
    print(f"\nframes a second in {fastest_precision()}, medians; a synthetic 360p film of {length_s():g} s")
    for work in WORKS:
        rates = {name: statistics.median(measured[f"{name}, {work}"]) for name in BATCHES}
        both = ", ".join(f"{name} {rate:.1f}" for name, rate in rates.items())
        print(f"{work:>10}: {both}; ratio {rates['starter'] / rates['Inception-V3']:.2f}")


def measure(video: Path) -> dict[str, Any]:
    """Return the frames a second of each turn."""
    networks: dict[str, Network] = {
        "starter": Starter(starter_weights(), precision=fastest_precision()),
        "Inception-V3": make_backbone(fastest_precision()),
    }
    works: dict[str, tuple[Callable[[], int], int]] = {}
    for name, network in networks.items():
        works[f"{name}, network"] = _inference(network, [_batch(network, video)] * BATCHES[name]), N_TURNS
        works[f"{name}, 360p film"] = _extraction(network, video), N_FILMS
    measured: dict[str, Any] = {name: [] for name in works}
    for turn in range(N_TURNS):
        for name, (work, n_turns) in list(works.items())[:: -1 if turn % 2 else 1]:
            if turn < n_turns:
                measured[name].append(_rate(work))
    return measured


def _batch(network: Network, video: Path) -> Frames:
    """Return the film's first batch, once the network has loaded with it."""
    with FrameStream(video, probe(video, limits=Limits()), shape=Shape(network.frame_size)) as stream:
        batch = next(iter(stream))
    network(batch)
    return batch


def _inference(network: Network, batches: list[Frames]) -> Callable[[], int]:
    return lambda: sum(len(network(batch)) for batch in batches)


def _extraction(network: Network, video: Path) -> Callable[[], int]:
    return lambda: len(extract_features(video, network))


def _rate(work: Callable[[], int]) -> float:
    begun = time.perf_counter()
    n_frames = work()
    return n_frames / (time.perf_counter() - begun)


if __name__ == "__main__":
    print(json.dumps(measure(Path(sys.argv[1]))), flush=True)
    os._exit(0)  # TensorFlow's tear-down adds nothing
