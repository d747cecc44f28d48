"""Evaluated models: those that `trailers evaluate` compares, and the labelled rows they can all be tested on."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from classifier.data.dataset import Dataset
from classifier.data.films import Films
from classifier.evaluation.scored_rows import ScoredRows
from classifier.manifest import read_as
from classifier.model import GenreModel
from classifier.view import in_words, join_names
from classifier.views import Views
from db.records import ModelRecord
from extractor.features import backbone_of, picture_size_of
from extractor.networks.backbone import Backbone
from extractor.networks.names import INCEPTION
from extractor.networks.weights import Weights
from extractor.sentences import SentenceEncoder
from worker.errors import WorkerError
from worker.inference.registry import find_model
from worker.learning.data_arguments import modalities, read_data, table_flag
from worker.learning.datasets import read_learning_data
from worker.learning.listener import LearningListener
from worker.learning.text_data import IDS
from worker.predicting.poster_backbones import open_backbone, poster_weights
from worker.runtime import Runtime

UNKNOWN = (
    "none of these films is known to the model by this name; if it has learnt from them the figures are too good: name "
    "the column that its training used with --group-column"
)
FILMS_AT_ONCE = 256  # trailers of 150 seconds: 300 MB as float32


@dataclass(frozen=True, slots=True, eq=False)
class EvaluatedModel:
    """A model with its record."""

    record: ModelRecord
    model: GenreModel

    @property
    def label(self) -> str:
        """Its name in a report."""
        return label_of(self.record)

    def choose_inputs(self, names: Sequence[str]) -> tuple[str, ...]:
        """Return those of the modalities that it can use."""
        return tuple(name for name in names if self.model.branch(name))

    def find_usable(self, views: Views) -> NDArray[np.bool_]:
        """Return which films have anything that it can use, of shape (n,)."""
        return np.asarray(views.only(self.choose_inputs(views.modalities)).present.any(axis=1))

    def score(self, films: Films) -> ScoredRows:
        """Return its scores beside the true labels, of the films' genres, which must be among its own."""
        pieces = [
            films.views.take(rows)
            for rows in np.split(np.arange(len(films)), list(range(FILMS_AT_ONCE, len(films), FILMS_AT_ONCE)))
        ]
        columns = [self.model.genres.index(genre) for genre in films.genres]
        scores = np.concatenate([self.model.scores(piece) for piece in pieces])[:, columns]
        thresholds = self.model.thresholds(films.views)[:, columns]
        return ScoredRows.from_scores(films.Y, scores, thresholds=thresholds, known=films.known)

    def score_prior(self, films: Films) -> ScoredRows:
        """Return the scores of a constant prediction, the genres' shares in its training, beside the true labels."""
        shares = dict(zip(self.model.genres, self.model.manifest.priors, strict=True))
        scores = np.broadcast_to([shares[genre] for genre in films.genres], films.Y.shape)
        return ScoredRows.from_scores(films.Y, scores, known=films.known)

    def check(self, name: str, features_id: str, dim: int) -> None:
        """Raise WorkerError (features_mismatch) where the rows' `name` has other features than it has learnt from."""
        branch = self.model.branch(name)
        if branch is None:
            return
        wanted, its_dim = self.model.manifest.reads[branch], self.model.join.readers[branch].dim
        if (read_as(features_id), dim) != (wanted, its_dim):
            raise WorkerError(
                "features_mismatch",
                f"each {name} here is {dim} numbers of {features_id!r}, but model {self.record.name!r} needs "
                f"{its_dim} of {wanted!r}: name another model, or other --features or --backbone",
            )

    def describe_inputs(self, views: Views) -> str:
        """Return how many films it predicts from which inputs, in words."""
        counts: dict[str, int] = {}
        for names, rows in views.patterns():
            inputs = join_names(self.choose_inputs(names))
            counts[inputs] = counts.get(inputs, 0) + len(rows)
        listed = ", ".join(f"{n:,} from {inputs}" for inputs, n in counts.items())
        as_posters = "trailer" in views.parts and self.model.branch("trailer") == "poster"
        return f"{self.label} predicts {listed}{', each second of a trailer taken as a poster' if as_posters else ''}"


def label_of(record: ModelRecord) -> str:
    """Return a model's name in a report, at most 20 characters."""
    return f"{record.name[:11]} {record.model_id[:8]}"


def read_rows(
    runtime: Runtime, arguments: argparse.Namespace, listener: LearningListener
) -> tuple[list[EvaluatedModel], Films, list[str]]:
    """Return the models that the arguments name, the labelled rows, and their description.

    Without a name it is the active model for such rows. Raises NotStored, NoModel, WorkerError (features_mismatch)
    where a model can't use the rows; else as `read_data`.
    """
    if not arguments.features:
        models = _open_models(runtime, arguments, modalities(arguments))
        films, words = read_films(runtime, arguments, models, listener)
    else:
        data, words = read_learning_data(runtime, file=arguments.features, features_id=None, listener=listener)
        models = _open_models(runtime, arguments, (data.modality,), data.features_id)
        films = check_films(models, data)
    return models, films, [words, *_warn(arguments)]


def read_films(
    runtime: Runtime, arguments: argparse.Namespace, models: Sequence[EvaluatedModel], listener: LearningListener
) -> tuple[Films, str]:
    """Return the labelled rows that the arguments name and their description; raises as `read_rows`."""
    data, words = read_data(
        arguments,
        runtime,
        features_id=arguments.features_id or learnt_features(models, "trailer"),
        backbone=lambda: _backbone(runtime, arguments, models),
        listener=listener,
    )
    return check_films(models, data), words


