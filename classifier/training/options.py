"""Training options: which heads and joins to try and how, and the listener that hears how it goes."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from classifier.evaluation.thresholds import Objective
from classifier.heads.base import Monitor
from classifier.heads.options import USUAL, NeuralOptions


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingOptions:
    """How to train: what to call the model, which heads to try, what the thresholds are to be best for.

    `heads` are names of `classifier.heads.kinds.KINDS`, () for the usual ones; the best on the validation part is
    taken, or, of one modality, the average of several where that is surely better. `joins` are names of
    `classifier.joins.kinds.JOINS`. `seed` is for the heads too; that of `neural` is ignored. With `allow_leaks` a split
    that tests on films that were trained on is used all the same, and report and model say so.
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
    allow_leaks: bool = False


@dataclass(frozen=True, slots=True)
class TrainingListener:
    """Hears how a training goes: `say` gets a line for each step, `monitor(head)` returns the monitor of a fit."""

    say: Callable[[str], None] = lambda line: None
    monitor: Callable[[str], Monitor] = lambda head: Monitor()


SILENT = TrainingListener()
