"""Training: pooled features and genres in, a calibrated GenreModel and its honest report out."""

import platform
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import sklearn
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from classifier.baselines import baselines
from classifier.calibration import fit_platt
from classifier.errors import BadTrainingData
from classifier.evaluation import Evaluation, evaluate
from classifier.linear import LinearHead
from classifier.manifest import Manifest, TrainedOn
from classifier.model import GenreModel
from classifier.projection import Projection, fit_projection
from classifier.splits import grouped_stratified_folds
from classifier.thresholds import choose_thresholds
from classifier.training_report import TrainingReport, Trial
from classifier.training_set import TrainingSet
from classifier.verdict import sigmoid

# 5,782 posters, 21 genres, macro AP in grouped cross-validation: whitening 0, 0.5, 1 gave .281, .281, .271;
# 200, 400, 800 components .280, .281, .282
WHITENING = 0.5
COMPONENTS = (200, 400)
PENALTIES = (0.0001, 0.0003, 0.001, 0.003, 0.01)
TEST_FOLD = 0
MIN_FOLDS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingOptions:
    """How to train: what to call the model, where its features come from, and the few numbers that matter.

    `penalties` are scikit-learn's C (inverse strength of the L2 penalty), `components` the numbers of
    principal directions; the best pair is found by grouped cross-validation.
    """

    name: str
    description: str
    modality: str
    features_id: str
    created_at: datetime
    seed: int = 0
    n_folds: int = 5
    min_positives: int = 50
    penalties: tuple[float, ...] = PENALTIES
    components: tuple[int, ...] = COMPONENTS


@dataclass(frozen=True, slots=True)
class Trained:
    """A new model and the report on it."""

    model: GenreModel
    report: TrainingReport


def train_pooled(
    data: TrainingSet, options: TrainingOptions, *, report: Callable[[str], None] = lambda line: None
) -> Trained:
    """Return a one-against-rest logistic regression on pooled features, calibrated and judged.

    One fold of `n_folds` is the test part and is looked at only for the last figures. The others choose the
    settings by grouped cross-validation; their out-of-fold logits give Platt's calibration and the
    thresholds; then all of them together fit the head, into which scaling, projection and calibration are
    folded. Equal data and options give equal bytes on one machine. `report` gets a line for each step.
    Raises BadTrainingData.
    """
    if options.n_folds < MIN_FOLDS:
        raise BadTrainingData(f"n_folds must be at least {MIN_FOLDS}, not {options.n_folds}")
    data, rare = data.with_common_genres(options.min_positives)
    folds = grouped_stratified_folds(data.Y, data.groups, n_folds=options.n_folds, seed=options.seed)
    seen = folds != TEST_FOLD
    train, test = data.rows(seen), data.rows(~seen)
    report(f"{len(train):,} rows to train on, {len(test):,} to test, {len(data.genres)} genres")

    held_out = _cross_validate(train, folds[seen], options=options, report=report)
    trials = tuple(_judge(settings, logits, train.Y) for settings, logits in held_out.items())
    chosen = max(trials, key=lambda trial: trial.macro_ap)
    report(f"chosen: {chosen.n_components} components, C = {chosen.penalty:g}; fitting on all {len(train):,}")
    logits = held_out[chosen.n_components, chosen.penalty]
    head, thresholds = _fit_head(train, logits, chosen=chosen, seed=options.seed)

    scores = sigmoid(head.logits(test.X.astype(np.float64)))
    evaluation = evaluate(test.Y, scores, genres=data.genres, thresholds=thresholds)
    beside = baselines(train.Y, test.Y, genres=data.genres, seed=options.seed)
    model = GenreModel(_manifest(data, options, (len(train), len(test)), thresholds, evaluation), head)
    found = TrainingReport(len(train), len(test), rare, trials, chosen, evaluation, beside)
    return Trained(GenreModel.from_bytes(model.to_bytes()), found)  # what can't be loaded is not handed out


