"""Evaluation for `trailers evaluate`: stored models on labelled rows, without the films they have seen."""

import argparse
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from classifier.data.films import Films
from classifier.evaluation.baselines import baselines
from classifier.evaluation.bootstrap import intervals, paired
from classifier.evaluation.evaluation import Evaluation, evaluate
from classifier.evaluation.report import as_document, format_report
from classifier.evaluation.scored_rows import ScoredRows
from worker.learning.evaluated_models import choose_rows, read_rows
from worker.learning.listener import LearningListener
from worker.runtime import Runtime


@dataclass(frozen=True, slots=True)
class EvaluationText:
    """What is printed: `text` for people, `document` for programs, `notes` for stderr."""

    text: str
    document: Mapping[str, object]
    notes: tuple[str, ...]


def evaluate_models(runtime: Runtime, arguments: argparse.Namespace, listener: LearningListener) -> EvaluationText:
    """Return how one or two stored models do on rows that none of them has seen.

    Each prediction uses what the row has and the model has learnt from, as in `trailers analyze`. Raises as
    `read_rows` and `choose_rows`.
    """
    models, rows, words = read_rows(runtime, arguments, listener)
    films, left_out = choose_rows(models, rows, named=bool(arguments.group_column))
    notes = (*words, *left_out, *(each.describe_inputs(films.views) for each in models))
    scored = {each.label: each.score(films) for each in models}
    evaluations = {name: _evaluate(rows, films) for name, rows in scored.items()}
    beside = baselines(np.array(models[0].model.manifest.priors), films.Y, genres=films.genres, known=films.known)
    ranges = {name: intervals(rows, groups=films.groups) for name, rows in scored.items()}
    text = format_report(evaluations, beside, intervals=ranges)
    document = as_document(evaluations, beside, intervals=ranges)
    if len(scored) == 2:
        text, document = _compare(scored, films, text, document)
    return EvaluationText(text, {**document, "notes": list(notes)}, notes)


def _evaluate(rows: ScoredRows, films: Films) -> Evaluation:
    return evaluate(films.Y, rows.scores, genres=films.genres, thresholds=rows.thresholds, known=films.known)


def _compare(
    scored: Mapping[str, ScoredRows], films: Films, text: str, document: Mapping[str, object]
) -> tuple[str, dict[str, object]]:
    (ours, theirs), names = scored.values(), list(scored)
    found = paired(ours, theirs, groups=films.groups)
    outcome = "surely better" if found.low > 0 else "surely worse" if found.high < 0 else "no sure difference"
    line = (
        f"{names[0]} against {names[1]}: macro AP {found.difference:+.3f} ({found.low:+.3f} to {found.high:+.3f}, "
        f"paired bootstrap over films): {outcome}\n"
    )
    comparison = {"difference": found.difference, "low": found.low, "high": found.high}
    return f"{text}\n{line}", {**document, "comparison": {**comparison, "share_better": found.share_better}}
