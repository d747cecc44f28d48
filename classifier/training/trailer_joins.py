"""Trailer joins: how much a placed trailer counts beside the other modalities of a film.

The log-odds of a film are those of the genres' shares and, of each modality, a coefficient times what its own log-odds
are beyond the shares'. Were modalities independent within a genre, all coefficients would be 1; they begin at
2 / (modalities + 1), between mean and sum, and are pulled there, so that few rows keep them near.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray

from classifier.arrays import Bools, Floats
from classifier.data.films import Films
from classifier.evaluation.calibration import MIN_SLOPE, Calibration, deal_folds, least_cross_entropy
from classifier.evaluation.placement import smooth_shares
from classifier.evaluation.thresholds import Objective
from classifier.genre_sets import GenreSets
from classifier.heads.linear import LogisticMean
from classifier.heads.pooling import pool_mean
from classifier.joins.late import Choice, Late, Weights
from classifier.manifest import Decisions
from classifier.model import GenreModel
from classifier.training.decisions import calibrated, cut
from classifier.training.parts import MIN_ROWS
from classifier.training.trailer_heads import fit_trailer_head
from classifier.verdict import log_odds, sigmoid
from classifier.view import POSTER, TRAILER, subsets

STRENGTH = 10.0  # of the pull on coefficients: what some ten films tell


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class TrailerRows:
    """Labelled trailers with each modality's log-odds as if unseen, `odds`, (n, genres), NaN where a row has none.

    `base` are the log-odds of the shares that the odds suppose, (genres,); `folds`, (n,), keep groups whole; `sets` are
    the model's.
    """

    films: Films
    odds: Mapping[str, Floats]
    folds: NDArray[np.int64]
    base: Floats
    sets: GenreSets
    objective: Objective
    seed: int

    @classmethod
    def from_films(cls, model: GenreModel, films: Films, *, seed: int) -> "TrailerRows":
        """Return the rows with what the heads of an unplaced model make of films that it has not learnt from."""
        join = cast("Late", model.join)
        trailers, posters = films.views.parts[TRAILER].sequences, cast("LogisticMean", join.members[POSTER])
        frames = pool_mean(trailers)
        folds, shares = deal_folds(films.groups, len(films), seed=seed), np.array(model.manifest.priors)
        odds = {name: np.full(films.Y.shape, np.nan) for name in (TRAILER, *join.modalities)}
        for fold in np.unique(folds):
            out = folds == fold
            seen = fit_trailer_head(posters, frames[~out], films.Y[~out], known=films.known[~out], shares=shares)
            odds[TRAILER][out] = seen.logits(trailers.take(np.flatnonzero(out)))
        is_new = np.array([group not in model.seen for group in films.groups])
        for name in set(join.modalities) & set(films.views.modalities):
            part = films.views.parts[name]
            if (rows := part.present & is_new).any():
                found = join.members[name].logits(part.X.take(part.places[rows]))
                odds[name][rows] = join.calibrations[name].apply(found)
        objective = cast("Objective", model.manifest.objective)
        sets, base = model.manifest.read_sets(), log_odds(shares)
        return cls(films=films, odds=odds, folds=folds, base=base, sets=sets, objective=objective, seed=seed)

    def join_all(self) -> dict[Choice, tuple[Weights, Decisions]]:
        """Return weights and decisions of each choice with a trailer; one of few rows has thresholds of trailers."""
        found: dict[Choice, tuple[Weights, Decisions]] = {}
        for choice in subsets(self.odds):
            if TRAILER in choice:
                rows = np.all([np.isfinite(self.odds[name]).all(axis=1) for name in choice], axis=0)
                weights, calibration = self._weigh(choice, self._fit(choice, rows))
                if choice == (TRAILER,) or rows.sum() >= MIN_ROWS:
                    decisions = self._decide(choice, rows, calibration)
                else:
                    decisions = calibrated(found[TRAILER,][1], calibration)
                found[choice] = weights, decisions
        return found

    def _weigh(self, choice: Choice, coefs: Floats) -> tuple[Weights, Calibration]:
        """Return weights of sum 1, and the calibration that makes the log-odds of them that the coefficients mean."""
        whole = float(coefs.sum())
        weights = dict(zip(choice, (coefs / whole).tolist(), strict=True))
        return weights, Calibration(np.full(len(self.base), whole), (1 - whole) * self.base)

    def _fit(self, choice: Choice, rows: Bools) -> Floats:
        """Return the coefficient of each modality, of least cross-entropy at the rows' own shares."""
        start = np.full(len(choice), 2 / (len(choice) + 1))
        cells = self.films.known & rows[:, None]
        if len(choice) == 1 or not cells.any():
            return start
        design = np.stack([self._beyond(name)[cells] for name in choice], axis=1)
        own = np.broadcast_to(self._own(rows), cells.shape)[cells]
        labels = self.films.Y[cells].astype(np.float64)
        return np.maximum(least_cross_entropy(design, labels, own, start=start, strength=STRENGTH), MIN_SLOPE)

    def _decide(self, choice: Choice, rows: Bools, calibration: Calibration) -> Decisions:
        """Return thresholds for scores at the rows' own shares, by coefficients of other folds."""
        odds = np.empty(self.films.Y.shape)
        for fold in np.unique(self.folds):
            out, others = self.folds == fold, rows & (self.folds != fold)
            parts = zip(self._fit(choice, others), choice, strict=True)
            beyond = np.sum([coef * self._beyond(name)[out] for coef, name in parts], axis=0)
            odds[out] = self._own(others) + beyond + self.sets.say_of_others(beyond)
        scores = sigmoid(odds[rows])
        return cut(calibration, scores, self.films.rows(rows), objective=self.objective, seed=self.seed)

    def _beyond(self, name: str) -> Floats:
        """Return what a modality's log-odds are beyond those of the shares, (n, genres)."""
        return self.odds[name] - self.base

    def _own(self, rows: Bools) -> Floats:
        """Return the log-odds of the genres' shares among the rows, (genres,): half a row more on both sides."""
        return log_odds(smooth_shares(self.films.Y[rows], self.films.known[rows]))
