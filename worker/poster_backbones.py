"""Which network looks at posters: Inception-V3 as for trailers, or another of keras.applications."""

from contextlib import nullcontext
from pathlib import Path

from db.locks import try_lock
from extractor.applications import Application, find_architecture
from extractor.backbone import Backbone
from extractor.weights import BACKBONE, Weights, given_weights
from worker.runtime import DOWNLOAD_S, Runtime


def poster_weights(runtime: Runtime, backbone: str, given: Path | None) -> Weights:
    """Return the weights of a network by name: the file that is given, else those that are set, or ImageNet's.

    Raises UnknownBackbone (bad_source), WeightsError (no_weights, weights_corrupt).
    """
    find_architecture(backbone)
    if given is not None:
        return given_weights(given.absolute(), backbone=backbone)
    if backbone == BACKBONE:
        return runtime.weights
    from extractor.application_weights import find_application_weights

    home = runtime.settings.home
    home.mkdir(parents=True, exist_ok=True)
    with try_lock(home / "weights.lock", wait_s=DOWNLOAD_S) or nullcontext():  # of many processes one downloads
        return find_application_weights(backbone, runtime.settings.weights_cache)


def open_backbone(runtime: Runtime, weights: Weights) -> Backbone:
    """Return the network of these weights; the one that the runtime has already is not loaded a second time."""
    if weights.backbone != BACKBONE:
        return Application(weights)
    if weights.features_id == runtime.known_features_id():
        return runtime.backbone
    from extractor.inception import InceptionV3

    return InceptionV3(weights, precision=runtime.settings.precision or "float32")
