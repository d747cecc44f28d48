"""Epochs: the loop that fits a network, stops when validation no longer gains, and goes on after a kill."""

from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from classifier.batches import Batch, training_batches
from classifier.checkpoint import Progress, Values, load_progress, save_progress
from classifier.errors import BadTrainingData
from classifier.head import Examples, Monitor
from classifier.metrics import macro_ap
from classifier.neural_options import NeuralOptions
from classifier.ragged import Ragged


class Trainee(Protocol):
    """A network as the loop sees it."""

    def learn(self, batch: Batch) -> float:
        """Take one step downhill and return the loss before it."""

    def score(self, X: Ragged) -> NDArray[np.float64]:
        """Return logits (n, genres)."""

    def state(self) -> Values:
        """Return all that the next step depends on: weights, optimiser, random generators."""

    def set_state(self, state: Values) -> None:
        """Take up a state again."""

    def weights(self) -> Values:
        """Return what was learnt."""

    def set_weights(self, weights: Values) -> None:
        """Judge with these weights from now on."""


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
    path = monitor.checkpoints / f"{fingerprint[:16]}.npz" if monitor.checkpoints else None
    progress = _begin(trainee, path, fingerprint)
    while not _is_over(progress, options):
        loss = _run_epoch(trainee, train, options, epoch=len(progress.history))
        score = _judge(trainee, validation) if validation else np.nan
        progress.history.append((loss, score))
        if progress.best_epoch == len(progress.history) - 1:
            progress.best = trainee.weights()
        if path:
            progress.state = trainee.state()
            save_progress(progress, path, fingerprint=fingerprint)
        figures = {"loss": loss} if np.isnan(score) else {"loss": loss, "macro_ap": score}
        monitor.step(len(progress.history), options.epochs, figures)
    trainee.set_weights(progress.best)
    return progress.best_epoch + 1


def _begin(trainee: Trainee, path: Path | None, fingerprint: str) -> Progress:
    kept = load_progress(path, fingerprint=fingerprint) if path else None
    if kept is None:
        return Progress(trainee.state(), trainee.weights())
    trainee.set_state(kept.state)
    return kept


def _is_over(progress: Progress, options: NeuralOptions) -> bool:
    done = len(progress.history)
    return done >= options.epochs or (done > 0 and done - 1 - progress.best_epoch >= options.patience)


def _run_epoch(trainee: Trainee, train: Examples, options: NeuralOptions, *, epoch: int) -> float:
    """Return the mean loss of the epoch's batches."""
    loss = float(np.mean([trainee.learn(batch) for batch in training_batches(train, options, epoch=epoch)]))
    if not np.isfinite(loss):
        raise BadTrainingData(f"the loss is {loss} in epoch {epoch + 1}: try a lower learning_rate")
    return loss


def _judge(trainee: Trainee, validation: Examples) -> float:
    score = macro_ap(validation.y, trainee.score(validation.X), known=validation.known)
    if np.isnan(score):
        raise BadTrainingData("no genre has rows with it and without it in the validation part: give more rows")
    return score
