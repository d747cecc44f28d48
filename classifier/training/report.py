"""TrainingReport: the outcome of a training, in figures and as text."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from classifier.evaluation.bootstrap import Interval
from classifier.evaluation.evaluation import Evaluation
from classifier.evaluation.report import format_report, show_figure
from classifier.evaluation.tables import format_table

_SHOWN = ("macro_ap", "macro_auc", "macro_f1", "hit_at_3")


@dataclass(frozen=True, slots=True)
class CandidateScore:
    """A head or a join, its macro average precision on the validation part, and the seconds it took to fit."""

    name: str
    macro_ap: float
    seconds: float


@dataclass(frozen=True, slots=True)
class TrainingReport:
    """The figures on the untouched test part with their intervals, the baselines, the candidates that were compared.

    `sizes` are the rows that trained, chose and tested; `leaks` says what stands in two of these parts, "" for nothing;
    `rare` are the genres left out, with their rows. For a model of several modalities `choices` has the figures for
    each choice of them, on the films that have all of it.
    """

    sizes: tuple[int, int, int]
    leaks: str
    rare: Mapping[str, int]
    candidates: tuple[CandidateScore, ...]
    chosen: CandidateScore
    evaluation: Evaluation
    intervals: Mapping[str, Interval]
    baselines: Mapping[str, Evaluation]
    choices: Mapping[str, Evaluation] = field(default_factory=dict)

    @property
    def metrics(self) -> dict[str, float]:
        """The figures that the model's manifest keeps, with those that tell whether it is better than the prior."""
        return {
            **self.evaluation.figures,
            "macro_ap_low": self.intervals["macro_ap"].low,
            "macro_ap_of_prior": self.baselines["prior"].macro_ap,
            **{f"macro_ap_of_{name}": found.macro_ap for name, found in self.choices.items()},
        }

    @property
    def separation(self) -> str:
        """How far the test is one on films that are new, in words."""
        if self.leaks:
            return f"LEAKS WERE ALLOWED, so that these figures flatter: {self.leaks}"
        return "no group, file or near-duplicate is in two of them"

    def __str__(self) -> str:
        left_out = ", ".join(f"{genre} ({n})" for genre, n in self.rare.items()) or "none"
        n_train, n_validation, n_test = self.sizes
        tried = ", ".join(f"{each.name} {each.macro_ap:.3f}" for each in self.candidates)
        return (
            f"chosen and calibrated on {n_validation:,} rows, by heads fitted on {n_train:,}; fitted again on both; "
            f"tested on {n_test:,}; {self.separation}\n"
            f"genres left out as too rare: {left_out}\n"
            f"macro AP on the validation part: {tried}; chosen: {self.chosen.name}\n\n"
            f"{format_report({'model': self.evaluation}, self.baselines, intervals={'model': self.intervals})}"
            f"{format_choices(self.choices)}"
        )


def format_choices(choices: Mapping[str, Evaluation]) -> str:
    """Return a table of the figures for each choice of modalities, "" for none."""
    if not choices:
        return ""
    header = ("", "films", "macro AP", "macro AUC", "macro F1", "hit@3")
    rows = [
        (name, f"{found.n_rows:,}", *(show_figure(found.figures.get(figure)) for figure in _SHOWN))
        for name, found in choices.items()
    ]
    return "\n" + format_table("By what is at hand, each on the films that have it", header, rows)
