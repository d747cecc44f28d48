"""Training: labelled rows and a split in, a calibrated GenreModel and its honest report out."""

import platform
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path

from classifier.data.dataset import Dataset
from classifier.data.films import Films
from classifier.data.split import Split
from classifier.data.training_films import TrainingFilms
from classifier.evaluation.baselines import baselines
from classifier.evaluation.bootstrap import intervals
from classifier.evaluation.evaluation import Evaluation, evaluate
from classifier.evaluation.scored_rows import ScoredRows
from classifier.genre_sets import GenreSets
from classifier.heads.base import Head
from classifier.joins.base import Join
from classifier.joins.kinds import describe_join
from classifier.manifest import Decisions, Manifest, TrainedOn
from classifier.model import GenreModel
from classifier.training.candidates import fit_heads, refit
from classifier.training.decisions import decide, score_choices
from classifier.training.joining import Choice, join_heads
from classifier.training.kept_heads import KeptHeads
from classifier.training.options import SILENT, TrainingListener, TrainingOptions
from classifier.training.parts import Parts
from classifier.training.report import TrainingReport
from classifier.view import join_names


@dataclass(frozen=True, slots=True)
class TrainedModel:
    """A new model, the report on it, and its scores on the test part, of which pictures are drawn."""

    model: GenreModel
    report: TrainingReport
    test: ScoredRows


def train(
    data: Dataset | Films,
    split: Split,
    options: TrainingOptions,
    *,
    folder: Path | None = None,
    listener: TrainingListener = SILENT,
) -> TrainedModel:
    """Return the model of the best heads, joined: fitted on `train`, chosen and calibrated on `validation`.

    Each modality's heads are fitted on all films that have it, the joins of several modalities on those that have
    several. What was chosen is fitted once more on both parts, without another look at how it does; calibration and
    thresholds, for each choice of modalities that a film may have, stay those of the first fit. The test part is used
    for the last figures alone. Equal data and options give equal bytes on one machine. With a `folder`, finished
    heads and checkpoints are kept there, and a training that was cut off goes on.

    Raises BadTrainingData, also when too few films have a choice of modalities, and LeakingSplit when the split would
    test a model on what it has seen and the options don't allow that.
    """
    leaks = split.check(data, allow_leaks=options.allow_leaks)
    common, rare = data.with_common_genres(options.min_positives)
    parts = Parts.from_split(common if isinstance(common, Films) else Films.from_dataset(common), split)
    listener.say(str(parts))
    parts.check()
    kept = {name: _kept_heads(folder, name, parts) for name in parts.modalities}
    heads = fit_heads(parts, options, kept=kept, listener=listener)
    chosen, joins = join_heads(heads, parts, options, listener)
    decisions = {
        choice: decide(logits, parts.validation.having(choice), objective=options.objective, seed=options.seed)
        for choice, logits in chosen.logits.items()
    }
    listener.say("fitting it again on both parts")

    def refit_head(modality: str, head: Head) -> Head:
        return refit(head, parts.both.branch(modality), kept=kept[modality], monitor=listener.monitor)

    join = chosen.join.refit(parts.both, refit_head, seed=options.seed, monitor=listener.monitor)
    untested = _make_model(join, decisions, _describe(data, split, parts, options, leaks), parts, options)
    scored = score_choices(untested, parts.test)
    evaluations = {choice: _evaluate(rows, parts.test.genres) for choice, rows in scored.items()}
    whole, rows = parts.modalities, parts.test.having(parts.modalities)
    report = TrainingReport(
        sizes=parts.sizes,
        leaks=leaks,
        rare=rare,
        candidates=(*(head.score for found in heads.values() for head in found), *(join.score for join in joins)),
        chosen=chosen.score,
        evaluation=evaluations[whole],
        intervals=intervals(scored[whole], groups=rows.groups, seed=options.seed),
        baselines=baselines(parts.fitting.priors, rows.Y, genres=rows.genres, known=rows.known),
        choices={join_names(choice): found for choice, found in evaluations.items()} if len(whole) > 1 else {},
    )
    model = replace(untested, manifest=replace(untested.manifest, metrics=report.metrics))
    return TrainedModel(GenreModel.from_bytes(model.to_bytes()), report, scored[whole])  # what can't be read fails here


def _kept_heads(folder: Path | None, modality: str, parts: Parts) -> KeptHeads:
    """Return what is kept of a modality's heads; of several modalities each has a folder of its own."""
    return KeptHeads(folder / modality if folder and len(parts.modalities) > 1 else folder)


def _evaluate(rows: ScoredRows, genres: tuple[str, ...]) -> Evaluation:
    return evaluate(rows.labels, rows.scores, genres=genres, thresholds=rows.thresholds, known=rows.known)


def _describe(data: Dataset | Films, split: Split, parts: Parts, options: TrainingOptions, leaks: str) -> TrainedOn:
    n_train, n_validation, n_test = parts.sizes
    return TrainedOn(
        description=options.description + (f"; leaks were allowed: {leaks}" if leaks else ""),
        n_train=n_train,
        n_validation=n_validation,
        n_test=n_test,
        data_sha256=data.sha256,
        split_sha256=split.sha256,
        seed=options.seed,
    )


def _make_model(
    join: Join, decisions: Mapping[Choice, Decisions], trained_on: TrainedOn, parts: Parts, options: TrainingOptions
) -> GenreModel:
    """Return the model without metrics, which only the test gives it."""
    manifest = Manifest(
        name=options.name,
        head=describe_join(join)[0],
        inputs=parts.both.inputs,
        genres=parts.both.genres,
        priors=tuple(parts.fitting.priors.tolist()),
        decisions={join_names(choice): each for choice, each in decisions.items()},
        objective=options.objective,
        metrics={},
        trained_on=trained_on,
        created_at=options.created_at,
        versions={"python": platform.python_version()}
        | {name: version(name) for name in ("numpy", "scikit-learn", "keras")},
        genre_sets=GenreSets.from_labels(parts.fitting.Y, parts.fitting.known).to_hex(),
    )
    return GenreModel(manifest, join, TrainingFilms.from_groups(parts.both.groups))
