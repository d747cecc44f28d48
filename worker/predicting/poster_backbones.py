"""Backbones for posters, by name: those of trailers, and those of keras.applications."""

from contextlib import nullcontext
from pathlib import Path

from db.embedded.locks import try_lock
from extractor.networks.applications import Application, find_architecture
from extractor.networks.backbone import Backbone
from extractor.networks.names import INCEPTION, STARTER
from extractor.networks.registry import NETWORKS, open_network
from extractor.networks.starter import starter_weights
from extractor.networks.weights import Weights, given_weights
from worker.errors import WorkerError
from worker.runtime import DOWNLOAD_S, Runtime
from worker.settings import AUTO, Settings


def poster_weights(runtime: Runtime, backbone: str, given: Path | None) -> Weights:
    """Return the weights of a backbone by name: the given file, else those of the settings, or ImageNet's.

    Raises UnknownBackbone (bad_source), WeightsError (no_weights, weights_corrupt), WorkerError (bad_source).
    """
    if backbone == STARTER:
        if given is not None:
            raise WorkerError("bad_source", "the starter has weights of its own: leave out --backbone-weights")
        return starter_weights()
    find_architecture(backbone)
    if given is not None:
        return given_weights(given.absolute(), backbone=backbone)
    if backbone == INCEPTION:
        return runtime.inception_weights
    from extractor.networks.application_weights import find_application_weights

    home = runtime.settings.home
    home.mkdir(parents=True, exist_ok=True)
    with try_lock(home / "weights.lock", wait_s=DOWNLOAD_S) or nullcontext():  # of many processes one downloads
        return find_application_weights(backbone, runtime.settings.weights_cache)


def training_backbone(settings: Settings, named: str | None) -> str:
    """Return the backbone that a model of posters is trained on: the one named, else the one set, else Inception-V3.

    It may differ from that of trailers, which is the starter as long as there is no other model.
    """
    return named or (INCEPTION if settings.backbone == AUTO else settings.backbone)


def open_backbone(runtime: Runtime, weights: Weights) -> Backbone:
    """Return the backbone with these weights."""
    if weights.backbone not in NETWORKS:
        return Application(weights)
    return open_network(weights, precision=runtime.precision_of(weights))
