"""Ways of telling a trailer's genres: the model that ships, by each choice of what it reads, as it is and placed."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import compress
from pathlib import Path

import numpy as np

from benchmarks.trailers.films import RealTrailers
from benchmarks.trailers.folds import Fit, Odds, Predictor, cross_fit, deal
from classifier.arrays import Bools, Floats
from classifier.data.films import Films
from classifier.data.training_films import TrainingFilms
from classifier.evaluation.calibration import Calibration, fit_platt
from classifier.evaluation.placement import smooth_shares
from classifier.heads.linear import fit_logistic, regress
from classifier.model import GenreModel
from classifier.shipped import shipped_models
from classifier.training.placing import PlacingOptions, place, unplaced
from classifier.verdict import log_odds
from classifier.view import subsets

IN_WORDS = {"trailer": "frames"}
OPTIONS = PlacingOptions(name="placed", description="the trailers of other films", created_at=datetime.now(UTC))
STACK_PENALTY = 0.03  # scikit-learn's C, on log-odds of unit spread
FEWEST = 2  # films of a genre: of fewer nothing is learnt but its share

Choice = tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Way:
    """`odds` of those films that it can read, which are those where `is_there`, of shape (n,) as is `is_learnt`.

    That says of which films or franchises the model has learnt; `is_placed`, that other shares move its scores.
    """

    name: str
    odds: Odds
    is_there: Bools
    is_learnt: Bools
    is_placed: bool = True


def open_model(features_id: str) -> GenreModel:
    """Return the model that TRAILERS_BENCH_MODEL names, else the one that ships for these features and reads most.

    It is as it was before it was placed on trailers: of these, maybe.
    """
    shipped = shipped_models(features_id)
    widest = shipped[max(shipped, key=lambda modalities: modalities.count("+"))]
    return unplaced(GenreModel.load(Path(os.environ.get("TRAILERS_BENCH_MODEL", widest))))


def find_ways(model: GenreModel, real: RealTrailers) -> list[Way]:
    """Return the ways of frames alone, then each choice of what the model reads: as posters, and placed by others."""
    films, is_learnt = real.films, np.array([any(stem in model.seen for stem in stems) for stems in real.stems])
    as_posters, everywhere = read(model, ("trailer",)), np.ones(len(films), dtype=np.bool_)
    ways = [
        Way("frames as posters, as the model says", as_posters(films), everywhere, is_learnt, is_placed=False),
        Way("frames as posters, recalibrated", cross_fit(recalibrate(as_posters), films), everywhere, is_learnt),
        Way("frames as posters, stacked", cross_fit(stack(as_posters), films), everywhere, is_learnt),
    ]
    learnt = TrainingFilms.from_groups(compress(films.groups, is_learnt))
    placed = place_by_fold(replace(model, seen=learnt), real)
    for choice in subsets(films.views.modalities):
        if all(map(model.branch, choice)):
            is_there, has_frames = films.views.having(choice), "trailer" in choice
            name = " + ".join(IN_WORDS.get(each, each) for each in choice)
            rows = films.rows(is_there)
            ways.append(Way(f"{name}{', as posters' * has_frames}", read(model, choice)(rows), is_there, is_learnt))
            if has_frames:
                ways.append(Way(f"{name}, placed", read_by_fold(placed, choice, films, is_there), is_there, is_learnt))
    return ways


def read(model: GenreModel, choice: Choice) -> Predictor:
    """Return what the model says of films that are seen through nothing but this."""
    shares = np.array(model.manifest.priors)
    return lambda films: Odds(model.log_odds(films.views.only(choice)), np.tile(shares, (len(films), 1)))


def place_by_fold(model: GenreModel, real: RealTrailers) -> list[tuple[GenreModel, Bools]]:
    """Return models placed without a fold of films, on trailers, not clips, and which files are of the fold, (n,)."""
    folds = deal(real.films)
    return [
        (place(model, real.films.rows(real.is_trailer & (folds != fold)), OPTIONS), folds == fold)
        for fold in np.unique(folds)
    ]


def read_by_fold(placed: Sequence[tuple[GenreModel, Bools]], choice: Choice, films: Films, is_there: Bools) -> Odds:
    """Return of those films that are there what the models say that have not seen them."""
    odds = Odds(np.empty(films.Y.shape), np.empty(films.Y.shape))
    for model, out in placed:
        if (rows := out & is_there).any():
            found = read(model, choice)(films.rows(rows))
            odds.logits[rows], odds.priors[rows] = found.logits, found.priors
    return odds.rows(is_there)


def recalibrate(predict: Predictor) -> Fit:
    """Return Platt scaling of each genre's log-odds."""

    def fit(train: Films) -> Predictor:
        cells = zip(predict(train).logits.T, train.Y.T, train.known.T, strict=True)
        slopes, shifts = zip(*(fit_platt(logits[it], labels[it]) for logits, labels, it in cells), strict=True)
        calibration, shares = Calibration(np.array(slopes), np.array(shifts)), smooth_shares(train.Y, train.known)
        return lambda films: Odds(calibration.apply(predict(films).logits), np.tile(shares, (len(films), 1)))

    return fit


def stack(predict: Predictor) -> Fit:
    """Return, for each genre, logistic regression on the log-odds of all genres, brought to one scale."""

    def fit(train: Films) -> Predictor:
        logits, shares = predict(train).logits, smooth_shares(train.Y, train.known)
        mean, spread = logits.mean(axis=0), logits.std(axis=0)
        coef, bias = regress((logits - mean) / spread, train.Y, known=train.known, solve=_solve)

        def predict_again(films: Films) -> Odds:
            inputs = (predict(films).logits - mean) / spread
            return Odds(inputs @ coef.T + bias, np.tile(shares, (len(films), 1)))

        return predict_again

    return fit


def _solve(rows: Floats, labels: Bools) -> tuple[Floats, float]:
    if labels.sum() >= FEWEST:
        return fit_logistic(rows, labels, penalty=STACK_PENALTY)
    return np.zeros(rows.shape[1]), float(log_odds(smooth_shares(labels, np.ones_like(labels))))
