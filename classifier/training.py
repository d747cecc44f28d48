"""Training: a data set and a split in, a calibrated GenreModel and its honest report out."""

import platform
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from classifier.baselines import baselines
from classifier.bootstrap import intervals
from classifier.calibration import Calibration, fit_calibration
from classifier.candidates import Candidate, average, fit_candidate, refit
from classifier.dataset import Dataset
from classifier.evaluation import evaluate
from classifier.head import Head, Monitor
from classifier.judged import Judged
from classifier.kept_heads import KeptHeads
from classifier.kinds import describe
from classifier.manifest import Manifest, TrainedOn
from classifier.model import GenreModel
from classifier.neural_options import USUAL, NeuralOptions
from classifier.seen import Seen
from classifier.split import PARTS, Split
from classifier.thresholds import Objective, choose_thresholds, unsure_bands
from classifier.training_report import TrainingReport
from classifier.verdict import sigmoid

PICTURES = ("logistic_mean", "mlp")  # for rows of one frame, where there is no time to look at
WORDS = ("tfidf",)  # for rows of ids of words
SEQUENCES = ("logistic_mean", "logistic_stats", "mlp", "attention")


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingOptions:
    """How to train: what to call the model, which heads to try, what the thresholds are to be best for.

    `heads` are names of `classifier.kinds.KINDS`, () for the usual ones; the best on the validation part is taken,
    or the average of several where that is surely better. `seed` is for the heads too; of `neural` it is not heeded.
    """

    name: str
    description: str
    created_at: datetime
    heads: tuple[str, ...] = ()
    objective: Objective = "f1"
    seed: int = 0
    min_positives: int = 50
    neural: NeuralOptions = USUAL


@dataclass(frozen=True, slots=True)
class Listener:
    """Who hears of a training: `say` gets a line for each step, `monitor(head)` gives each fit its monitor."""

    say: Callable[[str], None] = lambda line: None
    monitor: Callable[[str], Monitor] = lambda head: Monitor()


@dataclass(frozen=True, slots=True)
class Trained:
    """A new model, the report on it, and its answers on the test part, which pictures are drawn of."""

    model: GenreModel
    report: TrainingReport
    test: Judged


def train(
    data: Dataset,
    split: Split,
    options: TrainingOptions,
    *,
    folder: Path | None = None,
    listener: Listener = Listener(),
) -> Trained:
    """Return the model of the best head: fitted on `train`, chosen and calibrated on `validation`, judged on `test`.

    What was chosen is fitted once more on both parts, without another look at how it does; calibration and thresholds
    stay those of the first fit. The test part is looked at for the last figures alone. Equal data and options give
    equal bytes on one machine. With a `folder`, finished heads and checkpoints are kept there, and a training that
    was cut off goes on. Raises BadTrainingData, and LeakingSplit when the split would test a model on what it has
    seen.
    """
    split.check(data)
    kept, rare = data.with_common_genres(options.min_positives)
    fitting, validation, test = (split.rows(kept, part) for part in PARTS)
    parts = _Parts(fitting, validation, test, both=split.rows(kept, "train", "validation"))
    listener.say(
        f"{len(parts.fitting):,} rows to train on, {len(parts.validation):,} to choose and calibrate, "
        f"{len(parts.test):,} to test, {len(kept.genres)} genres"
    )
    candidates = _fit_all(parts, options, folder=folder, listener=listener)
    best = max(candidates, key=lambda candidate: candidate.trial.macro_ap)
    chosen = average(candidates, parts.validation, seed=options.seed, say=listener.say) or best
    listener.say(f"chosen: {chosen.trial.head}, macro AP {chosen.trial.macro_ap:.3f} on the validation part")
    decided = _decide(chosen.logits, parts.validation, options)
    listener.say("fitting it again on both parts")
    head = refit(chosen.head, parts.both, kept=KeptHeads(folder), monitor=listener.monitor)
    judged = _judge(head, decided, parts.test)
    evaluation = evaluate(
        judged.labels, judged.scores, genres=kept.genres, thresholds=judged.thresholds, known=judged.known
    )
    trained_on = _trained_on(data, split, parts, options)
    manifest = _manifest(parts, options, head, decided, trained_on=trained_on, metrics=evaluation.metrics())
    model = GenreModel(manifest, head, Seen.of(parts.both.groups))
    report = TrainingReport(
        sizes=parts.sizes,
        rare=rare,
        trials=tuple(candidate.trial for candidate in candidates),
        chosen=chosen.trial,
        evaluation=evaluation,
        intervals=intervals(judged, groups=parts.test.groups, seed=options.seed),
        baselines=baselines(parts.fitting.priors, parts.test.Y, genres=kept.genres, known=parts.test.known),
    )
    return Trained(GenreModel.from_bytes(model.to_bytes()), report, judged)  # what can't be loaded isn't handed out


