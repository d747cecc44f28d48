"""Backbones for posters, by name."""

from dataclasses import replace
from pathlib import Path

from extractor.networks.backbone import Backbone
from extractor.networks.names import INCEPTION
from extractor.networks.registry import find_backbone, open_network
from extractor.networks.weights import Weights, given_weights
from worker.errors import WorkerError
from worker.runtime import Runtime
from worker.settings import AUTO, Settings


def poster_weights(runtime: Runtime, backbone: str, given: Path | None, *, picture_size: int | None = None) -> Weights:
    """Return the weights of a backbone by name: the given file, else those of the settings, or ImageNet's.

    They are for pictures of `picture_size`, by default the backbone's own. Raises UnknownBackbone (bad_source),
    WeightsError (no_weights, weights_corrupt), WorkerError (bad_source).
    """
    registration = find_backbone(backbone)
    if registration.weights_ship and given:
        raise _refused(backbone, "has weights of its own", "--backbone-weights")
    if picture_size and not registration.any_size:
        raise _refused(backbone, f"takes pictures of {registration.frame_size} pixels alone", "--picture-size")
    weights = runtime.weights_of(backbone) if given is None else given_weights(given.absolute(), backbone=backbone)
    return replace(weights, picture_size=None if picture_size == registration.frame_size else picture_size)


def _refused(backbone: str, why: str, option: str) -> WorkerError:
    return WorkerError("bad_source", f"{backbone} {why}: leave {option} out, or choose another --backbone")


def training_backbone(settings: Settings, named: str | None) -> str:
    """Return the backbone that a model of posters is trained on: the one named, else the one set, else Inception-V3.

    It may differ from that of trailers, which is the starter as long as there is no other model.
    """
    return named or (INCEPTION if settings.backbone == AUTO else settings.backbone)


def open_backbone(runtime: Runtime, weights: Weights) -> Backbone:
    """Return the network of these weights."""
    return open_network(weights, precision=runtime.precision_of(weights))
