"""Weights files and their ids."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from extractor.errors import WeightsError
from extractor.features import make_features_id
from extractor.networks.names import INCEPTION

IMAGENET = "imagenet"
IMAGENET_FEATURES = f"{INCEPTION}-{IMAGENET}-"  # how their features_ids begin
IMAGENET_MD5 = "bcbd6486424b2319ff4ef7d526e38f63"  # by which Keras names the release for Inception-V3
KNOWN_SHA256 = {"1096b1a68360a4c3ab9d6193620de3978043fc97870e9cfda2343be3f9f437ec": "recon2015"}


@dataclass(frozen=True, slots=True)
class Weights:
    """A weights file on disk and its name in features_id.

    `picture_size` are the pixels a side of the pictures that the backbone is shown, None for its own size.
    """

    name: str
    path: Path
    sha256: str
    backbone: str = INCEPTION
    picture_size: int | None = None

    @property
    def features_id(self) -> str:
        """The id of every vector made with these weights, known without loading them."""
        return make_features_id(self.backbone, self.name, self.sha256, picture_size=self.picture_size)


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


def file_digest(path: Path, algorithm: str) -> str:
    """Return the hex digest of a file of any size."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, algorithm).hexdigest()
