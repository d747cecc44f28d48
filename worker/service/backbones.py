"""Backbones on this machine: which are installed, whose weights are here, and how fast each is."""

import time
from dataclasses import dataclass

import numpy as np

from extractor.errors import WeightsError
from extractor.networks.registry import Registration, find_backbone, open_network
from extractor.networks.weights import Weights
from worker.inference.backbone_choice import find_present
from worker.runtime import Runtime

N_BATCHES = 5  # timed; the fastest counts


@dataclass(frozen=True, slots=True)
class BackboneState:
    """A backbone here: frames of `frame_size` pixels a side in, vectors of `width` numbers out.

    `features_id` is None where its weights are not here, `frames_per_s` where it was not measured; `advice` says what
    to do so that it can be used.
    """

    name: str
    width: int
    frame_size: int
    for_trailers: bool
    is_installed: bool
    features_id: str | None
    frames_per_s: float | None
    advice: str


def find_state(runtime: Runtime, name: str, *, measured: bool) -> BackboneState:
    """Return the state of a backbone; its network runs if it is `measured`.

    Raises UnknownBackbone (bad_source), WeightsError (weights_corrupt) for a network that doesn't load.
    """
    backbone = find_backbone(name)
    weights, advice = _find_weights(runtime, name, backbone)
    return BackboneState(
        name=name,
        width=backbone.dim,
        frame_size=backbone.frame_size,
        for_trailers=backbone.for_trailers,
        is_installed=backbone.is_installed,
        features_id=weights.features_id if weights else None,
        frames_per_s=_measure(runtime, weights) if weights and measured else None,
        advice=advice,
    )


def _find_weights(runtime: Runtime, name: str, backbone: Registration) -> tuple[Weights | None, str]:
    if not backbone.is_installed:
        return None, f"install it: .venv/bin/python -m pip install {backbone.package}"
    try:
        weights = find_present(runtime.settings, name)
    except WeightsError as exc:
        return None, str(exc)
    return weights, "" if weights else "its weights are downloaded when it is first used"


def _measure(runtime: Runtime, weights: Weights) -> float:
    """Return the frames a second of a network by itself, loaded and warm."""
    network = open_network(weights, precision=runtime.precision_of(weights))
    shape = (network.batch_size, network.frame_size, network.frame_size, 3)
    frames = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    network(frames)
    times = []
    for _ in range(N_BATCHES):
        begun = time.perf_counter()
        network(frames)
        times.append(time.perf_counter() - begun)
    return len(frames) / min(times)
