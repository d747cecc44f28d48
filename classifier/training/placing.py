"""Placing: a model of posters gets a trailer's head of its own, where labelled trailers say that their scores lie.

The head is that of posters turned to trailers (`classifier.training.trailer_heads`); beside other modalities it counts
in a late join (`classifier.training.trailer_joins`).
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import cast

import numpy as np

from classifier.arrays import Bools, Floats
from classifier.counts import count
from classifier.data.films import Films
from classifier.data.training_films import TrainingFilms
from classifier.errors import BadTrainingData, FeaturesMismatch
from classifier.evaluation.calibration import MIN_SLOPE, Calibration, deal_folds
from classifier.heads.linear import LogisticMean
from classifier.heads.pooling import pool_mean
from classifier.joins.base import Alone
from classifier.joins.kinds import describe_join
from classifier.joins.late import Late
from classifier.manifest import Decisions, Manifest, PlacedOn, read_as
from classifier.model import GenreModel
from classifier.training.decisions import calibrated
from classifier.training.trailer_heads import fit_trailer_head
from classifier.training.trailer_joins import TrailerRows
from classifier.view import MODALITIES, POSTER, TRAILER, join_names, subsets

MIN_TRAILERS, MIN_FILMS = 30, 15  # of fewer no genre has enough labels in the folds of folds


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacingOptions:
    """How to place: what to call the model, the labelled trailers in words, the seed of folds and resamples."""

    name: str
    description: str
    created_at: datetime
    seed: int = 0


def place(model: GenreModel, films: Films, options: PlacingOptions) -> GenreModel:
    """Return the model with a trailer's head of its own, placed on labelled trailers, at the model's own shares.

    Weights and thresholds of each choice of modalities with a trailer are found on log-odds of placements that have
    not seen the row's group, on films that the other heads have not learnt from; thresholds of a choice of few rows are
    those of trailers alone. Films without their trailer are predicted as before. Raises BadTrainingData for too few
    trailers or a model that can't be placed, FeaturesMismatch for trailers of other features.
    """
    return _place(_checked(model, films), films, options)


def cross_place(model: GenreModel, films: Films, options: PlacingOptions) -> Iterator[tuple[GenreModel, Bools]]:
    """Yield models that are placed without some of the groups, and which films are of these groups, (n,).

    Raises what `place` does of all films.
    """
    before = _checked(model, films)
    folds = deal_folds(films.groups, len(films), seed=options.seed)
    for fold in np.unique(folds):
        yield _place(before, films.rows(folds != fold), options), folds == fold


def unplaced(model: GenreModel) -> GenreModel:
    """Return the model as it was before it was placed, its heads in a late join, knowing no film that placed it.

    Raises BadTrainingData for one that can't be placed.
    """
    manifest, join, placed_on = model.manifest, model.join, model.manifest.placed_on
    if TRAILER in join.modalities and placed_on is None:
        raise BadTrainingData(f"model {manifest.name!r} has learnt from trailers: there is nothing to place")
    if not isinstance(join, Alone | Late) or not isinstance(join.members.get(POSTER), LogisticMean):
        raise BadTrainingData(
            f"model {manifest.name!r} is {manifest.head.label} of {manifest.modality}: only a logistic_mean of posters "
            "can be placed, alone or in a late join (trailers train --head logistic_mean --head tfidf --join late)"
        )
    late, decisions = _without_trailer(join, manifest)
    inputs = {name: features_id for name, features_id in manifest.inputs.items() if name != TRAILER}
    before = replace(manifest, head=describe_join(late)[0], inputs=inputs, decisions=decisions, placed_on=None)
    of_trailers = TrainingFilms(bytes.fromhex(placed_on.seen or "" if placed_on else ""))
    return GenreModel(before, late, model.seen - of_trailers)


def _without_trailer(join: Alone | Late, manifest: Manifest) -> tuple[Late, dict[str, Decisions]]:
    """Return the join and decisions of choices without a trailer; what calibrates a head alone is the join's now."""
    if isinstance(join, Late):
        members = {name: head for name, head in join.members.items() if name != TRAILER}
        weights = {choice: join.weights(choice) for choice in subsets(members)}
        decisions = {name: each for name, each in manifest.decisions.items() if TRAILER not in name.split("+")}
        return Late.from_weights(members, weights, join.calibrations), decisions
    own = manifest.whole
    calibration = Calibration(np.array(own.slopes), np.array(own.intercepts))
    late = Late.from_weights(join.members, {(POSTER,): {POSTER: 1.0}}, {POSTER: calibration})
    return late, {POSTER: calibrated(own, _identity(join.n_genres))}


