"""GenreModel: a trained head with its genres and thresholds, kept as one file and asked for predictions."""

import hashlib
import os
import secrets
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from classifier.artefact import MAX_BYTES, pack, unpack
from classifier.errors import FeaturesMismatch, NoModel, UnsafeModel
from classifier.linear import DIM, LinearHead
from classifier.manifest import Manifest, decode_manifest, encode_manifest
from classifier.prediction import GenrePrediction
from classifier.verdict import find_evidence, rank_genres, sigmoid

_MANIFEST = "manifest.json"
_HEAD = "head.npz"
_LARGEST = float(np.finfo(np.float32).max)


@dataclass(frozen=True, eq=False)
class GenreModel:
    """What a model file holds: the manifest, and the head that judges."""

    manifest: Manifest
    head: LinearHead

    def __post_init__(self) -> None:
        if self.manifest.head != self.head.KIND:
            raise UnsafeModel(f"a head {self.manifest.head!r} is unknown to this version of trailers")
        if self.head.n_genres != len(self.genres):
            raise UnsafeModel(f"the head judges {self.head.n_genres} genres, {len(self.genres)} are named")

    @property
    def genres(self) -> tuple[str, ...]:
        """The genres in the order of the head's rows."""
        return self.manifest.genres

    @property
    def features_id(self) -> str:
        """The features this model was trained on, the only ones it judges."""
        return self.manifest.features_id

    @cached_property
    def model_id(self) -> str:
        """The sha256 of the whole model file, in hex."""
        return hashlib.sha256(self.to_bytes()).hexdigest()

    def to_bytes(self) -> bytes:
        """Return the model file; equal models are equal bytes."""
        head = self.head.to_npz()
        digests = {_HEAD: hashlib.sha256(head).hexdigest()}
        return pack({_MANIFEST: encode_manifest(self.manifest, sha256=digests), _HEAD: head})

    @classmethod
    def from_bytes(cls, data: bytes, *, sha256: str | None = None) -> Self:
        """Return the model kept in `data`; raises UnsafeModel if anything in it is not as it should be."""
        found = hashlib.sha256(data).hexdigest()
        if sha256 is not None and found != sha256.lower():
            raise UnsafeModel(f"the model file's sha256 is {found}, not the {sha256} that was asked for")
        members = unpack(data, names=(_MANIFEST, _HEAD))
        manifest, digests = decode_manifest(members[_MANIFEST])
        if digests != {_HEAD: hashlib.sha256(members[_HEAD]).hexdigest()}:
            raise UnsafeModel("the head in the model file is not the one its manifest names")
        model = cls(manifest, LinearHead.from_npz(members[_HEAD]))
        if model.to_bytes() != data:  # no room for hidden bytes, doubled keys, overlapping members
            raise UnsafeModel("the model file holds more than the model in it")
        return model

    def save(self, path: Path) -> None:
        """Write the model file whole or not at all; raises OSError."""
        part = path.with_name(f".{path.name}.{secrets.token_hex(6)}.part")
        try:
            with part.open("xb") as file:
                file.write(self.to_bytes())
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
        _sync_folder(path.parent)

    @classmethod
    def load(cls, path: Path, *, sha256: str | None = None) -> Self:
        """Return the model kept in a file; raises NoModel where there is none, else as `from_bytes`."""
        try:
            if not path.is_file():
                raise NoModel(f"there is no model file {path}; `trailers models list` shows the models")
            with path.open("rb") as file:
                data = file.read(MAX_BYTES + 1)
        except OSError as exc:
            raise UnsafeModel(f"the model file {path} can't be read: {exc}") from exc
        return cls.from_bytes(data, sha256=sha256)

    def predict(self, vectors: NDArray[np.floating], *, features_id: str) -> GenrePrediction:
        """Return the genres of the trailer whose features are `vectors`, of shape (frames, 2048).

        The timeline is the sigmoid of each second's logits; a genre's score is the sigmoid of their mean,
        which for this affine head equals judging the mean vector. Raises FeaturesMismatch for features of
        another backbone, of another shape, with numbers that are not finite, or none at all.
        """
        self._check_features_id(features_id)
        logits = self.head.logits(_checked(vectors))  # (frames, genres) float64
        seconds = sigmoid(logits).T.tolist()
        timeline = {genre: tuple(scores) for genre, scores in zip(self.genres, seconds, strict=True)}
        scores = sigmoid(logits.mean(axis=0)).tolist()
        ranked = rank_genres(self.genres, scores, thresholds=self.manifest.thresholds)
        return GenrePrediction(
            model_id=self.model_id,
            features_id=features_id,
            genres=ranked,
            evidence=find_evidence(ranked, timeline),
            timeline=timeline,
            warnings=self._warnings(),
        )

    def _check_features_id(self, features_id: str) -> None:
        if features_id != self.features_id:
            raise FeaturesMismatch(
                f"these features are {features_id!r}, but model {self.manifest.name!r} judges "
                f"{self.features_id!r}: `trailers analyze --force` computes the features anew with the "
                "current weights, `trailers models list` shows which model judges which"
            )

    def _warnings(self) -> tuple[str, ...]:
        modality = self.manifest.trained_on.modality
        if modality == "trailer":
            return ()
        return (f"This model was trained on {modality}s, not trailers: treat its scores as a hint.",)


def _checked(vectors: NDArray[np.floating]) -> NDArray[np.float64]:
    if vectors.ndim != 2 or vectors.shape[1] != DIM or vectors.dtype.kind != "f":
        raise FeaturesMismatch(
            f"features must be floats of shape (frames, {DIM}), not {vectors.dtype} of shape {vectors.shape}"
        )
    if not len(vectors):
        raise FeaturesMismatch("there are no features: the trailer gave no frame")
    values = vectors.astype(np.float64)
    if not np.abs(values).max() <= _LARGEST:  # false for NaN as well
        raise FeaturesMismatch(
            "the features hold numbers that are not finite: `trailers analyze --force` computes them anew"
        )
    return values


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
