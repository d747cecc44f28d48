"""Weights files: their ids, and the check that a downloaded one has not changed."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from extractor.errors import WeightsError
from extractor.features import make_features_id
from extractor.networks.names import INCEPTION

IMAGENET = "imagenet"
IMAGENET_FEATURES = f"{INCEPTION}-{IMAGENET}-"  # how their features_ids begin
IMAGENET_FILE = "inception_v3_weights_tf_dim_ordering_tf_kernels_notop.h5"
IMAGENET_URL = f"https://storage.googleapis.com/tensorflow/keras-applications/inception_v3/{IMAGENET_FILE}"
# Keras names its release by MD5 only; the SHA-256 of what it verified is pinned beside the file.
IMAGENET_MD5 = "bcbd6486424b2319ff4ef7d526e38f63"
KNOWN_SHA256 = {"1096b1a68360a4c3ab9d6193620de3978043fc97870e9cfda2343be3f9f437ec": "recon2015"}


@dataclass(frozen=True, slots=True)
class Weights:
    """A weights file on disk and its name in features_id."""

    name: str
    path: Path
    sha256: str
    backbone: str = INCEPTION

    @property
    def features_id(self) -> str:
        """The id of every vector made with these weights, known without loading them."""
        return make_features_id(self.backbone, self.name, self.sha256)


def given_weights(path: Path, *, backbone: str = INCEPTION) -> Weights:
    """Return the weights file a user named; raises WeightsError (no_weights) when it isn't there."""
    if not path.is_file():
        raise WeightsError(
            "no_weights",
            f"there is no weights file {str(path)!r}; give a file of {backbone} without top in TRAILERS_WEIGHTS or "
            "--backbone-weights, or leave it out to use the weights that are downloaded",
        )
    sha256 = file_digest(path, "sha256")
    is_imagenet = backbone == INCEPTION and file_digest(path, "md5") == IMAGENET_MD5
    name = KNOWN_SHA256.get(sha256, IMAGENET if is_imagenet else "custom")
    return Weights(name, path, sha256, backbone)


def cached_imagenet(cache: Path) -> Weights | None:
    """Return the downloaded ImageNet weights of Inception-V3 as `pinned_weights` does."""
    return pinned_weights(cache / IMAGENET_FILE, backbone=INCEPTION)


def pinned_weights(path: Path, *, backbone: str) -> Weights | None:
    """Return downloaded ImageNet weights, or None before the download.

    Raises WeightsError (weights_corrupt) when the file is no longer the one that was verified.
    """
    if not (path.is_file() and _pin_path(path).is_file()):
        return None
    sha256 = file_digest(path, "sha256")
    if sha256 != _pin_path(path).read_text().strip():
        raise WeightsError(
            "weights_corrupt", f"{str(path)!r} has changed since it was downloaded; delete it and run again"
        )
    return Weights(IMAGENET, path, sha256, backbone)


def pin_weights(path: Path, *, backbone: str) -> Weights:
    """Record the SHA-256 of a download that Keras has just verified, and return the weights."""
    sha256 = file_digest(path, "sha256")
    _pin_path(path).write_text(f"{sha256}\n")
    return Weights(IMAGENET, path, sha256, backbone)


def _pin_path(path: Path) -> Path:
    return path.with_name(f"{path.name}.sha256")


def file_digest(path: Path, algorithm: str) -> str:
    """Return the hex digest of a file of any size."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, algorithm).hexdigest()