def usual_heads(data: Dataset) -> tuple[str, ...]:
    """Return the heads worth trying: rows of one frame have no time to look at, words are no frames."""
    if data.modality == "plot" and data.X.dim == 1:
        return WORDS
    return PICTURES if int(data.X.lengths.max()) == 1 else SEQUENCES


@dataclass(frozen=True, slots=True, eq=False)
class _Parts:
    fitting: Dataset
    validation: Dataset
    test: Dataset
    both: Dataset  # the first two

    @property
    def sizes(self) -> tuple[int, int, int]:
        return len(self.fitting), len(self.validation), len(self.test)


@dataclass(frozen=True, slots=True, eq=False)
class _Decisions:
    """What the validation part decides: how logits become scores, and scores answers; all of shape (genres,)."""

    calibration: Calibration
    thresholds: NDArray[np.float64]
    unsure_from: NDArray[np.float64]
    unsure_to: NDArray[np.float64]


def _fit_all(parts: _Parts, options: TrainingOptions, *, folder: Path | None, listener: Listener) -> list[Candidate]:
    candidates = []
    for kind in options.heads or usual_heads(parts.fitting):
        found = fit_candidate(
            kind,
            parts.fitting,
            parts.validation,
            options=replace(options.neural, seed=options.seed),
            kept=KeptHeads(folder),
            monitor=listener.monitor(kind),
        )
        listener.say(f"{kind}: macro AP {found.trial.macro_ap:.3f} on the validation part, {found.trial.seconds:.0f} s")
        candidates.append(found)
    return candidates


def _decide(logits: NDArray[np.float64], validation: Dataset, options: TrainingOptions) -> _Decisions:
    labels, known, groups = validation.Y, validation.known, validation.groups
    calibration = fit_calibration(logits, labels, known=known, groups=groups)
    scores = sigmoid(calibration.apply(logits))
    thresholds = choose_thresholds(scores, labels, known=known, objective=options.objective)
    bands = unsure_bands(scores, labels, known=known, groups=groups, objective=options.objective, seed=options.seed)
    return _Decisions(calibration, thresholds, *bands)


def _judge(head: Head, decided: _Decisions, test: Dataset) -> Judged:
    scores = sigmoid(decided.calibration.apply(head.logits(test.X)))
    return Judged.of(test.Y, scores, thresholds=decided.thresholds, known=test.known)


def _trained_on(data: Dataset, split: Split, parts: _Parts, options: TrainingOptions) -> TrainedOn:
    n_train, n_validation, n_test = parts.sizes
    return TrainedOn(
        modality=data.modality,
        description=options.description,
        n_train=n_train,
        n_validation=n_validation,
        n_test=n_test,
        data_sha256=data.sha256,
        split_sha256=split.sha256,
        seed=options.seed,
    )


def _manifest(
    parts: _Parts,
    options: TrainingOptions,
    head: Head,
    decided: _Decisions,
    *,
    trained_on: TrainedOn,
    metrics: Mapping[str, float],
) -> Manifest:
    return Manifest(
        name=options.name,
        head=describe(head)[0],
        genres=parts.fitting.genres,
        priors=tuple(parts.fitting.priors.tolist()),
        slopes=tuple(decided.calibration.slope.tolist()),
        intercepts=tuple(decided.calibration.intercept.tolist()),
        thresholds=tuple(decided.thresholds.tolist()),
        unsure_from=tuple(decided.unsure_from.tolist()),
        unsure_to=tuple(decided.unsure_to.tolist()),
        objective=options.objective,
        metrics=metrics,
        features_id=parts.fitting.features_id,
        trained_on=trained_on,
        created_at=options.created_at,
        versions={"python": platform.python_version()}
        | {name: version(name) for name in ("numpy", "scikit-learn", "keras")},
    )
