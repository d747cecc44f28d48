"""Epochs: the loop that fits a network, stops when validation no longer gains, and goes on after a kill."""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from classifier.errors import BadTrainingData
from classifier.evaluation.metrics import macro_ap
from classifier.heads.base import Examples, Monitor
from classifier.heads.batches import Batch, training_batches
from classifier.heads.checkpoint import Progress, Values, load_progress, save_progress
from classifier.heads.options import NeuralOptions
from classifier.ragged import Ragged


class Learner(Protocol):
    """A network whose learning can be resumed."""

    def state(self) -> Values:
        """Return all that the next step depends on: weights, optimiser, random generators."""

    def set_state(self, state: Values) -> None:
        """Take up a state again."""

    def weights(self) -> Values:
        """Return what was learnt."""

    def set_weights(self, weights: Values) -> None:
        """Use these weights from now on."""


class Trainee(Learner, Protocol):
    """A network as the loop sees it."""

    def learn(self, batch: Batch) -> float:
        """Take one step downhill and return the loss before it."""

    def score(self, X: Ragged) -> NDArray[np.float64]:
        """Return logits (n, genres)."""


@dataclass(frozen=True, slots=True)
class Course:
    """The steps of an epoch: `learn` gets its number, from 0, and returns the mean loss; `validate` the macro AP.

    `validate` is None where nothing validates; `patience` are the epochs without a gain before the end.
    """

    learn: Callable[[int], float]
    validate: Callable[[], float] | None
    epochs: int
    patience: int


def run_epochs(
    trainee: Trainee,
    train: Examples,
    *,
    validation: Examples | None,
    options: NeuralOptions,
    monitor: Monitor,
    fingerprint: str,
) -> int:
    """Train until the epochs or the patience run out and return how many were best; `trainee` then has their weights.

    With a folder in `monitor.checkpoints`, each epoch is kept there, and a later call with the same `fingerprint`
    goes on after the last one kept, as if nothing had happened.
    """

    def learn(epoch: int) -> float:
        return float(np.mean([trainee.learn(batch) for batch in training_batches(train, options, epoch=epoch)]))

    validate = functools.partial(_validate, trainee, validation) if validation else None
    course = Course(learn, validate, epochs=options.epochs, patience=options.patience)
    return run_course(trainee, course, monitor=monitor, fingerprint=fingerprint).best_epoch + 1


def run_course(learner: Learner, course: Course, *, monitor: Monitor, fingerprint: str) -> Progress:
    """Train as `run_epochs` does, with any learner; return how it went."""
    path = monitor.checkpoints / f"{fingerprint[:16]}.npz" if monitor.checkpoints else None
    progress = _begin(learner, path, fingerprint)
    while not _is_over(progress, course):
        loss = _run_epoch(course, epoch=len(progress.history))
        score = _check(course.validate()) if course.validate else np.nan
        progress.history.append((loss, score))
        if progress.best_epoch == len(progress.history) - 1:
            progress.best = learner.weights()
        if path:
            progress.state = learner.state()
            save_progress(progress, path, fingerprint=fingerprint)
        figures = {"loss": loss} if np.isnan(score) else {"loss": loss, "macro_ap": score}
        monitor.step(len(progress.history), course.epochs, figures)
    learner.set_weights(progress.best)
    return progress


def _begin(learner: Learner, path: Path | None, fingerprint: str) -> Progress:
    kept = load_progress(path, fingerprint=fingerprint) if path else None
    if kept is None:
        return Progress(learner.state(), learner.weights())
    learner.set_state(kept.state)
    return kept


def _is_over(progress: Progress, course: Course) -> bool:
    done = len(progress.history)
    return done >= course.epochs or (done > 0 and done - 1 - progress.best_epoch >= course.patience)


def _run_epoch(course: Course, *, epoch: int) -> float:
    loss = course.learn(epoch)
    if not np.isfinite(loss):
        raise BadTrainingData(f"the loss is {loss} in epoch {epoch + 1}: try a lower learning_rate")
    return loss


def _validate(trainee: Trainee, validation: Examples) -> float:
    return macro_ap(validation.y, trainee.score(validation.X), known=validation.known)


def _check(score: float) -> float:
    if np.isnan(score):
        raise BadTrainingData("no genre has rows with it and without it in the validation part: give more rows")
    return score
