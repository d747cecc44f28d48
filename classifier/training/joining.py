"""Joining: the ways of making one prediction from several modalities, fitted on the same parts and compared."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from classifier.arrays import Floats
from classifier.data.films import Films
from classifier.data.splits import grouped_stratified_parts
from classifier.evaluation.bootstrap import Comparison, paired
from classifier.evaluation.calibration import fit_calibration
from classifier.evaluation.metrics import macro_ap
from classifier.evaluation.scored_rows import ScoredRows
from classifier.heads.base import Monitor
from classifier.heads.options import NeuralOptions
from classifier.joins.base import Alone, Join
from classifier.joins.branches import Branches
from classifier.joins.kinds import JOINS, join_class
from classifier.joins.late import Late
from classifier.joins.stacked import Stacked
from classifier.training.candidates import HeadCandidate, average
from classifier.training.options import TrainingListener, TrainingOptions
from classifier.training.parts import Parts
from classifier.training.report import CandidateScore
from classifier.verdict import sigmoid
from classifier.view import subsets

N_FOLDS = 5
ON_VALIDATION: Mapping[str, type[Late | Stacked]] = {"late": Late, "stacked": Stacked}  # need rows no head has seen

Choice = tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class JoinCandidate:
    """A join, its logits on the validation rows for each choice of modalities, as if unseen, and its score there.

    `logits[choice]` is (rows that have all of it, genres); the score is that of rows of several modalities, each with
    all it has.
    """

    join: Join
    logits: Mapping[Choice, Floats]
    score: CandidateScore


def join_heads(
    heads: Mapping[str, Sequence[HeadCandidate]], parts: Parts, options: TrainingOptions, listener: TrainingListener
) -> tuple[JoinCandidate, list[JoinCandidate]]:
    """Return the join of the best heads that won on the validation part, and the joins that were compared, if any.

    The heads of one modality need no join: the best of them, or their average where it is surely better, is taken.
    """
    best = {name: max(found, key=lambda head: head.score.macro_ap) for name, found in heads.items()}
    if len(heads) == 1:
        ((modality, found),) = heads.items()
        validation = parts.validation.branch(modality)
        head = average(found, validation, seed=options.seed, say=listener.say) or best[modality]
        listener.say(f"chosen: {head.score.name}, macro AP {head.score.macro_ap:.3f} on the validation part")
        return JoinCandidate(Alone({modality: head.head}), {(modality,): head.logits}, head.score), []
    candidates = fit_joins(
        Branches.from_members({name: found.head for name, found in best.items()}, parts.validation),
        parts.fitting,
        parts.validation,
        kinds=options.joins,
        options=replace(options.neural, seed=options.seed),
        monitor=listener.monitor,
    )
    for one in candidates:
        name, figure = one.score.name, one.score.macro_ap
        listener.say(f"{name}: macro AP {figure:.3f} on films of several modalities of the validation part")
    chosen, comparison = choose_join(candidates, parts.validation, seed=options.seed)
    if comparison is not None:
        sure = f"{comparison.difference:+.3f} ({comparison.low:+.3f} to {comparison.high:+.3f})"
        listener.say(f"the best against the simplest: {sure} macro AP")
    listener.say(f"chosen: {chosen.score.name}")
    return chosen, candidates


def fit_joins(
    branches: Branches,
    train: Films,
    validation: Films,
    *,
    kinds: tuple[str, ...],
    options: NeuralOptions,
    monitor: Callable[[str], Monitor],
) -> list[JoinCandidate]:
    """Return each way of joining, fitted; raises BadTrainingData for an unknown one."""
    found = []
    for kind in kinds:
        if kind in ON_VALIDATION:
            found.append(_fit_on_validation(kind, branches, validation))
        else:
            learner: Any = join_class(kind)  # gated imports Keras
            join: Join = learner.fit(train, validation, options=options, monitor=monitor(kind))
            choices = ((choice, validation.having(choice)) for choice in subsets(validation.views.modalities))
            logits = {choice: join.logits(rows.views.only(choice)) for choice, rows in choices}
            found.append(_score(kind, join, logits, validation))
    return found


def choose_join(
    candidates: Sequence[JoinCandidate], validation: Films, *, seed: int
) -> tuple[JoinCandidate, Comparison | None]:
    """Return the best way if it is surely better than the simplest, else the simplest; and by how much it is.

    Surely: a paired bootstrap over groups of rows of several modalities, 95 % interval above 0.
    """
    simplest = min(candidates, key=lambda one: list(JOINS).index(one.score.name))
    best = max(candidates, key=lambda one: one.score.macro_ap)
    if best is simplest:
        return simplest, None
    rows = validation.of_several()
    ours, theirs = (
        ScoredRows.from_scores(rows.Y, _scores(one.logits, validation), known=rows.known) for one in (best, simplest)
    )
    comparison = paired(ours, theirs, groups=rows.groups, seed=seed)
    return (best if comparison.low > 0 else simplest), comparison


def _fit_on_validation(kind: str, branches: Branches, validation: Films) -> JoinCandidate:
    """Return a join fitted on all validation rows, its logits made by joins of four fifths for the other fifth."""
    how = ON_VALIDATION[kind]
    folds = grouped_stratified_parts(validation.Y, validation.groups, shares=(1 / N_FOLDS,) * N_FOLDS, seed=0)
    logits = {choice: np.full(validation.Y.shape, np.nan) for choice in subsets(validation.views.modalities)}
    for fold in range(N_FOLDS):
        join = how.fit(branches.rows(folds != fold), validation.rows(folds != fold))
        for choice, found in logits.items():
            rows = (folds == fold) & validation.views.having(choice)
            if rows.any():
                found[rows] = join.combine({name: branches.logits[name][rows] for name in choice})
    of_choice = {choice: found[validation.views.having(choice)] for choice, found in logits.items()}
    return _score(kind, how.fit(branches, validation), of_choice, validation)


def _score(kind: str, join: Join, logits: Mapping[Choice, Floats], validation: Films) -> JoinCandidate:
    rows = validation.of_several()
    figure = macro_ap(rows.Y, _scores(logits, validation), known=rows.known)
    return JoinCandidate(join, logits, CandidateScore(kind, figure, 0.0))


def _scores(logits: Mapping[Choice, Floats], validation: Films) -> Floats:
    """Return scores of the rows of several modalities, each with all it has, (rows, genres): calibrated by choice."""
    scores = np.full(validation.Y.shape, np.nan)
    for choice, rows in validation.views.patterns():
        if len(choice) > 1:
            having = validation.views.having(choice)
            labels = validation.rows(having)
            found = logits[choice]
            calibration = fit_calibration(found, labels.Y, known=labels.known, groups=labels.groups)
            places = np.cumsum(having)[rows] - 1
            scores[rows] = sigmoid(calibration.apply(found[places]))
    return scores[validation.views.several]
