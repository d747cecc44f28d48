"""Epochs: the loop that fits a network, stops when validation no longer gains, and goes on after a kill."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from classifier.errors import BadTrainingData
from classifier.heads.base import Monitor

Values = list[NDArray[np.generic]]


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


@dataclass(frozen=True, slots=True)
class Course:
    """The steps of an epoch: `learn` gets its number, from 0, and returns the mean loss; `validate` the macro AP.

    `validate` is None where nothing validates; `patience` are the epochs without a gain before the end.
    """

    learn: Callable[[int], float]
    validate: Callable[[], float] | None
    epochs: int
    patience: int


@dataclass(slots=True, eq=False)
class Progress:
    """After len(history) epochs: `state` of network and optimiser, `best` weights; a (loss, macro AP) an epoch.

    The macro AP is NaN where nothing validates; then the best weights are the latest.
    """

    state: Values
    best: Values
    history: list[tuple[float, float]] = field(default_factory=list)

    @property
    def best_epoch(self) -> int:
        """The epoch of the best validation (the first of equals), counted from 0; the last without validation."""
        scores = [score for _, score in self.history]
        return len(scores) - 1 if np.isnan(scores).any() else int(np.argmax(scores))


def run_course(learner: Learner, course: Course, *, monitor: Monitor, fingerprint: str) -> Progress:
    """Train until the epochs or the patience run out; return how it went: `learner` then has the best weights.

    With a folder in `monitor.checkpoints`, each epoch is kept there, and a later call with the same `fingerprint`
    goes on after the last one kept, as if nothing had happened.
    """
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
            _save(progress, path, fingerprint=fingerprint)
        figures = {"loss": loss} if np.isnan(score) else {"loss": loss, "macro_ap": score}
        monitor.step(len(progress.history), course.epochs, figures)
    learner.set_weights(progress.best)
    return progress


def _begin(learner: Learner, path: Path | None, fingerprint: str) -> Progress:
    kept = _load(path, fingerprint=fingerprint) if path else None
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


def _check(score: float) -> float:
    if np.isnan(score):
        raise BadTrainingData("no genre has rows with it and without it in the validation part: give more rows")
    return score


def _save(progress: Progress, path: Path, *, fingerprint: str) -> None:
    """Write it whole or not at all; `fingerprint` names the data and options it belongs to."""
    arrays = {
        **{f"state{place:04}": value for place, value in enumerate(progress.state)},
        **{f"best{place:04}": value for place, value in enumerate(progress.best)},
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        np.savez(file, history=np.array(progress.history), fingerprint=np.array(fingerprint), **arrays)  # type: ignore[arg-type]
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def _load(path: Path, *, fingerprint: str) -> Progress | None:
    """Return what was kept of this very fit; None when there is nothing, or it is another's."""
    if not path.is_file():
        return None
    with np.load(path, allow_pickle=False) as kept:
        if str(kept["fingerprint"]) != fingerprint:
            return None
        history = [(float(loss), float(score)) for loss, score in kept["history"]]
        return Progress(_values(kept, "state"), _values(kept, "best"), history)


def _values(kept: "np.lib.npyio.NpzFile", prefix: str) -> Values:
    return [kept[name] for name in sorted(kept.files) if name.startswith(prefix)]
