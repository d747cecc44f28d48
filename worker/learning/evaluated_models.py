"""Entrants: the models that `trailers evaluate` is to judge, and the labelled rows all may be judged on."""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from classifier.data.films import Films
from classifier.evaluation.scored_rows import ScoredRows
from classifier.model import GenreModel
from classifier.view import in_words, join_names
from classifier.views import Views
from db.records import ModelRecord
from extractor.features import backbone_of
from extractor.networks.backbone import Backbone
from extractor.networks.names import INCEPTION
from extractor.networks.weights import Weights
from extractor.plots import WORDS_ID
from extractor.sentences import sentence_features_id
from worker.errors import WorkerError
from worker.learning.data_arguments import modalities, read_data, table_flag
from worker.learning.learning_data import read_learning_data
from worker.predicting.poster_backbones import open_backbone, poster_weights
from worker.progress import Progress
from worker.runtime import Runtime

FILMS_AT_ONCE = 256  # trailers of 150 seconds: 300 MB as float32


@dataclass(frozen=True, slots=True, eq=False)
class Entrant:
    """A model with its record."""

    record: ModelRecord
    model: GenreModel

    @property
    def label(self) -> str:
        """What it is called in a report, at most 20 characters."""
        return f"{self.record.name[:11]} {self.record.model_id[:8]}"

    def names(self, names: Sequence[str]) -> tuple[str, ...]:
        """Return those of `trailer`, `poster` and `plot` that it makes anything of."""
        return tuple(name for name in names if self.model.branch(name))

    def sees(self, views: Views) -> NDArray[np.bool_]:
        """Return which films have something that it makes anything of, of shape (n,)."""
        return np.asarray(views.only(self.names(views.modalities)).present.any(axis=1))

    def judge(self, films: Films) -> ScoredRows:
        """Return its answers beside the true labels."""
        pieces = [
            films.views.take(rows)
            for rows in np.split(np.arange(len(films)), list(range(FILMS_AT_ONCE, len(films), FILMS_AT_ONCE)))
        ]
        scores = np.concatenate([self.model.scores(piece) for piece in pieces])
        return ScoredRows.of(films.Y, scores, thresholds=self.model.thresholds(films.views), known=films.known)

    def check(self, name: str, features_id: str, dim: int) -> None:
        """Raise WorkerError (features_mismatch) where rows have a `name` of other features than it has learnt from."""
        branch = self.model.branch(name)
        if branch is None:
            return
        wanted = self.model.manifest.inputs[branch]
        if (features_id, dim) != (wanted, self.model.join.dim(branch)):
            raise WorkerError(
                "features_mismatch",
                f"each {name} here is {dim} numbers of {features_id!r}, but model {self.record.name!r} judges "
                f"{self.model.join.dim(branch)} of {wanted!r}: name another model, or other --features or --backbone",
            )

    def tell(self, views: Views) -> str:
        """Return in words how many films it judges by what."""
        counts: dict[str, int] = {}
        for names, rows in views.patterns():
            by = join_names(self.names(names))
            counts[by] = counts.get(by, 0) + len(rows)
        told = ", ".join(f"{n:,} by {by}" for by, n in counts.items())
        as_posters = "trailer" in views.parts and self.model.branch("trailer") == "poster"
        return f"{self.label} judges {told}{', each second of a trailer as if it were a poster' if as_posters else ''}"


def read_rows(
    runtime: Runtime, arguments: argparse.Namespace, *, say: Callable[[str], None], progress: Progress
) -> tuple[list[Entrant], Films, list[str]]:
    """Return the models that the arguments name, the labelled rows, and what these are in words.

    Without a name it is the model in use for such rows. Raises NotStored, NoModel, WorkerError (features_mismatch)
    where a model makes nothing of the rows, (bad_source) where two judge different genres; else as `read_data`.
    """
    if arguments.features:
        data, words = read_learning_data(runtime, file=arguments.features, features_id=None, progress=progress)
        entrants = _enter(runtime, arguments, names=(data.modality,), features_id=lambda: data.features_id)
        films = Films.of(data)
    else:
        features_id = lambda: _features_id(runtime, arguments)  # noqa: E731
        entrants = _enter(runtime, arguments, names=modalities(arguments), features_id=features_id)
        found, words = read_data(
            arguments,
            runtime,
            features_id=arguments.features_id or _learnt(entrants, "trailer"),
            backbone=lambda: _backbone(runtime, arguments, entrants),
            say=say,
            progress=progress,
        )
        films = found if isinstance(found, Films) else Films.of(found)
    for name, part in films.views.parts.items():
        for entrant in entrants:
            entrant.check(name, part.features_id, part.X.dim)
    return entrants, films, [words, *_warn(arguments)]


