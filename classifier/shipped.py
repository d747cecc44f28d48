"""Shipped models: the trained models that come with Trailers."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from classifier.artefact import read_member
from classifier.manifest import Scope, decode, read_as

FOLDER = Path(__file__).with_name("models")


@dataclass(frozen=True, slots=True)
class ShippedModel:
    """A model file of the package, and the features it is for."""

    path: Path
    features_id: str
    modality: str


def shipped_models(features_id: str) -> list[ShippedModel]:
    """Return those for these features."""
    return [model for model in _all() if model.features_id == read_as(features_id)]


@cache
def _all() -> tuple[ShippedModel, ...]:
    """Return all, known by the scope in their manifests: nothing else of them is read."""
    found = []
    for path in sorted(FOLDER.glob("*.zip")):
        scope = decode(Scope, read_member(path, "manifest.json"))
        found.append(ShippedModel(path, scope.features_id, scope.modality))
    return tuple(found)
