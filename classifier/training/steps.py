"""Making a model: what every training shares, from the parts of the data to the file's content."""

import platform
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from typing import Generic

import numpy as np
from numpy.typing import NDArray

from classifier.data.dataset import Dataset, LabelledRows
from classifier.data.films import Films
from classifier.data.split import PARTS, Rows, Split
from classifier.data.training_films import TrainingFilms
from classifier.evaluation.calibration import Calibration, fit_calibration
from classifier.evaluation.scored_rows import ScoredRows
from classifier.evaluation.thresholds import Objective, choose_thresholds, unsure_bands
from classifier.heads.base import Monitor
from classifier.heads.options import USUAL, NeuralOptions
from classifier.joins.base import Join
from classifier.joins.kinds import describe_join
from classifier.manifest import Decisions, Manifest, TrainedOn
from classifier.model import GenreModel
from classifier.training.report import TrainingReport
from classifier.verdict import sigmoid


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingOptions:
    """How to train: what to call the model, which heads to try, what the thresholds are to be best for.

    `heads` are names of `classifier.heads.kinds.KINDS`, () for the usual ones; the best on the validation part is
    taken,
    or the average of several where that is surely better. `joins` are names of `classifier.joins.kinds.JOINS`. `seed`
    is for the heads too; of `neural` it is not heeded.
    """

    name: str
    description: str
    created_at: datetime
    heads: tuple[str, ...] = ()
    objective: Objective = "f1"
    seed: int = 0
    min_positives: int = 50
    neural: NeuralOptions = USUAL
    joins: tuple[str, ...] = ("late", "stacked", "early", "gated")


@dataclass(frozen=True, slots=True)
class Listener:
    """Who hears of a training: `say` gets a line for each step, `monitor(head)` gives each fit its monitor."""

    say: Callable[[str], None] = lambda line: None
    monitor: Callable[[str], Monitor] = lambda head: Monitor()


SILENT = Listener()


@dataclass(frozen=True, slots=True)
class Trained:
    """A new model, the report on it, and its answers on the test part, which pictures are drawn of."""

    model: GenreModel
    report: TrainingReport
    test: ScoredRows


@dataclass(frozen=True, slots=True, eq=False)
class Parts(Generic[Rows]):
    """The parts of a data set; `both` is the first two together."""

    fitting: Rows
    validation: Rows
    test: Rows
    both: Rows

    @classmethod
    def of(cls, data: Rows, split: Split) -> "Parts[Rows]":
        """Return the parts that a split names."""
        fitting, validation, test = (split.rows(data, part) for part in PARTS)
        return cls(fitting, validation, test, split.rows(data, "train", "validation"))

    @property
    def sizes(self) -> tuple[int, int, int]:
        """The rows of each of the three."""
        return len(self.fitting), len(self.validation), len(self.test)


def decide(logits: NDArray[np.float64], rows: LabelledRows, *, objective: Objective, seed: int) -> Decisions:
    """Return how logits (n, genres) of rows that nothing was fitted on become scores, and scores answers."""
    calibration = fit_calibration(logits, rows.Y, known=rows.known, groups=rows.groups)
    scores = sigmoid(calibration.apply(logits))
    thresholds = choose_thresholds(scores, rows.Y, known=rows.known, objective=objective)
    low, high = unsure_bands(scores, rows.Y, known=rows.known, groups=rows.groups, objective=objective, seed=seed)
    numbers = (calibration.slope, calibration.intercept, thresholds, low, high)
    return Decisions(*(tuple(each.tolist()) for each in numbers))


def judge(logits: NDArray[np.float64], decided: Decisions, rows: LabelledRows) -> ScoredRows:
    """Return the answers that logits (n, genres) make, beside the true labels."""
    calibration = Calibration(np.array(decided.slopes), np.array(decided.intercepts))
    scores = sigmoid(calibration.apply(logits))
    return ScoredRows.of(rows.Y, scores, thresholds=decided.thresholds, known=rows.known)


@dataclass(frozen=True, slots=True, eq=False)
class TrainingResult:
    """What a training has made: the join, the decisions for each choice of its modalities, figures on the test part."""

    join: Join
    decisions: Mapping[str, Decisions]
    metrics: Mapping[str, float]


def make_model(
    data: Dataset | Films, split: Split, parts: Parts[Rows], options: TrainingOptions, made: TrainingResult
) -> GenreModel:
    """Return the model file's content, read once from its bytes: what can't be loaded isn't handed out."""
    n_train, n_validation, n_test = parts.sizes
    trained_on = TrainedOn(
        description=options.description,
        n_train=n_train,
        n_validation=n_validation,
        n_test=n_test,
        data_sha256=data.sha256,
        split_sha256=split.sha256,
        seed=options.seed,
    )
    manifest = Manifest(
        name=options.name,
        head=describe_join(made.join)[0],
        inputs=data.inputs,
        genres=parts.fitting.genres,
        priors=tuple(parts.fitting.priors.tolist()),
        decisions=made.decisions,
        objective=options.objective,
        metrics=made.metrics,
        trained_on=trained_on,
        created_at=options.created_at,
        versions={"python": platform.python_version()}
        | {name: version(name) for name in ("numpy", "scikit-learn", "keras")},
    )
    model = GenreModel(manifest, made.join, TrainingFilms.of(parts.both.groups))
    return GenreModel.from_bytes(model.to_bytes())