def choose_rows(entrants: Sequence[Entrant], films: Films) -> tuple[Films, list[str]]:
    """Return the rows that all models can judge, of films that none was made with, and what was left out in words.

    Their labels are of the models' genres. Raises WorkerError: features_mismatch where nobody can judge any row,
    bad_source where the models have seen all, or judge other genres than the labels name.
    """
    genres = entrants[0].model.genres
    if set(genres).isdisjoint(films.genres):
        raise WorkerError(
            "bad_source",
            f"the labels name {', '.join(films.genres)}, none of the genres {', '.join(genres)} that are judged; say "
            "whose words they are with --genres-column NAME=SOURCE",
        )
    seen = np.array([any(group in one.model.seen for one in entrants) for group in films.groups], dtype=np.bool_)
    judged = np.all([one.sees(films.views) for one in entrants], axis=0)
    if not judged.any():
        raise _unfit(entrants, films.views.modalities)
    if (seen | ~judged).all():
        raise WorkerError("bad_source", f"the model has seen all {len(films)} films; give labelled ones it hasn't seen")
    notes = []
    for left_out, why in (
        (seen, "the model was made with their films"),
        (~judged & ~seen, "they have nothing that is judged"),
    ):
        if left_out.any():
            notes.append(f"{int(left_out.sum()):,} of {len(films):,} rows left out: {why}")
    if others := [genre for genre in films.genres if genre not in genres]:
        notes.append(f"genres of the labels that are not judged: {', '.join(others)}")
    return films.rows(judged & ~seen).with_genres(genres), notes


def _enter(
    runtime: Runtime, arguments: argparse.Namespace, *, names: Sequence[str], features_id: Callable[[], str]
) -> list[Entrant]:
    """Return the models that are named, else the one in use for such rows, once they can all be judged on them."""
    wanted = (arguments.model, arguments.against) if arguments.against else (arguments.model,)
    records = [
        runtime.store.models.get(name) if name else runtime.model_record(features_id(), available=names)
        for name in wanted
    ]
    entrants = [Entrant(record, runtime.model(record)) for record in records]
    if any(one.model.genres != entrants[0].model.genres for one in entrants):
        raise WorkerError("bad_source", "the two models judge different genres and can't be compared on one table")
    if not all(one.names(names) for one in entrants):
        raise _unfit(entrants, names)
    return entrants


def _unfit(entrants: Sequence[Entrant], names: Sequence[str]) -> WorkerError:
    learnt = " and ".join(
        f"model {one.record.name!r} judges {in_words(one.model.manifest.modality)}" for one in entrants
    )
    return WorkerError(
        "features_mismatch",
        f"{learnt}, the rows have {in_words(join_names(names))}: name another model, or other rows (--with, "
        "--posters, --plot-column; trailers evaluate --help)",
    )


def _learnt(entrants: Sequence[Entrant], name: str) -> str | None:
    """Return the features_id by which the first model that can do so judges a `trailer` or `poster`."""
    found = ((one.model, branch) for one in entrants if (branch := one.model.branch(name)))
    return next((model.manifest.inputs[branch] for model, branch in found), None)


def _features_id(runtime: Runtime, arguments: argparse.Namespace) -> str:
    """Return the id of the features by which the model in use for such rows is found."""
    if modalities(arguments) == ("plot",):
        return sentence_features_id(arguments.plot_encoder) if arguments.plot_encoder else WORDS_ID
    if given := _given_weights(runtime, arguments):
        return given.features_id
    return arguments.features_id or runtime.weights.features_id


def _given_weights(runtime: Runtime, arguments: argparse.Namespace) -> Weights | None:
    name, file = arguments.backbone, arguments.backbone_weights
    return poster_weights(runtime, name or INCEPTION, file) if name or file else None


def _backbone(runtime: Runtime, arguments: argparse.Namespace, entrants: Sequence[Entrant]) -> Backbone:
    """Return the network that is named, else the one whose features the models judge posters by."""
    learnt = _learnt(entrants, "poster")
    weights = _given_weights(runtime, arguments)
    if weights is None:
        weights = poster_weights(runtime, backbone_of(learnt), None) if learnt else runtime.weights
    backbone = open_backbone(runtime, weights)
    for entrant in entrants:
        entrant.check("poster", weights.features_id, backbone.dim)
    return backbone


def _warn(arguments: argparse.Namespace) -> list[str]:
    if not table_flag(arguments) or arguments.group_column:
        return []
    return [
        "films are known by the names of their files or by their plots alone: --group-column NAME, as in the training, "
        "finds those that the model was made with"
    ]
