"""Which weights are used, what they are called, and that they are what they were."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from extractor.errors import WeightsError
from extractor.features import make_features_id
from extractor.networks.names import INCEPTION

IMAGENET = "imagenet"
IMAGENET_FEATURES = f"{INCEPTION}-{IMAGENET}-"  # how the ids of their features begin
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
    if backbone != INCEPTION:
        return _other_weights(path, backbone)
    if not path.is_file():
        raise WeightsError(
            "no_weights",
            f"TRAILERS_WEIGHTS names {str(path)!r}, which is no file; give an Inception-V3 .h5 file without "
            "top, or unset it to let Keras download ImageNet's",
        )
    sha256 = file_digest(path, "sha256")
    name = KNOWN_SHA256.get(sha256)
    if name is None:
        name = IMAGENET if file_digest(path, "md5") == IMAGENET_MD5 else "custom"
    return Weights(name, path, sha256)


def _other_weights(path: Path, backbone: str) -> Weights:
    if not path.is_file():
        raise WeightsError(
            "no_weights",
            f"--backbone-weights names {str(path)!r}, which is no file; give a {backbone} .h5 file without top, or "
            "leave it out to let Keras download ImageNet's",
        )
    return Weights("custom", path, file_digest(path, "sha256"), backbone)


def cached_imagenet(cache: Path) -> Weights | None:
    """Return the downloaded ImageNet weights, or None before the first download.

    Raises WeightsError (weights_corrupt) when the file is no longer the one that was verified.
    """
    path, pin = cache / IMAGENET_FILE, cache / f"{IMAGENET_FILE}.sha256"
    if not (path.is_file() and pin.is_file()):
        return None
    sha256 = file_digest(path, "sha256")
    if sha256 != pin.read_text().strip():
        raise WeightsError(
            "weights_corrupt", f"{str(path)!r} has changed since it was downloaded; delete it and run again"
        )
    return Weights(IMAGENET, path, sha256)


def pin_imagenet(cache: Path) -> Weights:
    """Note the SHA-256 of a download that Keras has just verified, and return the weights."""
    path = cache / IMAGENET_FILE
    sha256 = file_digest(path, "sha256")
    (cache / f"{IMAGENET_FILE}.sha256").write_text(f"{sha256}\n")
    return Weights(IMAGENET, path, sha256)


def file_digest(path: Path, algorithm: str) -> str:
    """Return the hex digest of a file of any size."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, algorithm).hexdigest()
