"""Evaluation for `trailers evaluate`: stored models on labelled rows, without the films they have seen."""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from classifier.data.films import Films
from classifier.evaluation.baselines import baselines
from classifier.evaluation.bootstrap import Comparison, intervals, paired
from classifier.evaluation.evaluation import Evaluation, evaluate
from classifier.evaluation.report import as_document, format_comparison, format_report
from classifier.evaluation.scored_rows import ScoredRows
from worker.learning.evaluated_models import EvaluatedModel, choose_rows, read_rows
from worker.learning.listener import LearningListener
from worker.learning.promotion import assess_use
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
    prior = models[0].score_prior(films)
    beside = baselines(prior.scores[0], films.Y, genres=films.genres, known=films.known)
    ranges = {name: intervals(rows, groups=films.groups) for name, rows in scored.items()}
    text = format_report(evaluations, beside, intervals=ranges)
    document = as_document(evaluations, beside, intervals=ranges)
    rivals = [scored[each.label] for each in models[1:]] or [prior]
    found = paired(scored[models[0].label], rivals[0], groups=films.groups)
    conclusion = _conclude(runtime, models, found)
    comparison = {"comparison": asdict(found)} if len(models) > 1 else {}
    document = {**document, **comparison, "conclusion": conclusion, "notes": list(notes)}
    return EvaluationText(f"{text}\n{conclusion}", document, notes)


def _evaluate(rows: ScoredRows, films: Films) -> Evaluation:
    return evaluate(films.Y, rows.scores, genres=films.genres, thresholds=rows.thresholds, known=films.known)


def _conclude(runtime: Runtime, models: Sequence[EvaluatedModel], found: Comparison) -> str:
    """Return one line: what came out, and the next step where a candidate is better."""
    ours, other = models[0], models[1].label if len(models) > 1 else "a constant prediction"
    line = f"{ours.label} is {format_comparison(found, other)}"
    name = ours.record.model_id[:8]
    if found.low <= 0 or ours.record.active:
        return line
    if losses := assess_use(runtime, ours.record, ours.model).losses:  # models promote would refuse it
        return f"{'; '.join((line, *losses))}; to use it all the same: trailers models use {name}"
    return f"{line}: trailers models promote {name}"
