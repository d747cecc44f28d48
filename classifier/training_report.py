"""TrainingReport: what came of a training, in figures and as text."""

from collections.abc import Mapping
from dataclasses import dataclass

from classifier.evaluation import Evaluation
from classifier.evaluation_report import format_report


@dataclass(frozen=True, slots=True)
class Trial:
    """One pair of settings and the macro average precision it reached on rows it was not fitted on."""

    n_components: int
    penalty: float
    macro_ap: float


@dataclass(frozen=True, slots=True)
class TrainingReport:
    """What came of a training: the figures on the untouched test part, the baselines, the trials."""

    n_train: int
    n_test: int
    rare: Mapping[str, int]
    trials: tuple[Trial, ...]
    chosen: Trial
    evaluation: Evaluation
    baselines: Mapping[str, Evaluation]

    def __str__(self) -> str:
        left_out = ", ".join(f"{genre} ({n})" for genre, n in self.rare.items()) or "none"
        return (
            f"trained on {self.n_train:,} rows, tested on {self.n_test:,} of other groups\n"
            f"genres left out as too rare: {left_out}\n"
            f"{self.chosen.n_components} components, C = {self.chosen.penalty:g}: "
            f"macro AP {self.chosen.macro_ap:.3f} in cross-validation\n\n"
            f"{format_report({'model': self.evaluation}, self.baselines)}"
        )
