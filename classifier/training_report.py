"""TrainingReport: what came of a training, in figures and as text."""

from collections.abc import Mapping
from dataclasses import dataclass

from classifier.bootstrap import Interval
from classifier.evaluation import Evaluation
from classifier.evaluation_report import format_report


@dataclass(frozen=True, slots=True)
class Trial:
    """A head, its macro average precision on the validation part, and the seconds it took to fit."""

    head: str
    macro_ap: float
    seconds: float


@dataclass(frozen=True, slots=True)
class TrainingReport:
    """What came of a training: figures on the untouched test part with their intervals, the baselines, the trials.

    `sizes` are the rows that trained, chose and tested; `rare` the genres left out, with their rows.
    """

    sizes: tuple[int, int, int]
    rare: Mapping[str, int]
    trials: tuple[Trial, ...]
    chosen: Trial
    evaluation: Evaluation
    intervals: Mapping[str, Interval]
    baselines: Mapping[str, Evaluation]

    def __str__(self) -> str:
        left_out = ", ".join(f"{genre} ({n})" for genre, n in self.rare.items()) or "none"
        n_train, n_validation, n_test = self.sizes
        tried = ", ".join(f"{trial.head} {trial.macro_ap:.3f}" for trial in self.trials)
        return (
            f"chosen and calibrated on {n_validation:,} rows, by heads fitted on {n_train:,}; fitted again on both; "
            f"tested on {n_test:,}; no group, file or near-duplicate is in two of them\n"
            f"genres left out as too rare: {left_out}\n"
            f"macro AP on the validation part: {tried}; chosen: {self.chosen.head}\n\n"
            f"{format_report({'model': self.evaluation}, self.baselines, intervals={'model': self.intervals})}"
        )
