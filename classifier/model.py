"""GenreModel: a trained join of heads with its genres and thresholds, kept as one file, that makes predictions."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Self

import numpy as np

from classifier.arrays import Floats, Vectors
from classifier.artefact import MAX_BYTES, pack, pack_arrays, unpack, unpack_arrays
from classifier.contributions import contribute
from classifier.data.training_films import TrainingFilms
from classifier.errors import FeaturesMismatch, NoModel, UnsafeModel
from classifier.evaluation.calibration import Calibration
from classifier.genre_sets import NO_SETS, GenreSets
from classifier.heads.linear import LogisticMean
from classifier.joins.base import HeadJoin, Join
from classifier.joins.kinds import describe_join, restore_join
from classifier.manifest import Decisions, Manifest, decode_manifest, encode_manifest, read_as
from classifier.prediction import DrivingWord, Evidence, GenrePrediction, GenreScore, Placement
from classifier.ragged import Ragged
from classifier.verdict import ROUNDING, find_evidence, find_words, log_odds, rank_genres, sigmoid
from classifier.view import MODALITIES, NAMES, OTHER_GENRES, PLOTS, TRAILER, View, join_names, readers_of
from classifier.views import Part, Views
from classifier.warnings import NOTHING, warn_of_inputs, warn_of_unsure
from classifier.whole_file import whole_file

_MANIFEST = "manifest.json"
_HEAD = "head.npz"
_SEEN = "seen.bin"
_NAMES = (_MANIFEST, _HEAD, _SEEN)
_LARGEST = float(np.finfo(np.float32).max)


@dataclass(frozen=True, eq=False)
class GenreModel:
    """The content of a model file: the manifest, the join of heads, and the films it was trained on.

    `origin` is the model_id of the model that was moved to make this one, "" for one as its file says, and `placement`
    what its predictions say of that.
    """

    manifest: Manifest
    join: Join
    seen: TrainingFilms
    origin: str = ""
    placement: Placement | None = None

    def __post_init__(self) -> None:
        if self.join.n_genres != len(self.genres):
            raise UnsafeModel(f"the head predicts {self.join.n_genres} genres, but {len(self.genres)} are named")
        if set(self.join.modalities) != set(self.manifest.inputs):
            raise UnsafeModel(f"heads of {self.join.modalities}, but the manifest names {self.manifest.modality}")

    @property
    def genres(self) -> tuple[str, ...]:
        """The genres in the order of the head's columns."""
        return self.manifest.genres

    @cached_property
    def model_id(self) -> str:
        """The sha256 of the whole model file, in hex; of a moved model that of the original."""
        return self.origin or hashlib.sha256(self.to_bytes()).hexdigest()

    def to_bytes(self) -> bytes:
        """Return the model file; equal models are equal bytes."""
        spec, arrays = describe_join(self.join)
        if spec != self.manifest.head:
            raise UnsafeModel(f"the manifest names a head {self.manifest.head}, but this one is {spec}")
        members = {_HEAD: pack_arrays(arrays), _SEEN: self.seen.digests}
        return pack({_MANIFEST: encode_manifest(self.manifest, sha256=_digests(members)), **members})

    @classmethod
    def from_bytes(cls, data: bytes, *, sha256: str | None = None) -> Self:
        """Return the model kept in `data`; raises UnsafeModel if anything in it is not valid."""
        found = hashlib.sha256(data).hexdigest()
        if sha256 is not None and found != sha256.lower():
            raise UnsafeModel(f"the model file's sha256 is {found}, not the {sha256} that was asked for")
        members = unpack(data, names=_NAMES)
        manifest, digests = decode_manifest(members.pop(_MANIFEST))
        if digests != _digests(members):
            raise UnsafeModel("the head in the model file is not the one its manifest names")
        modalities = [name for name in MODALITIES if name in manifest.inputs]
        join = restore_join(manifest.head, unpack_arrays(members[_HEAD]), modalities)
        model = cls(manifest, join, TrainingFilms(members[_SEEN]))
        if model.to_bytes() != data:  # no room for hidden bytes, doubled keys, overlapping members
            raise UnsafeModel("the model file holds more than the model in it")
        return model

    def save(self, path: Path) -> None:
        """Write the model file whole or not at all; raises OSError."""
        with whole_file(path) as part:
            part.write_bytes(self.to_bytes())

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

    def predict(self, views: Mapping[str, View]) -> GenrePrediction:
        """Return the prediction for a film of which `views` show something, by modality.

        `description` and `speech` are plots. Views that the model can't read are left out, and a warning says so; a
        model of posters reads each second of a trailer as if it were one. With nothing left, the prediction is the
        prior, of which nothing passes, and says so.
        Raises FeaturesMismatch for features of another backbone, of another shape, with numbers that are not finite,
        or none at all.
        """
        used = {name: view for name, view in views.items() if self.branch(name) is not None}
        seen = {name: self._checked(view, modality=self.branch(name) or name) for name, view in used.items()}
        notes = warn_of_inputs(
            self.manifest, self.join, views=views, used=used, stands_in=self.branch("trailer") != "trailer"
        )
        alone = {name: self.scores(_one({name: vectors}))[0] for name, vectors in seen.items()}
        scores = self.scores(_one(seen))[0] if len(seen) > 1 else next(iter(alone.values()), self._priors)
        decisions = self._decisions(seen)
        ranked = rank_genres(self.genres, scores.tolist(), thresholds=decisions.thresholds)
        if not seen:  # the prior says nothing of this film
            ranked = tuple(replace(score, passed=False) for score in ranked)
        timeline: Mapping[str, tuple[float, ...]] = {}
        evidence: tuple[Evidence, ...] = ()
        if "trailer" in seen:
            timeline, evidence = self._timeline(seen["trailer"], ranked, seconds=used["trailer"].seconds)
        return GenrePrediction(
            model_id=self.model_id,
            features_id=next((used[name].features_id for name in NAMES if name in used), self.manifest.features_id),
            genres=ranked,
            evidence=evidence,
            timeline=timeline,
            modalities=tuple(name for name in NAMES if name in used),
            words=self._words(used, ranked),
            alone={name: self._named(each) for name, each in alone.items()},
            contributions=self._contributions(seen),
            placement=self.placement and (self.placement if TRAILER in seen else self.placement.without_trailer),
            warnings=(*notes, *(warn_of_unsure(ranked, decisions, genres=self.genres) if used else (NOTHING,))),
        )

    def scores(self, views: Views) -> Floats:
        """Return the calibrated score of each genre for each of many films, (n, genres).

        As in `predict`: a trailer may stand in for a poster, views that the model can't read are left out, and with
        nothing left the scores are the prior.
        """
        log_odds = self.log_odds(views)
        return np.where(np.isnan(log_odds), self._priors, sigmoid(log_odds))

    def log_odds(self, views: Views) -> Floats:
        """Return the same before the sigmoid, (n, genres), NaN for films of which nothing can be read."""
        return self._log_odds(views, self._sets)

    def _log_odds(self, views: Views, sets: GenreSets) -> Floats:
        """Return log-odds; where a trailer is among the views, the genres speak for each other as in `sets`."""
        found = np.full((len(views), len(self.genres)), np.nan)
        if parts := self._parts(views):
            seen = Views(parts)
            logits = self.join.logits(seen)
            for modalities, rows in seen.patterns():
                if modalities:
                    found[rows] = _calibration(self._decisions(modalities)).apply(logits[rows])
                if TRAILER in modalities:
                    found[rows] += sets.say_of_others(found[rows] - log_odds(self._priors))
        return found

    def moved(self, *, trailer: Calibration | None, shares: Floats | None, placement: Placement | None) -> Self:
        """Return the model with its trailer's log-odds rescaled and its scores at other shares of the genres.

        None leaves them. Thresholds stay. Only a late join of heads on a trailer's mean frame can be rescaled.
        """
        join, manifest = self.join, self.manifest if shares is None else self.manifest.at_shares(shares)
        head = join.readers.get(TRAILER)
        if trailer is not None and isinstance(join, HeadJoin) and isinstance(head, LogisticMean):
            join = join.with_member(TRAILER, head.rescaled(trailer.slope, trailer.intercept))
        return replace(self, manifest=manifest, join=join, origin=self.model_id, placement=placement)

    def thresholds(self, views: Views) -> Floats:
        """Return the cut-off of each genre for each of many films, (n, genres): that for what the film has."""
        thresholds = np.empty((len(views), len(self.genres)))
        for modalities, rows in views.patterns():
            thresholds[rows] = self._decisions(modalities).thresholds
        return thresholds

    def branch(self, name: str) -> str | None:
        """Return the modality of the model that reads the view `name`, None if none does."""
        return next((modality for modality in readers_of(name) if modality in self.manifest.inputs), None)

    @property
    def _priors(self) -> Floats:
        return np.array(self.manifest.priors)

    @cached_property
    def _sets(self) -> GenreSets:
        """The sets of genres by which genres speak for each other: of a placed model, its own."""
        return self.manifest.read_sets() if self.manifest.placed_on and self.manifest.genre_sets else NO_SETS

    def _contributions(self, seen: Mapping[str, Vectors]) -> dict[str, dict[str, float]]:
        """Return what each view adds to the log-odds of each genre, and the evidence for other genres."""
        found = contribute(
            self.join,
            seen,
            branches={name: self.branch(name) or name for name in seen},
            calibration=_calibration(self._decisions(seen)),
            base=log_odds(self._priors),
            log_odds=lambda some: self.log_odds(_one(some))[0],
        )
        if self._sets is not NO_SETS and TRAILER in seen:
            found[OTHER_GENRES] = self.log_odds(_one(seen))[0] - self._log_odds(_one(seen), NO_SETS)[0]
        named = {name: self._named(each) for name, each in found.items()}
        return {genre: {name: each[genre] for name, each in named.items()} for genre in self.genres if named}

    def _named(self, values: Floats) -> dict[str, float]:
        return dict(zip(self.genres, values.tolist(), strict=True))

    def _parts(self, views: Views) -> dict[str, Part]:
        """Return the model's modalities of many films.

        Where trailers stand in for posters, their frames do, and with a poster beside them each counts half.
        """
        parts = {name: part for name, part in views.parts.items() if name in self.manifest.inputs}
        if "trailer" in views.parts and self.branch("trailer") == "poster":
            frames = views.parts["trailer"]
            parts["poster"] = frames.beside(parts["poster"]) if "poster" in parts else frames
        return parts

    def _timeline(
        self, vectors: Vectors, ranked: Sequence[GenreScore], *, seconds: Sequence[int]
    ) -> tuple[dict[str, tuple[float, ...]], tuple[Evidence, ...]]:
        """Return timeline and evidence of the trailer by itself, second by second.

        Evidence is not below the genre's share, and without it the trailer would say no more of the genre. Each genre
        is by itself here: what others say of it belongs to no second.
        """
        branch = self.branch("trailer") or "trailer"
        if branch == "trailer":
            logits = self.join.timeline(branch, vectors)
        else:  # it has learnt from single pictures: each second by itself
            logits = self.join.logits(Views({branch: Part(Ragged.singles(vectors), np.arange(len(vectors)), "")}))
        found = _calibration(self.manifest.decisions[branch]).apply(logits)
        floor = self._named(log_odds(self._priors))
        strongest = find_evidence(ranked, self._by_genre(found), floor=floor, seconds=seconds)
        whole = self._named(self._log_odds(_one({"trailer": vectors}), NO_SETS)[0])
        evidence = tuple(it for it in strongest if self._without(it, vectors) <= whole[it.genre] + ROUNDING)
        return self._by_genre(sigmoid(found)), evidence

    def _without(self, stretch: Evidence, vectors: Vectors) -> float:
        """Return the log-odds of the stretch's genre for the rest of the trailer, minus infinity for no rest."""
        rest = np.delete(vectors, np.s_[int(stretch.start_s) : int(stretch.end_s)], axis=0)
        if not len(rest):
            return -np.inf
        return self._named(self._log_odds(_one({"trailer": rest}), NO_SETS)[0])[stretch.genre]

    def _words(self, used: Mapping[str, View], ranked: Sequence[GenreScore]) -> tuple[DrivingWord, ...]:
        view = next((used[name] for name in PLOTS if name in used), None)
        if view is None or not view.words:
            return ()
        vectors = view.vectors.astype(np.float32)
        is_informative = self.join.readers["plot"].is_informative(vectors)
        named = [word for word, it in zip(view.words, is_informative.tolist(), strict=True) if it]
        return find_words(ranked, named, self._by_genre(self.join.contributions("plot", vectors)[is_informative]))

    def _by_genre(self, columns: Floats) -> dict[str, tuple[float, ...]]:
        return {genre: tuple(scores) for genre, scores in zip(self.genres, columns.T.tolist(), strict=True)}

    def _decisions(self, names: Iterable[str]) -> Decisions:
        """Return the decisions for views of these names; where the model can read none of them, those for all."""
        branches = {branch for name in names if (branch := self.branch(name))}
        return self.manifest.decisions[join_names(branches)] if branches else self.manifest.whole

    def _checked(self, view: View, *, modality: str) -> Vectors:
        wanted, vectors = self.manifest.reads[modality], view.vectors
        if read_as(view.features_id) != wanted:
            raise FeaturesMismatch(
                f"these features are {view.features_id!r}, but model {self.manifest.name!r} needs "
                f"{wanted!r}: `trailers analyze --force` computes the features again with the "
                "current weights, `trailers models list` shows which features each model needs"
            )
        dim = self.join.readers[modality].dim
        if vectors.ndim != 2 or vectors.shape[1] != dim or vectors.dtype.kind != "f":
            raise FeaturesMismatch(
                f"features must be floats of shape (frames, {dim}), not {vectors.dtype} of shape {vectors.shape}"
            )
        if not len(vectors):
            raise FeaturesMismatch("there are no features: the trailer has no frame")
        if not np.abs(vectors).max() <= _LARGEST:  # false for NaN as well
            raise FeaturesMismatch(
                "the features hold numbers that are not finite: `trailers analyze --force` computes them again"
            )
        return vectors.astype(np.float32)


def _one(seen: Mapping[str, Vectors]) -> Views:
    """Return one film with these views, which have names of their own only where the model reads them so."""
    return Views.of_one({readers_of(name)[0]: vectors for name, vectors in seen.items()})


def _calibration(decisions: Decisions) -> Calibration:
    return Calibration(np.array(decisions.slopes), np.array(decisions.intercepts))


def _digests(members: dict[str, bytes]) -> dict[str, str]:
    return {name: hashlib.sha256(content).hexdigest() for name, content in members.items()}