def check_films(models: Sequence[EvaluatedModel], data: Dataset | Films) -> Films:
    """Return labelled rows as films; raises WorkerError (features_mismatch) where they have other features."""
    films = data if isinstance(data, Films) else Films.from_dataset(data)
    for name, part in films.views.parts.items():
        for each in models:
            each.check(name, part.features_id, part.X.dim)
    return films


def choose_rows(models: Sequence[EvaluatedModel], films: Films, *, named: bool = False) -> tuple[Films, list[str]]:
    """Return the rows that all models can use, of films that none was made with, and what was left out, in words.

    Their labels are of the genres that all models predict; `named` films come with a --group-column. Raises
    WorkerError: features_mismatch where the models can use no row, bad_source where they have seen all, or predict
    none of the genres that the labels name, or none in common.
    """
    genres = _common_genres(models)
    if set(genres).isdisjoint(films.genres):
        theirs = f"{', '.join(films.genres)}, " if films.genres else ""
        raise WorkerError(
            "bad_source",
            f"the labels name {theirs}none of the genres that are predicted: {', '.join(genres)}; "
            "name the vocabulary of the labels with --genres-column NAME=SOURCE",
        )
    seen = np.array([any(group in each.model.seen for each in models) for group in films.groups], dtype=np.bool_)
    usable = np.all([each.find_usable(films.views) for each in models], axis=0)
    if not usable.any():
        raise _mismatch(models, films.views.modalities)
    if (seen | ~usable).all():
        raise WorkerError("bad_source", f"the model has seen all {len(films)} films; give labelled ones it hasn't seen")
    notes = []
    if named and not seen.any() and any(len(one.model.seen) for one in models):
        notes.append(UNKNOWN)
    for left_out, why in (
        (seen, "the model was made with their films"),
        (~usable & ~seen, "they have nothing that the models use"),
    ):
        if left_out.any():
            notes.append(f"{int(left_out.sum()):,} of {len(films):,} rows left out: {why}")
    if others := [genre for genre in films.genres if genre not in genres]:
        notes.append(f"genres of the labels that are not predicted: {', '.join(others)}")
    return films.rows(usable & ~seen).with_genres(genres), notes


def _common_genres(models: Sequence[EvaluatedModel]) -> tuple[str, ...]:
    common = set.intersection(*(set(each.model.genres) for each in models))
    if not common:
        raise WorkerError("bad_source", f"{' and '.join(each.label for each in models)} predict no genre in common")
    return tuple(genre for genre in models[0].model.genres if genre in common)


def _open_models(
    runtime: Runtime, arguments: argparse.Namespace, names: Sequence[str], features_id: str | None = None
) -> list[EvaluatedModel]:
    """Return the models that are named, else the active one for such rows, if they can all be compared on them."""
    wanted = (arguments.model, arguments.against) if arguments.against else (arguments.model,)
    records = [
        find_model(runtime.store, name)
        if name
        else runtime.model_record(features_id or _features_id(runtime, arguments), available=names)
        for name in wanted
    ]
    models = [EvaluatedModel(record, runtime.model(record)) for record in records]
    if not all(each.choose_inputs(names) for each in models):
        raise _mismatch(models, names)
    return models


def _mismatch(models: Sequence[EvaluatedModel], names: Sequence[str]) -> WorkerError:
    learnt = " and ".join(
        f"model {each.record.name!r} uses {in_words(each.model.manifest.modality)}" for each in models
    )
    return WorkerError(
        "features_mismatch",
        f"{learnt}, the rows have {in_words(join_names(names))}: name another model, or other rows (--with, "
        "--posters, --plot-column; trailers evaluate --help)",
    )


def learnt_features(models: Sequence[EvaluatedModel], name: str) -> str | None:
    """Return the features_id that the first model able to use a `trailer` or `poster` reads."""
    found = ((each.model, branch) for each in models if (branch := each.model.branch(name)))
    return next((model.manifest.reads[branch] for model, branch in found), None)


def _features_id(runtime: Runtime, arguments: argparse.Namespace) -> str:
    """Return the id of the features whose active model is wanted for such rows."""
    if arguments.plot_encoder:
        return SentenceEncoder(arguments.plot_encoder).features_id
    if table_flag(arguments) and not arguments.posters:
        return IDS[modalities(arguments)[0]]
    if weights := _named_weights(runtime, arguments):
        return weights.features_id
    return arguments.features_id or runtime.weights.features_id


def _named_weights(runtime: Runtime, arguments: argparse.Namespace) -> Weights | None:
    name, file, size = arguments.backbone, arguments.backbone_weights, arguments.picture_size
    return poster_weights(runtime, name or INCEPTION, file, picture_size=size) if name or file or size else None


def _backbone(runtime: Runtime, arguments: argparse.Namespace, models: Sequence[EvaluatedModel]) -> Backbone:
    """Return the network that is named, else the one whose features of posters the models have learnt from."""
    learnt = learnt_features(models, "poster")
    weights = _named_weights(runtime, arguments)
    if weights is None:
        size = picture_size_of(learnt) if learnt else None
        weights = poster_weights(runtime, backbone_of(learnt), None, picture_size=size) if learnt else runtime.weights
    backbone = open_backbone(runtime, weights)
    for each in models:
        each.check("poster", weights.features_id, backbone.dim)
    return backbone


def _warn(arguments: argparse.Namespace) -> list[str]:
    if not table_flag(arguments) or arguments.group_column:
        return []
    return [
        "films are recognised by the names of their files or by their plots alone: give --group-column NAME, as in the "
        "training, to find those that the model was made with"
    ]
