"""Promotion: a trained model beside the one that predicts in its place, on films that neither has learnt from."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import fmean

import numpy as np

from classifier.counts import count
from classifier.data.dataset import Dataset
from classifier.data.films import Films
from classifier.data.training_films import TrainingFilms
from classifier.errors import BadTrainingData
from classifier.evaluation.bootstrap import Comparison, paired
from classifier.evaluation.report import format_comparison
from classifier.manifest import Scope
from classifier.model import GenreModel
from classifier.view import MODALITIES, in_words, join_names, subsets
from db.records import ModelRecord
from worker.errors import WorkerError
from worker.inference.registry import choose_model, uses_input
from worker.learning.data_arguments import repeat_data
from worker.learning.evaluated_models import (
    EvaluatedModel,
    check_films,
    choose_rows,
    label_of,
    learnt_features,
    read_films,
)
from worker.learning.film_store import films_from_store
from worker.learning.listener import LearningListener
from worker.runtime import Runtime

FEWEST = 10  # films, to tell which of two models is better
ENOUGH = 30  # with fewer films, chance alone may put either first: a model must surely be better
SHOWN = 5  # genres that are named


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """A model beside its `rival`, the one that predicts in its place now; None where nothing does.

    `comparison` is of macro AP on `n_films` films, None where it can't be told: `untold` says why. `lost_inputs` are
    those that would no longer be used for some film. `low` is the least macro AP that is likely by the model's own
    report, `prior` that of a constant prediction.
    """

    record: ModelRecord
    rival: ModelRecord | None
    low: float
    prior: float
    lost_inputs: tuple[str, ...] = ()
    comparison: Comparison | None = None
    n_films: int = 0
    untold: str = ""

    @property
    def lost_genres(self) -> tuple[str, ...]:
        """The genres that only the rival predicts."""
        return tuple(genre for genre in self.rival.genres if genre not in self.record.genres) if self.rival else ()

    @property
    def losses(self) -> tuple[str, ...]:
        """What is given up with the rival, in words."""
        genres, inputs = self.lost_genres, self.lost_inputs
        more = f" and {len(genres) - SHOWN} more" if len(genres) > SHOWN else ""
        return (
            *([f"it does not predict {', '.join(genres[:SHOWN])}{more}"] if genres else []),
            *([f"{in_words(join_names(inputs))} of films would no longer be looked at"] if inputs else []),
        )

    @property
    def finding(self) -> str:
        """How it does, in words."""
        label = label_of(self.record)
        if self.rival is None:
            better = "better" if self.low > self.prior else "not surely better"
            return (
                f"{label} is the first for {in_words(self.record.card.modality)} and {better} than a constant "
                f"prediction (macro AP at least {self.low:.3f}, that one's {self.prior:.3f})"
            )
        other = label_of(self.rival)
        if self.comparison is None:
            return f"it can't be told whether {label} is better than {other}: {self.untold}"
        unsure = self.n_films < ENOUGH and self.comparison.low <= 0 <= self.comparison.high
        few = f" (with fewer than {ENOUGH}, only what is surely better counts)" if unsure else ""
        result = format_comparison(self.comparison, other)
        return f"{label} is {result} on {count(self.n_films, 'film that is', 'films that are')} new to both{few}"

    @property
    def _is_better(self) -> bool:
        """Whether it does at least as well as the rival, as far as films tell."""
        found = self.comparison
        return found is not None and (found.difference >= 0 if self.n_films >= ENOUGH else found.low > 0)

    @property
    def objections(self) -> tuple[str, ...]:
        """What speaks against putting it to use, in words; nothing where it may be promoted."""
        if self.rival is None:
            return () if self.low > self.prior else (self.finding,)
        return (*([] if self._is_better else [self.finding]), *self.losses)

    @property
    def figures(self) -> dict[str, float]:
        """The figures that it rests on."""
        if self.comparison is None:
            return {"macro_ap_low": self.low, "macro_ap_of_prior": self.prior} if self.rival is None else {}
        found = self.comparison
        return {"difference": found.difference, "low": found.low, "high": found.high, "films": self.n_films}

    @property
    def document(self) -> dict[str, object]:
        """The same for json.dumps."""
        return {
            "against": self.rival.model_id if self.rival else None,
            **self.figures,
            "lost_genres": list(self.lost_genres),
            "lost_inputs": list(self.lost_inputs),
            "objections": list(self.objections),
        }

    def conclude(self, data: str = "") -> str:
        """Return one line: what came out, and the command that puts the model to use; `data` are arguments for it."""
        name = self.record.model_id[:8]
        if not self.objections:
            return f"{self.finding}: trailers models promote {name}{f' {data}' if data and self.rival else ''}"
        return f"{'; '.join((self.finding, *self.losses))}; to use it all the same: trailers models use {name}"


def assess(
    runtime: Runtime, record: ModelRecord, arguments: argparse.Namespace, listener: LearningListener
) -> Assessment:
    """Return a stored model beside its rival, on the films that the arguments name, else the database's trailers.

    Raises what reading the named films does; where none are named, films that can't be read only leave it untold.
    """
    assessment = assess_use(runtime, record, runtime.model(record))
    if assessment.rival is None:
        return assessment
    models = [EvaluatedModel(each, runtime.model(each)) for each in (record, assessment.rival)]
    if repeat_data(arguments):
        films, _ = read_films(runtime, arguments, models, listener)
        return compare(assessment, models, films)
    try:
        films = stored_films(runtime, models, listener)
    except (WorkerError, BadTrainingData) as exc:
        return replace(assessment, untold=f"{exc}; name other films (trailers models promote --help)")
    return compare(assessment, models, films)


def find_learnt(runtime: Runtime, data: Dataset | Films) -> TrainingFilms:
    """Return the films that the model has learnt from which predicts now what one trained on these data would."""
    scope = Scope(inputs=data.inputs)
    rival = choose_model(runtime.models_in_use(scope.features_id), scope.modality.split("+"))
    return runtime.model(rival).seen if rival else TrainingFilms(b"")


def assess_trained(runtime: Runtime, record: ModelRecord, model: GenreModel, data: Dataset | Films) -> Assessment:
    """Return a model that was trained on these data beside its rival, on those of the films that neither knows."""
    assessment = assess_use(runtime, record, model)
    if assessment.rival is None:
        return assessment
    models = [EvaluatedModel(record, model), EvaluatedModel(assessment.rival, runtime.model(assessment.rival))]
    return compare(assessment, models, data)


def assess_use(runtime: Runtime, record: ModelRecord, model: GenreModel) -> Assessment:
    """Return what a model would take the place of, without a look at any film."""
    in_use = runtime.models_in_use(record.features_id)
    metrics = record.metrics
    return Assessment(
        record=record,
        rival=choose_model(in_use, record.card.modality.split("+")),
        low=metrics.get("macro_ap_low", metrics.get("macro_ap", 0.0)),
        prior=metrics.get("macro_ap_of_prior", fmean(model.manifest.priors)),
        lost_inputs=_find_lost_inputs(in_use, record),
    )


def compare(assessment: Assessment, models: Sequence[EvaluatedModel], data: Dataset | Films) -> Assessment:
    """Return an assessment with the comparison of a model and its rival, both seeing what the model has learnt from."""
    try:
        films = choose_new(models, data)
        found = paired(*(each.score(films) for each in models), groups=films.groups)
    except (WorkerError, BadTrainingData) as exc:
        return replace(assessment, untold=str(exc))
    return replace(assessment, comparison=found, n_films=len(set(films.groups)))


def choose_new(models: Sequence[EvaluatedModel], data: Dataset | Films) -> Films:
    """Return the films that a model and its rival can be compared on: new to both, with what the model looks at alone.

    Raises WorkerError as `choose_rows`, BadTrainingData where fewer than 10 are left.
    """
    seen_through = _seen_through(check_films(models, data), models[0].record.card.modality.split("+"))
    films, _ = choose_rows(models, seen_through)
    if (n_films := len(set(films.groups))) < FEWEST:
        raise BadTrainingData(f"only {n_films} of the films are new to both; at least {FEWEST} are needed")
    return films


def _seen_through(films: Films, inputs: Sequence[str]) -> Films:
    """Return the films that have some of these inputs, with nothing else; raises BadTrainingData where none has."""
    names = tuple(name for name in films.views.modalities if name in inputs)
    if not names:
        raise BadTrainingData(f"the films have no {' or '.join(inputs)}")
    there = films.rows(np.asarray(films.views.only(names).present.any(axis=1)))
    return replace(there, views=there.views.only(names))


def stored_films(runtime: Runtime, models: Sequence[EvaluatedModel], listener: LearningListener) -> Films:
    """Return the labelled trailers of the database with their posters and plots, where there are any.

    Raises as `films_from_store`.
    """
    inputs = models[0].choose_inputs(MODALITIES)
    films, _ = films_from_store(
        runtime,
        modalities=("trailer", *(name for name in inputs if name != "trailer")),
        features_id=learnt_features(models, "trailer"),
        listener=listener,
        needed=False,
    )
    return films


def _find_lost_inputs(in_use: Sequence[ModelRecord], record: ModelRecord) -> tuple[str, ...]:
    """Return the inputs that some film would no longer be predicted from, were this model in use."""
    then = [record, *(each for each in in_use if each.card.modality != record.card.modality)]
    lost: set[str] = set()
    for names in subsets(MODALITIES):
        before, after = choose_model(in_use, names), choose_model(then, names)
        if before and after:
            lost |= {name for name in names if uses_input(before, name) and not uses_input(after, name)}
    return tuple(name for name in MODALITIES if name in lost)
