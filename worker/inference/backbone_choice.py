"""Which backbone looks at trailers: Inception-V3 where a model judges its features, else the starter that ships."""

from collections.abc import Callable
from dataclasses import dataclass

from extractor.errors import WeightsError
from extractor.features import backbone_of
from extractor.networks.names import INCEPTION, STARTER
from extractor.networks.registry import BACKBONES
from extractor.networks.starter import starter_weights
from extractor.networks.weights import Weights, given_weights
from worker.settings import AUTO, Settings

SWITCH = (
    "To switch, set TRAILERS_BACKBONE=inception_v3 and train a model of its features (trailers train --help) or import "
    "one (trailers models import FILE)"
)
SEEN_BY_STARTER = f"Seen by the starter, the small network that ships with Trailers, not by Inception-V3. {SWITCH}."


@dataclass(frozen=True, slots=True)
class Choice:
    """The weights that are used, and, where the starter stands in for Inception-V3, why."""

    weights: Weights
    reason: str | None = None

    @property
    def warning(self) -> str | None:
        """What a user must hear of it."""
        if self.reason is None:
            return None
        return f"Warning: the starter, the small network that ships with Trailers, is used: {self.reason}. {SWITCH}."


@dataclass(frozen=True, slots=True)
class Models:
    """What is known of the models in use: whether any judges trailers by features of an id, or by ImageNet's."""

    judge: Callable[[str], bool]
    judge_imagenet: Callable[[], bool]


def choose_weights(settings: Settings, models: Models, *, fetch: Callable[[str], Weights] | None) -> Choice | None:
    """Return the weights that look at trailers, None where `fetch` would be needed to know and is None.

    `auto` takes Inception-V3's if they are here, or `fetch` gets them, and a model judges their features. Raises
    WeightsError (no_weights, weights_corrupt).
    """
    if settings.backbone != AUTO:
        weights = find_present(settings, settings.backbone) or (fetch(settings.backbone) if fetch else None)
        return Choice(weights) if weights else None
    present = find_present(settings, INCEPTION)
    if present is None:
        if not models.judge_imagenet():
            return _starter("Inception-V3's weights are not here, and no model judges its features yet")
        if fetch is None:
            return None
        try:
            present = fetch(INCEPTION)
        except WeightsError as exc:
            if exc.code != "no_weights":
                raise
            return _starter(str(exc))
    if models.judge(present.features_id):
        return Choice(present)
    return _starter(f"no model judges features of {present.features_id} yet")


def find_present(settings: Settings, backbone: str) -> Weights | None:
    """Return a backbone's weights, given, downloaded before or shipped, None where they would have to be downloaded.

    TRAILERS_WEIGHTS is a file of the backbone that is set if it takes one, else of Inception-V3.
    """
    is_set = settings.backbone != AUTO and not BACKBONES[settings.backbone].weights_ship
    if settings.weights is not None and backbone == (settings.backbone if is_set else INCEPTION):
        return given_weights(settings.weights, backbone=backbone)
    return BACKBONES[backbone].find_weights(settings.weights_cache)


def notes_on(features_id: str) -> tuple[str, ...]:
    """Return what must be said of every verdict that rests on such features."""
    return (SEEN_BY_STARTER,) if backbone_of(features_id) == STARTER else ()


def _starter(reason: str) -> Choice:
    return Choice(starter_weights(), reason)
