"""Choice of the backbone for trailers: Inception-V3 where a model uses its features, else the starter."""

from collections.abc import Callable
from dataclasses import dataclass

from extractor.errors import WeightsError
from extractor.networks.names import INCEPTION
from extractor.networks.registry import BACKBONES
from extractor.networks.starter import starter_weights
from extractor.networks.weights import IMAGENET_FEATURES, Weights, given_weights
from worker.settings import AUTO, Settings

SWITCH = (
    "To switch, set TRAILERS_BACKBONE=inception_v3 and train a model on its features (trailers train --use) or import "
    "one (trailers models import --use)"
)


@dataclass(frozen=True, slots=True)
class Choice:
    """The weights in use and, where the starter stands in for Inception-V3, the reason."""

    weights: Weights
    reason: str | None = None

    @property
    def warning(self) -> str | None:
        """What a user should know about the choice."""
        if self.reason is None:
            return None
        return f"Warning: the starter, the small network that ships with Trailers, is used: {self.reason}. {SWITCH}."


def choose_weights(
    settings: Settings, is_used: Callable[[str], bool], *, fetch: Callable[[str], Weights] | None
) -> Choice | None:
    """Return the weights for trailers, None where only a download could tell and `fetch` is None.

    `auto` takes Inception-V3's if they are here, or `fetch` downloads them, and a model uses their features: `is_used`
    tells whether one uses features whose id begins so. Raises WeightsError (no_weights, weights_corrupt).
    """
    if settings.backbone != AUTO:
        weights = find_present(settings, settings.backbone) or (fetch(settings.backbone) if fetch else None)
        return Choice(weights) if weights else None
    present = find_present(settings, INCEPTION)
    if present is None:
        if not is_used(IMAGENET_FEATURES):
            return _starter("Inception-V3's weights are not here, and no model uses its features yet")
        if fetch is None:
            return None
        try:
            present = fetch(INCEPTION)
        except WeightsError as exc:
            if exc.code != "no_weights":
                raise
            return _starter(str(exc))
    if is_used(present.features_id):
        return Choice(present)
    return _starter(f"no model uses features of {present.features_id} yet")


def find_present(settings: Settings, backbone: str) -> Weights | None:
    """Return a backbone's weights that are given, shipped or already downloaded, None if they must be downloaded.

    TRAILERS_WEIGHTS belongs to the backbone that is set, or to Inception-V3 where none is or its weights ship.
    """
    is_set = settings.backbone != AUTO and not BACKBONES[settings.backbone].weights_ship
    if settings.weights is not None and backbone == (settings.backbone if is_set else INCEPTION):
        return given_weights(settings.weights, backbone=backbone)
    return BACKBONES[backbone].find_weights(settings.weights_cache)


def _starter(reason: str) -> Choice:
    return Choice(starter_weights(), reason)
