"""Runs: the figures of several trainings that differ in split or seed, with their mean and spread."""

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import fmean, stdev

from classifier.evaluation.report import show_figure
from classifier.evaluation.tables import format_table

_SHOWN = {
    "macro_ap": "macro AP",
    "micro_ap": "micro AP",
    "weighted_ap": "weighted AP",
    "samples_ap": "samples AP",
    "macro_auc": "macro AUC",
    "macro_f1": "macro F1",
    "hit_at_1": "hit@1",
    "macro_ece": "macro ECE",
}

Figures = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Runs:
    """The figures of at least two runs on their test parts, by the runs' names; the first one's model is kept."""

    figures: Mapping[str, Figures]

    @property
    def kept(self) -> str:
        """The run whose model is kept: the first, so that none is picked by how it tests."""
        return next(iter(self.figures))

    @property
    def mean(self) -> Figures:
        """The mean over runs of each figure that all of them have."""
        return {name: fmean(run[name] for run in self.figures.values()) for name in self._common}

    @property
    def sd(self) -> Figures:
        """The standard deviation over runs, of a sample (n - 1), of each figure that all of them have."""
        return {name: stdev(run[name] for run in self.figures.values()) for name in self._common}

    @property
    def _common(self) -> list[str]:
        first, *others = self.figures.values()
        return [name for name in first if all(name in run for run in others)]

    @property
    def document(self) -> dict[str, object]:
        """The same for json.dumps."""
        runs = {name: dict(run) for name, run in self.figures.items()}
        return {"kept": self.kept, "runs": runs, "mean": dict(self.mean), "sd": dict(self.sd)}

    def __str__(self) -> str:
        lines = {**self.figures, "mean": self.mean, "sd": self.sd}
        rows = [(name, *(show_figure(run.get(figure)) for figure in _SHOWN)) for name, run in lines.items()]
        title = f"\n{len(self.figures)} runs, each on its own test part; the model kept is that of {self.kept}"
        return format_table(title, ("", *_SHOWN.values()), rows)
