"""`trailers evaluate`: kept models on labelled rows, films they have seen left out."""

import argparse
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from classifier.data.films import Films
from classifier.evaluation.baselines import baselines
from classifier.evaluation.bootstrap import intervals, paired
from classifier.evaluation.evaluation import Evaluation, evaluate
from classifier.evaluation.report import as_document, format_report
from classifier.evaluation.scored_rows import ScoredRows
from worker.learning.evaluated_models import choose_rows, read_rows
from worker.progress import Progress
from worker.runtime import Runtime


@dataclass(frozen=True, slots=True)
class EvaluationText:
    """What is printed: `text` for people, `document` for programs, `notes` for stderr."""

    text: str
    document: Mapping[str, object]
    notes: tuple[str, ...]


def evaluate_models(
    runtime: Runtime, arguments: argparse.Namespace, *, say: Callable[[str], None], progress: Progress
) -> EvaluationText:
    """Return how one or two kept models do on rows that none of them has seen.

    Each row is judged by what it has and a model has learnt to look at, as `trailers analyze` does it. `say` gets a
    line for each step. Raises as `read_rows` and `choose_rows`.
    """
    entrants, rows, words = read_rows(runtime, arguments, say=say, progress=progress)
    films, left_out = choose_rows(entrants, rows)
    notes = (*words, *left_out, *(entrant.tell(films.views) for entrant in entrants))
    judged = {entrant.label: entrant.judge(films) for entrant in entrants}
    evaluations = {name: _evaluate(one, films) for name, one in judged.items()}
    beside = baselines(np.array(entrants[0].model.manifest.priors), films.Y, genres=films.genres, known=films.known)
    sure = {name: intervals(one, groups=films.groups) for name, one in judged.items()}
    text = format_report(evaluations, beside, intervals=sure)
    document = as_document(evaluations, beside, intervals=sure)
    if len(judged) == 2:
        text, document = _compare(judged, films, text, document)
    return EvaluationText(text, {**document, "notes": list(notes)}, notes)


def _evaluate(judged: ScoredRows, films: Films) -> Evaluation:
    return evaluate(films.Y, judged.scores, genres=films.genres, thresholds=judged.thresholds, known=films.known)


def _compare(
    judged: Mapping[str, ScoredRows], films: Films, text: str, document: Mapping[str, object]
) -> tuple[str, dict[str, object]]:
    (ours, theirs), names = judged.values(), list(judged)
    found = paired(ours, theirs, groups=films.groups)
    sure = "surely better" if found.low > 0 else "surely worse" if found.high < 0 else "no sure difference"
    line = (
        f"{names[0]} against {names[1]}: macro AP {found.difference:+.3f} ({found.low:+.3f} to {found.high:+.3f}, "
        f"paired bootstrap over films): {sure}\n"
    )
    comparison = {"difference": found.difference, "low": found.low, "high": found.high}
    return f"{text}\n{line}", {**document, "comparison": {**comparison, "share_better": found.share_better}}
