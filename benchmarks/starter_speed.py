"""How much faster the starter is than Inception-V3: the networks alone, and from a 360p film to its features.

`python -m benchmarks.starter_speed VIDEO` measures one video here; all in turns, both networks loaded and warm.
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

from benchmarks.backbones import fastest, make_backbone
from benchmarks.children import ask
from benchmarks.films import Film, get_film, length_s
from benchmarks.goals import verdict
from extractor.limits import Limits
from extractor.networks.inception import Network
from extractor.networks.starter import Starter, starter_weights
from extractor.video.extraction import extract_features
from extractor.video.frames import FrameStream
from extractor.video.probe import probe

N_TURNS, N_FILMS = 12, 3
GOALS = {"network": 5.0, "360p film": 2.0}
BATCHES = {"starter": 8, "Inception-V3": 2}  # of a turn: each takes about a second
Frames = NDArray[np.uint8]


def report() -> None:
    """Print frames a second of both, and the ratios beside their goals."""
    answer, _ = ask("benchmarks.starter_speed", str(get_film(Film("h264", 360, length_s()))))
    print(f"\nframes a second in {fastest()}, medians; a synthetic 360p film of {length_s():g} s")
    for what, goal in GOALS.items():
        rates = {name: statistics.median(answer[f"{name}, {what}"]) for name in BATCHES}
        said = ", ".join(f"{name} {rate:.1f}" for name, rate in rates.items())
        print(f"{what:>10}: {said}; ratio {verdict(rates['starter'] / rates['Inception-V3'], at_least=goal)}")


def measure(video: Path) -> dict[str, Any]:
    """Return the frames a second of each turn."""
    networks: dict[str, Network] = {
        "starter": Starter(starter_weights(), precision=fastest()),
        "Inception-V3": make_backbone(fastest()),
    }
    works: dict[str, tuple[Callable[[], int], int]] = {}
    for name, network in networks.items():
        works[f"{name}, network"] = _inference(network, [_batch(network, video)] * BATCHES[name]), N_TURNS
        works[f"{name}, 360p film"] = _extraction(network, video), N_FILMS
    answer: dict[str, Any] = {name: [] for name in works}
    for turn in range(N_TURNS):
        for name, (work, n_turns) in list(works.items())[:: -1 if turn % 2 else 1]:
            if turn < n_turns:
                answer[name].append(_rate(work))
    return answer


def _batch(network: Network, video: Path) -> Frames:
    """Return the film's first batch, and have the network loaded."""
    with FrameStream(video, probe(video, limits=Limits()), size=network.frame_size) as stream:
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
    os._exit(0)  # TensorFlow's tear-down has nothing to tell
