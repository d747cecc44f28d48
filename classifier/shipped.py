"""Shipped models: the trained models that come with Trailers."""

import hashlib
import zipfile
from functools import cache
from pathlib import Path

from classifier.manifest import Scope, decode, read_as

FOLDER = Path(__file__).with_name("models")
STARTER_MODEL = FOLDER / "starter.zip"


def shipped_models(features_id: str) -> dict[str, Path]:
    """Return the model files for these features, by the modalities that they read."""
    return {scope.modality: path for path, scope in _scopes().items() if scope.features_id == read_as(features_id)}


def all_shipped() -> tuple[Path, ...]:
    """Return the files of all models that ship."""
    return tuple(_scopes())


@cache
def shipped_id(path: Path) -> str:
    """Return the model_id of a model file that ships, without reading what is in it."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


@cache
def _scopes() -> dict[Path, Scope]:
    """Return the scope of each model file: nothing else of its manifest is read."""
    members = {path: zipfile.Path(path, "manifest.json") for path in sorted(FOLDER.glob("*.zip"))}
    return {path: decode(Scope, manifest.read_bytes()) for path, manifest in members.items()}
