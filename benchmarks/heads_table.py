"""Heads on one data set: fitted on the training part, calibrated on validation, evaluated on the test part."""

from collections.abc import Sequence
from dataclasses import dataclass

from classifier.data.dataset import Dataset
from classifier.data.split import Split
from classifier.evaluation.baselines import baselines
from classifier.evaluation.bootstrap import Interval, intervals
from classifier.evaluation.calibration import fit_calibration
from classifier.evaluation.evaluation import Evaluation, evaluate
from classifier.evaluation.scored_rows import ScoredRows
from classifier.evaluation.thresholds import choose_thresholds
from classifier.heads.base import Monitor
from classifier.heads.options import NeuralOptions
from classifier.training.candidates import HeadCandidate, average, fit_candidate
from classifier.training.kept_heads import KeptHeads
from classifier.verdict import sigmoid

SHOWN = ("macro_ap", "macro_auc", "macro_f1", "hit_at_1", "hit_at_3", "ece")
BASELINES = ("prior", "prior top-3", "random", "nothing")


@dataclass(frozen=True, slots=True)
class Line:
    """One head, or a baseline, on the test part; `validation` is its macro AP on the validation part."""

    head: str
    evaluation: Evaluation
    interval: Interval | None
    validation: float | None
    seconds: float | None


def measure(data: Dataset, split: Split, *, heads: Sequence[str], seed: int = 0) -> list[Line]:
    """Return a line for each head, for their average if it is surely better, and for the baselines."""
    fitting, validation, test = (split.rows(data, part) for part in ("train", "validation", "test"))
    candidates, options = [], NeuralOptions(seed=seed)
    for kind in heads:
        found = fit_candidate(kind, fitting, validation, options=options, kept=KeptHeads(None), monitor=Monitor())
        print(f"  {kind}: {found.score.macro_ap:.3f} on validation, {found.score.seconds:.0f} s", flush=True)
        candidates.append(found)
    joined = average(candidates, validation, seed=seed, say=lambda line: print(f"  {line}", flush=True))
    lines = [_line(found, validation, test) for found in [*candidates, *([joined] if joined else [])]]
    beside = baselines(fitting.priors, test.Y, genres=data.genres, known=test.known, seed=seed)
    return [*lines, *(Line(name, beside[name], None, None, None) for name in BASELINES)]


def _line(found: HeadCandidate, validation: Dataset, test: Dataset) -> Line:
    calibration = fit_calibration(found.logits, validation.Y, known=validation.known, groups=validation.groups)
    scores = sigmoid(calibration.apply(found.logits))
    thresholds = choose_thresholds(scores, validation.Y, known=validation.known)
    scored = ScoredRows.from_scores(
        test.Y, sigmoid(calibration.apply(found.head.logits(test.X))), thresholds=thresholds, known=test.known
    )
    evaluation = evaluate(test.Y, scored.scores, genres=test.genres, thresholds=thresholds, known=test.known)
    sure = intervals(scored, groups=test.groups, figures=("macro_ap",))["macro_ap"]
    return Line(found.score.name, evaluation, sure, found.score.macro_ap, found.score.seconds)


def print_lines(title: str, lines: Sequence[Line]) -> None:
    """Print them as a Markdown table."""
    first = lines[0].evaluation
    print(f"\n**{title}**: {len(first.genres)} genres, {first.n_rows:,} rows to test\n", flush=True)
    print("| head | macro AP | 95 % | macro AUC | macro F1 | hit@1 | hit@3 | ECE | on validation | s |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for line in lines:
        figures = [line.evaluation.figures.get(name) for name in SHOWN]
        macro_ap, *others = ("-" if figure is None else f"{figure:.3f}" for figure in figures)
        sure = f"{line.interval.low:.3f} to {line.interval.high:.3f}" if line.interval else ""
        validation = "" if line.validation is None else f"{line.validation:.3f}"
        seconds = "" if line.seconds is None else f"{line.seconds:.0f}"
        print(f"| {line.head} | {macro_ap} | {sure} | {' | '.join(others)} | {validation} | {seconds} |")
