"""Placements in a library: a model's scores moved to where its own trailers, and its genres' shares, say they belong.

The means and spreads of the log-odds that a placed model's head makes of the library's trailers are matched to those of
the trailers that placed it: no labels are needed. Shares of genres other than the model's move all its scores
(`TRAILERS_PRIORS`). Both are made again when what they rest on has grown by a quarter.
"""

import hashlib
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from classifier.arrays import Floats, Vectors
from classifier.data.label_matrix import label_matrix
from classifier.evaluation.placement import match
from classifier.heads.linear import LogisticMean
from classifier.model import GenreModel
from classifier.prediction import Placement
from classifier.view import TRAILER
from db.fields import now, row_labels
from db.records import PLACEMENT, Estimate, ModelRecord
from db.store import Store
from worker.settings import Settings

FEWEST, FEWEST_TAGGED = 100, 50  # trailers
GROWTH = 1.25
FRESH_S = 30.0  # for which a process takes an estimate as in effect without asking again
LIKE_MODEL = 20  # trailers: how much the model's own shares count beside those of the library's tags
AT_ONCE = 1024
MEANS, SPREADS, SHARES = "means", "spreads", "shares"


@dataclass(frozen=True, slots=True)
class Move:
    """How the scores of a model are moved: by an estimate of its trailers' log-odds, and to other shares of genres."""

    trailers: Estimate | None = None
    shares: Mapping[str, float] | None = None
    source: str = "films"

    @property
    def placement(self) -> Placement | None:
        """What a prediction for a trailer says of it, None where nothing moves."""
        found = self.trailers
        if found is None and self.shares is None:
            return None
        return Placement(found.n if found else 0, found.made_at if found else None, self.source)

    def inputs(self, modalities: tuple[str, ...]) -> dict[str, str]:
        """Return what it adds to the inputs of a prediction from these modalities: its digest, if a score moves."""
        found = self.trailers.values if self.trailers and TRAILER in modalities else None
        if found is None and self.shares is None:
            return {}
        text = json.dumps([found, self.shares], sort_keys=True, default=dict)
        return {PLACEMENT: hashlib.sha256(text.encode()).hexdigest()}


NOWHERE = Move()


class LibraryPlacer:
    """The moves of all models in one library, as the settings want them; `open_model` loads one."""

    def __init__(self, store: Store, settings: Settings, open_model: Callable[[ModelRecord], GenreModel]) -> None:
        self._store, self._settings, self._open = store, settings, open_model
        self._moves: dict[str, tuple[float, Move]] = {}
        self._models: dict[str, tuple[Move, GenreModel]] = {}

    def find(self, record: ModelRecord) -> Move:
        """Return how this model's scores are moved now, estimated again where the library has grown."""
        asked_at, move = self._moves.get(record.model_id, (float("-inf"), NOWHERE))
        if time.monotonic() - asked_at > FRESH_S:
            move = self._find(record)
            self._moves[record.model_id] = time.monotonic(), move
        return move

    def open(self, record: ModelRecord, move: Move) -> GenreModel:
        """Return the model, moved; as it is where nothing moves."""
        model = self._open(record)
        if move == NOWHERE:
            return model
        kept, found = self._models.get(record.model_id, (NOWHERE, model))
        if kept != move:
            found = _move(model, move)
            self._models[record.model_id] = move, found
        return found

    def _find(self, record: ModelRecord) -> Move:
        priors = self._settings.priors
        shares: Mapping[str, float] | None = priors if isinstance(priors, dict) else None
        if priors == "library" and (found := self._estimate_shares(record)):
            shares = dict(zip(record.genres, found.values[SHARES], strict=True))
        source = "films" if shares is None else "file" if isinstance(priors, dict) else "library"
        matches = self._settings.placement == "auto" and TRAILER in record.card.modality.split("+")
        return Move(self._estimate_trailers(record) if matches else None, shares, source)

    def _estimate_trailers(self, record: ModelRecord) -> Estimate | None:
        """Return mean and spread of each genre's log-odds over the library's trailers, None where they are too few."""

        def measure() -> Mapping[str, tuple[float, ...]] | None:
            model = self._open(record)
            head = model.join.readers[TRAILER]
            if model.manifest.placed_on is None or not isinstance(head, LogisticMean):
                return None
            logits = self._logits(head, record.features_id)
            logits = logits[np.isfinite(logits).all(axis=1)]
            if not len(logits):
                return None
            return {MEANS: tuple(logits.mean(axis=0).tolist()), SPREADS: tuple(logits.std(axis=0).tolist())}

        n = self._store.features.count(record.features_id)
        return self._current(record, record.features_id, n, fewest=FEWEST, measure=measure)

    def _logits(self, head: LogisticMean, features_id: str) -> Floats:
        """Return the head's log-odds of each trailer's mean frame, (trailers, genres), however long it is."""
        found, waiting = list[Floats](), list[Vectors]()
        for _, _, vector in self._store.features.pooled(features_id):
            waiting.append(vector)
            if len(waiting) == AT_ONCE:
                found.append(head.timeline(np.stack(waiting)))
                waiting = []
        if waiting:
            found.append(head.timeline(np.stack(waiting)))
        return np.concatenate(found) if found else np.empty((0, head.n_genres))

    def _estimate_shares(self, record: ModelRecord) -> Estimate | None:
        """Return the genres' shares by the tags of the house and its reviews, None where they are too few."""

        def measure() -> Mapping[str, tuple[float, ...]]:
            priors = np.array(self._open(record).manifest.priors)
            labels = [row_labels(each) for each in self._store.labels.house_tags()]
            Y, known = label_matrix(labels, record.genres)
            shares = (Y.sum(axis=0) + LIKE_MODEL * priors) / (known.sum(axis=0) + LIKE_MODEL)
            return {SHARES: tuple(shares.tolist())}

        n = self._store.labels.count_house_tags()
        return self._current(record, SHARES, n, fewest=FEWEST_TAGGED, measure=measure)

    def _current(
        self,
        record: ModelRecord,
        of: str,
        n: int,
        *,
        fewest: int,
        measure: Callable[[], Mapping[str, tuple[float, ...]] | None],
    ) -> Estimate | None:
        """Return the estimate in effect, measured again where `n`, what it rests on, has grown by a quarter."""
        stored = self._store.placements.load(record.model_id, of)
        if n < fewest or (stored and n < GROWTH * stored.n) or (values := measure()) is None:
            return stored
        return self._store.placements.save(Estimate(record.model_id, of, n, values, now()), before=stored)


def _move(model: GenreModel, move: Move) -> GenreModel:
    shares, placed, trailer = None, model.manifest.placed_on, None
    if move.shares is not None:
        own = zip(model.genres, model.manifest.priors, strict=True)
        shares = np.array([move.shares.get(genre, share) for genre, share in own])
    if move.trailers is not None and placed is not None:
        here = (np.array(move.trailers.values[name]) for name in (MEANS, SPREADS))
        trailer = match(*here, to_means=np.array(placed.means), to_spreads=np.array(placed.spreads))
    return model.moved(trailer=trailer, shares=shares, placement=move.placement)