def _cross_validate(
    train: TrainingSet,
    folds: NDArray[np.int64],
    *,
    options: TrainingOptions,
    report: Callable[[str], None],
) -> dict[tuple[int, float], NDArray[np.float64]]:
    """Return for each (components, penalty) logits (n, genres) of every row by models that never saw it."""
    held_out = {(n, penalty): np.zeros(train.Y.shape) for n in options.components for penalty in options.penalties}
    for done, fold in enumerate(np.unique(folds), start=1):
        out = folds == fold
        projection = _project(train.X[~out], n_components=max(options.components), seed=options.seed)
        inside, outside = projection.apply(train.X[~out]), projection.apply(train.X[out])
        for (n, penalty), logits in held_out.items():  # the first n directions are those of the n strongest
            coef, intercept = _fit(inside[:, :n], train.Y[~out], genres=train.genres, penalty=penalty)
            logits[out] = outside[:, :n] @ coef.T + intercept
        report(f"cross-validation: fold {done} of {options.n_folds - 1}")
    return held_out


def _project(vectors: NDArray[np.float32], *, n_components: int, seed: int) -> Projection:
    return fit_projection(vectors, n_components=n_components, whitening=WHITENING, seed=seed)


def _judge(settings: tuple[int, float], logits: NDArray[np.float64], labels: NDArray[np.bool_]) -> Trial:
    figures = evaluate(labels, sigmoid(logits), genres=[str(column) for column in range(labels.shape[1])])
    return Trial(n_components=settings[0], penalty=settings[1], macro_ap=figures.macro_ap)


def _fit(
    vectors: NDArray[np.float64], labels: NDArray[np.bool_], *, genres: tuple[str, ...], penalty: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return coef (genres, components) and intercept (genres,) of one logistic regression for each genre."""
    coef, intercept = [], []
    for column, genre in enumerate(genres):
        target = labels[:, column]
        if target.all() or not target.any():
            raise BadTrainingData(
                f"in one part of the data every film or none is {genre!r}: its films are in too few groups; "
                "give more films of other franchises, or raise min_positives to leave the genre out"
            )
        regression = LogisticRegression(C=penalty, max_iter=2000).fit(vectors, target)
        coef.append(regression.coef_[0])
        intercept.append(regression.intercept_[0])
    return np.stack(coef), np.array(intercept)


def _fit_head(
    train: TrainingSet, held_out: NDArray[np.float64], *, chosen: Trial, seed: int
) -> tuple[LinearHead, tuple[float, ...]]:
    """Return the head fitted on all of `train`, calibrated by the held-out logits, and its thresholds.

    The held-out logits come from models of slightly fewer rows than the final one: the usual approximation.
    """
    platt = [fit_platt(logits, labels) for logits, labels in zip(held_out.T, train.Y.T, strict=True)]
    slope, shift = np.array(platt).T
    thresholds = choose_thresholds(sigmoid(held_out * slope + shift), train.Y)
    projection = _project(train.X, n_components=chosen.n_components, seed=seed)
    coef, intercept = projection.fold(
        *_fit(projection.apply(train.X), train.Y, genres=train.genres, penalty=chosen.penalty)
    )
    head = LinearHead(
        coef=(coef * slope[:, None]).astype(np.float32),
        intercept=(intercept * slope + shift).astype(np.float32),
    )
    return head, tuple(thresholds.tolist())


def _manifest(
    data: TrainingSet,
    options: TrainingOptions,
    sizes: tuple[int, int],
    thresholds: tuple[float, ...],
    evaluation: Evaluation,
) -> Manifest:
    return Manifest(
        name=options.name,
        head=LinearHead.KIND,
        genres=data.genres,
        thresholds=thresholds,
        metrics=evaluation.metrics(),
        features_id=options.features_id,
        trained_on=TrainedOn(
            modality=options.modality,
            description=options.description,
            n_train=sizes[0],
            n_test=sizes[1],
            data_sha256=data.sha256,
        ),
        created_at=options.created_at,
        versions={
            "python": platform.python_version(),
            "numpy": np.__version__,
            "scikit-learn": sklearn.__version__,
        },
    )