def _place(model: GenreModel, films: Films, options: PlacingOptions) -> GenreModel:
    join, posters = cast("Late", model.join), cast("LogisticMean", model.join.members[POSTER])
    labelled = films.with_genres(model.genres)
    trailers, shares = labelled.views.parts[TRAILER].sequences, np.array(model.manifest.priors)
    head = fit_trailer_head(posters, pool_mean(trailers), labelled.Y, known=labelled.known, shares=shares)
    joined = TrailerRows.from_films(model, labelled, seed=options.seed).join_all()
    members = {name: {**join.members, TRAILER: head}[name] for name in MODALITIES if name in (*join.members, TRAILER)}
    weights = {choice: join.weights(choice) for choice in subsets(join.modalities)}
    weights |= {choice: found for choice, (found, _) in joined.items()}
    late = Late.from_weights(members, weights, {**join.calibrations, TRAILER: _identity(len(shares))})
    seen = TrainingFilms.from_groups(films.groups)
    manifest = replace(
        model.manifest,
        name=options.name,
        head=describe_join(late)[0],
        inputs={**model.manifest.inputs, TRAILER: films.inputs[TRAILER]},
        decisions={**model.manifest.decisions, **{join_names(choice): each for choice, (_, each) in joined.items()}},
        created_at=options.created_at,
        placed_on=_describe(films, head.timeline(pool_mean(trailers)), options, new=seen - model.seen),
    )
    return GenreModel(manifest, late, model.seen | seen)


def _checked(model: GenreModel, films: Films) -> GenreModel:
    """Return the model unplaced; raises BadTrainingData or FeaturesMismatch unless these trailers can place it."""
    before = unplaced(model)
    trailers, wanted = films.views.parts.get(TRAILER), model.manifest.reads[POSTER]
    if trailers is None or not trailers.present.all():
        raise BadTrainingData("a model is placed on trailers: give rows that have one")
    if read_as(trailers.features_id) != wanted:
        raise FeaturesMismatch(
            f"the trailers have features of {trailers.features_id!r}, but model {model.manifest.name!r} reads "
            f"{wanted!r}: name another model, or other trailers"
        )
    if trailers.X.dim != (dim := before.join.readers[POSTER].dim):
        raise FeaturesMismatch(
            f"the trailers' features have {trailers.X.dim} numbers a second, but model {model.manifest.name!r} reads "
            f"{dim}: export them again (trailers features export --help)"
        )
    n_films = len(set(films.groups))
    if len(films) < MIN_TRAILERS or n_films < MIN_FILMS:
        raise BadTrainingData(
            f"{len(films)} labelled trailers of {count(n_films, 'film or franchise', 'films or franchises')}: to place "
            f"a model give {MIN_TRAILERS} of {MIN_FILMS} at least (trailers labels import --help)"
        )
    return before


def _describe(films: Films, logits: Floats, options: PlacingOptions, *, new: TrainingFilms) -> PlacedOn:
    return PlacedOn(
        description=options.description,
        n_trailers=len(films),
        n_films=len(set(films.groups)),
        data_sha256=films.sha256,
        means=tuple(logits.mean(axis=0).tolist()),
        spreads=tuple(np.maximum(logits.std(axis=0), MIN_SLOPE).tolist()),
        seen=new.digests.hex(),
    )


def _identity(n_genres: int) -> Calibration:
    return Calibration(np.ones(n_genres), np.zeros(n_genres))
