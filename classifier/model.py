"""GenreModel: a trained head with its genres and thresholds, kept as one file and asked for predictions."""

import hashlib
import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from classifier.artefact import MAX_BYTES, pack, pack_arrays, unpack, unpack_arrays
from classifier.calibration import Calibration
from classifier.errors import FeaturesMismatch, NoModel, UnsafeModel
from classifier.head import Head
from classifier.kinds import describe, restore_head
from classifier.manifest import Manifest, decode_manifest, encode_manifest
from classifier.prediction import GenrePrediction, GenreScore
from classifier.ragged import Ragged
from classifier.seen import Seen
from classifier.verdict import find_evidence, rank_genres, sigmoid, unsure_genres

_MANIFEST = "manifest.json"
_HEAD = "head.npz"
_SEEN = "seen.bin"
_NAMES = (_MANIFEST, _HEAD, _SEEN)
_LARGEST = float(np.finfo(np.float32).max)


@dataclass(frozen=True, eq=False)
class GenreModel:
    """What a model file holds: the manifest, the head that judges, and which films it has seen."""

    manifest: Manifest
    head: Head
    seen: Seen

    def __post_init__(self) -> None:
        if self.head.n_genres != len(self.genres):
            raise UnsafeModel(f"the head judges {self.head.n_genres} genres, {len(self.genres)} are named")

    @property
    def genres(self) -> tuple[str, ...]:
        """The genres in the order of the head's columns."""
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
        spec, arrays = describe(self.head)
        if spec != self.manifest.head:
            raise UnsafeModel(f"the manifest speaks of a head {self.manifest.head}, this one is {spec}")
        members = {_HEAD: pack_arrays(arrays), _SEEN: self.seen.digests}
        return pack({_MANIFEST: encode_manifest(self.manifest, sha256=_digests(members)), **members})

    @classmethod
    def from_bytes(cls, data: bytes, *, sha256: str | None = None) -> Self:
        """Return the model kept in `data`; raises UnsafeModel if anything in it is not as it should be."""
        found = hashlib.sha256(data).hexdigest()
        if sha256 is not None and found != sha256.lower():
            raise UnsafeModel(f"the model file's sha256 is {found}, not the {sha256} that was asked for")
        members = unpack(data, names=_NAMES)
        manifest, digests = decode_manifest(members.pop(_MANIFEST))
        if digests != _digests(members):
            raise UnsafeModel("the head in the model file is not the one its manifest names")
        head = restore_head(manifest.head, unpack_arrays(members[_HEAD]))
        model = cls(manifest, head, Seen(members[_SEEN]))
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
        """Return the genres of the trailer whose features are `vectors`, of shape (frames, dim).

        Raises FeaturesMismatch for features of another backbone, of another shape, with numbers that are not
        finite, or none at all.
        """
        self._check_features_id(features_id)
        vectors = self._checked(vectors)
        logits, seconds = self._judge(vectors)
        ranked = rank_genres(self.genres, sigmoid(logits).tolist(), thresholds=self.manifest.thresholds)
        timeline = self._by_genre(sigmoid(seconds))
        attention = self.head.attention(vectors) if self._judges_trailers else None
        return GenrePrediction(
            model_id=self.model_id,
            features_id=features_id,
            genres=ranked,
            evidence=find_evidence(ranked, timeline, None if attention is None else self._by_genre(attention)),
            timeline=timeline,
            warnings=self._warnings(ranked),
        )

    def predict_poster(self, vector: NDArray[np.floating], *, features_id: str) -> GenrePrediction:
        """Return the genres of the poster whose features are `vector`, of shape (dim,); raises as `predict`.

        A poster has no seconds: evidence and timeline are empty.
        """
        self._check_features_id(features_id)
        logits, _ = self._judge(self._checked(vector[None]))
        ranked = rank_genres(self.genres, sigmoid(logits).tolist(), thresholds=self.manifest.thresholds)
        return GenrePrediction(
            model_id=self.model_id,
            features_id=features_id,
            genres=ranked,
            evidence=(),
            timeline={},
            modalities=("poster",),
            warnings=self._unsure(ranked),
        )

    def scores(self, X: Ragged) -> NDArray[np.float64]:
        """Return the calibrated score of each genre for each of many sequences, of shape (n, genres)."""
        if self._judges_trailers:
            return sigmoid(self._calibration.apply(self.head.logits(X)))
        return sigmoid(np.stack([self._judge(sequence)[0] for sequence in X]))

    def _judge(self, vectors: NDArray[np.floating]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return calibrated log-odds of the whole, (genres,), and second by second, (frames, genres).

        A head that has learnt from single pictures judges each second by itself; the whole is their mean.
        """
        if not self._judges_trailers:
            seconds = self._calibration.apply(self.head.logits(Ragged.singles(vectors)))
            return seconds.mean(axis=0), seconds
        whole = self._calibration.apply(self.head.logits(Ragged.of([vectors])))
        return whole[0], self._calibration.apply(self.head.timeline(vectors))

    @property
    def _judges_trailers(self) -> bool:
        return self.manifest.trained_on.modality == "trailer"

    @cached_property
    def _calibration(self) -> Calibration:
        return Calibration(np.array(self.manifest.slopes), np.array(self.manifest.intercepts))

    def _by_genre(self, seconds: NDArray[np.float64]) -> dict[str, tuple[float, ...]]:
        return {genre: tuple(scores) for genre, scores in zip(self.genres, seconds.T.tolist(), strict=True)}

    def _check_features_id(self, features_id: str) -> None:
        if features_id != self.features_id:
            raise FeaturesMismatch(
                f"these features are {features_id!r}, but model {self.manifest.name!r} judges "
                f"{self.features_id!r}: `trailers analyze --force` computes the features anew with the "
                "current weights, `trailers models list` shows which model judges which"
            )

    def _warnings(self, ranked: Sequence[GenreScore]) -> tuple[str, ...]:
        if self._judges_trailers:
            return self._unsure(ranked)
        modality = self.manifest.trained_on.modality
        hint = f"This model was trained on {modality}s, not trailers: treat its scores as a hint."
        return (hint, *self._unsure(ranked))

    def _unsure(self, ranked: Sequence[GenreScore]) -> tuple[str, ...]:
        ends = zip(self.manifest.unsure_from, self.manifest.unsure_to, strict=True)
        unsure = unsure_genres(ranked, bands=dict(zip(self.genres, ends, strict=True)))
        if not unsure:
            return ()
        names = ", ".join(f"{row.genre} ({row.score:.2f})" for row in unsure)
        return (f"Unsure, too close to the threshold to call: {names}.",)

    def _checked(self, vectors: NDArray[np.floating]) -> NDArray[np.float32]:
        if vectors.ndim != 2 or vectors.shape[1] != self.head.dim or vectors.dtype.kind != "f":
            raise FeaturesMismatch(
                f"features must be floats of shape (frames, {self.head.dim}), "
                f"not {vectors.dtype} of shape {vectors.shape}"
            )
        if not len(vectors):
            raise FeaturesMismatch("there are no features: the trailer gave no frame")
        if not np.abs(vectors).max() <= _LARGEST:  # false for NaN as well
            raise FeaturesMismatch(
                "the features hold numbers that are not finite: `trailers analyze --force` computes them anew"
            )
        return vectors.astype(np.float32)


def _digests(members: dict[str, bytes]) -> dict[str, str]:
    return {name: hashlib.sha256(content).hexdigest() for name, content in members.items()}


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
