"""Ways of telling a trailer's genres: the model that ships, by each choice of what it reads, and placed by others."""

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from benchmarks.plots import all_plots
from benchmarks.trailers.films import RealTrailers
from benchmarks.trailers.folds import SEED, Fit, Odds, Predictor, cross_fit
from classifier.arrays import Bools, Floats
from classifier.data.films import Films
from classifier.evaluation.calibration import Calibration, fit_platt
from classifier.evaluation.placement import smooth_shares
from classifier.heads.base import Head, Monitor
from classifier.heads.linear import LogisticMean, fit_logistic, regress
from classifier.heads.pooling import pool_mean
from classifier.model import GenreModel
from classifier.shipped import shipped_models
from classifier.training.candidates import refit
from classifier.training.kept_heads import KeptHeads
from classifier.training.trailer_heads import fit_trailer_head
from classifier.verdict import log_odds
from classifier.view import subsets
from classifier.views import Views

IN_WORDS = {"trailer": "frames"}
WORDS = {"plot": all_plots}  # what the heads of words learn from, by modality
STACK_PENALTY = 0.03  # scikit-learn's C, on log-odds of unit spread
FEWEST = 2  # films of a genre: of fewer nothing is learnt but its share

Choice = tuple[str, ...]
Recast = Callable[[Predictor], Fit]


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
    """Return the model that TRAILERS_BENCH_MODEL names, else the one that ships for these features and reads most."""
    shipped = shipped_models(features_id)
    widest = shipped[max(shipped, key=lambda modalities: modalities.count("+"))]
    return GenreModel.load(Path(os.environ.get("TRAILERS_BENCH_MODEL", widest)))


def find_ways(model: GenreModel, real: RealTrailers) -> list[Way]:
    """Return frames as the model places them, then each choice of what it reads: as it is, and learnt apart."""
    films = real.films
    is_learnt = np.array([any(stem in model.seen for stem in stems) for stems in real.stems])
    everywhere = np.ones(len(films), dtype=np.bool_)
    ways = [Way("frames, as the model says", read(model, ("trailer",))(films), everywhere, is_learnt, is_placed=False)]
    if "trailer" in model.manifest.inputs:
        as_posters = _odds(model, Views({"poster": films.views.parts["trailer"]}))
        ways.append(Way("frames as posters", as_posters, everywhere, is_learnt))
    if isinstance(posters := model.join.members.get("poster"), LogisticMean):
        ways.append(Way("frames, placed", cross_fit(place(posters, model), films), everywhere, is_learnt))
    apart = without(model, real)
    for choice in subsets(films.views.modalities):
        if all(map(model.branch, choice)):
            ways += _ways_of(choice, (model, apart), films, is_learnt)
    return ways


def _ways_of(choice: Choice, models: tuple[GenreModel, GenreModel], films: Films, is_learnt: Bools) -> list[Way]:
    """Return the ways of one choice; the second of the models has learnt its words of other films."""
    is_there = films.views.having(choice)
    rows, name = films.rows(is_there), " + ".join(IN_WORDS.get(each, each) for each in choice)
    ways = [Way(name, read(models[0], choice)(rows), is_there, is_learnt)]
    again = remember(read(models[1], choice), rows)
    is_known = is_learnt if set(choice) - set(WORDS) else np.zeros_like(is_learnt)
    if set(choice) & set(WORDS):
        ways.append(Way(f"{name}, words apart", again(rows), is_there, is_known))
    ways.append(Way(f"{name}, recalibrated", cross_fit(recalibrate(again), rows), is_there, is_known))
    ways.append(Way(f"{name}, stacked", cross_fit(stack(again), rows), is_there, is_known))
    return ways


def without(model: GenreModel, real: RealTrailers) -> GenreModel:
    """Return the model with its heads of words fitted again on all films but these and their franchises."""
    ours = frozenset[str]().union(*real.stems)

    def again(modality: str, head: Head) -> Head:
        if modality not in WORDS:
            return head
        data = WORDS[modality](model.genres)
        others = [ours.isdisjoint(names) for names in zip(data.ids, data.groups, strict=True)]
        return refit(head, data.rows(np.array(others)), kept=KeptHeads(None), monitor=lambda name: Monitor())

    return replace(model, join=model.join.refit(real.films, again, seed=SEED, monitor=lambda name: Monitor()))


def read(model: GenreModel, choice: Choice) -> Predictor:
    """Return what the model says of films that are seen through nothing but this."""
    return lambda films: _odds(model, films.views.only(choice))


def remember(predict: Predictor, films: Films) -> Predictor:
    """Return the same for any of these films, of which each is looked at once."""
    odds, places = predict(films), {row: place for place, row in enumerate(films.ids)}
    return lambda some: odds.rows(np.array([places[row] for row in some.ids]))


def _odds(model: GenreModel, views: Views) -> Odds:
    return Odds(model.log_odds(views), np.tile(np.array(model.manifest.priors), (len(views), 1)))


def place(posters: LogisticMean, model: GenreModel) -> Fit:
    """Return the head of trailers that `trailers models place` makes of a head of posters, from trailers, not clips."""
    shares = np.array(model.manifest.priors)

    def fit(train: Films) -> Predictor:
        rows = train.rows(np.array([not row.startswith("clip") for row in train.ids]))
        frames = pool_mean(rows.views.parts["trailer"].sequences)
        head = fit_trailer_head(posters, frames, rows.Y, known=rows.known, shares=shares)
        return lambda films: Odds(head.logits(films.views.parts["trailer"].sequences), np.tile(shares, (len(films), 1)))

    return fit


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
