"""Joining: every way of making one verdict of several modalities, fitted on the same parts and compared."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol, cast

import numpy as np
from numpy.typing import NDArray

from classifier.data.films import Films
from classifier.data.splits import grouped_stratified_folds
from classifier.errors import BadTrainingData
from classifier.evaluation.bootstrap import Comparison, paired
from classifier.evaluation.calibration import fit_calibration
from classifier.evaluation.metrics import macro_ap
from classifier.evaluation.scored_rows import ScoredRows
from classifier.heads.base import Monitor
from classifier.heads.options import NeuralOptions
from classifier.joins.base import Join
from classifier.joins.branches import Branches
from classifier.joins.kinds import JOINS, join_class
from classifier.joins.late import Late
from classifier.joins.stacked import Stacked
from classifier.verdict import sigmoid
from classifier.view import subsets

N_FOLDS = 5
ON_VALIDATION: Mapping[str, type[Late | Stacked]] = {
    "late": Late,
    "stacked": Stacked,
}  # what needs rows no head has seen

Choice = tuple[str, ...]


class LearnsFromFeatures(Protocol):
    """A way of joining that learns from the training films themselves, not from other heads' answers."""

    def fit(self, train: Films, validation: Films, *, options: NeuralOptions, monitor: Monitor) -> Join:
        """Return the join of best macro average precision on the validation films."""


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """A join, and its logits on the validation rows for each choice of modalities, as if it had not seen them.

    `logits[choice]` is (rows that have all of it, genres); `macro_ap` is that of rows of several modalities, each with
    all it has.
    """

    kind: str
    join: Join
    logits: Mapping[Choice, NDArray[np.float64]]
    macro_ap: float


def fit_joins(
    branches: Branches,
    train: Films,
    validation: Films,
    *,
    kinds: tuple[str, ...],
    options: NeuralOptions,
    monitor: Callable[[str], Monitor],
) -> list[Candidate]:
    """Return each way of joining, fitted; raises BadTrainingData for an unknown one."""
    found = []
    for kind in kinds:
        if kind not in JOINS:
            raise BadTrainingData(f"there is no way of joining {kind!r}; there are {', '.join(JOINS)}")
        if kind in ON_VALIDATION:
            found.append(_on_validation(kind, branches, validation))
        else:
            learner = cast("LearnsFromFeatures", join_class(kind))  # gated imports Keras
            join = learner.fit(train, validation, options=options, monitor=monitor(kind))
            found.append(_candidate(kind, join, validation))
    return found


def choose_join(candidates: list[Candidate], validation: Films, *, seed: int) -> tuple[Candidate, Comparison | None]:
    """Return the best way if it is surely better than the simplest, else the simplest; and by how much it is.

    Surely: a paired bootstrap over groups of rows of several modalities, 95 % interval above 0.
    """
    simplest = min(candidates, key=lambda one: list(JOINS).index(one.kind))
    best = max(candidates, key=lambda one: one.macro_ap)
    if best is simplest:
        return simplest, None
    rows = validation.rows(_several(validation))
    ours, theirs = (ScoredRows.of(rows.Y, _scores(one, validation), known=rows.known) for one in (best, simplest))
    comparison = paired(ours, theirs, groups=rows.groups, seed=seed)
    return (best if comparison.low > 0 else simplest), comparison


def _candidate(kind: str, join: Join, validation: Films) -> Candidate:
    logits = {}
    for choice in subsets(validation.views.modalities):
        rows = np.flatnonzero(validation.views.having(choice))
        logits[choice] = join.logits(validation.views.take(rows).only(choice)) if len(rows) else np.zeros((0, 0))
    return _judged(kind, join, logits, validation)


def _on_validation(kind: str, branches: Branches, validation: Films) -> Candidate:
    """Return a join fitted on all validation rows, its logits made by joins of four fifths for the other fifth."""
    how = ON_VALIDATION[kind]
    folds = grouped_stratified_folds(validation.Y, validation.groups, n_folds=N_FOLDS, seed=0)
    logits = {choice: np.full(validation.Y.shape, np.nan) for choice in subsets(validation.views.modalities)}
    for fold in range(N_FOLDS):
        join = how.fit(branches.rows(folds != fold), validation.rows(folds != fold))
        for choice, found in logits.items():
            rows = (folds == fold) & validation.views.having(choice)
            if rows.any():
                found[rows] = join.combine({name: branches.logits[name][rows] for name in choice})
    of_choice = {choice: found[validation.views.having(choice)] for choice, found in logits.items()}
    return _judged(kind, how.fit(branches, validation), of_choice, validation)


def _judged(kind: str, join: Join, logits: Mapping[Choice, NDArray[np.float64]], validation: Films) -> Candidate:
    rows = validation.rows(_several(validation))
    candidate = Candidate(kind, join, logits, 0.0)
    figure = macro_ap(rows.Y, _scores(candidate, validation), known=rows.known)
    return Candidate(kind, join, logits, figure)


def _several(validation: Films) -> NDArray[np.bool_]:
    several = np.asarray(validation.views.present.sum(axis=1) > 1)
    if not several.any():
        raise BadTrainingData("no film of the validation part has more than one modality: there is nothing to join")
    return several


def _scores(candidate: Candidate, validation: Films) -> NDArray[np.float64]:
    """Return scores of the rows of several modalities, each with all it has, (rows, genres): calibrated by choice."""
    scores = np.full(validation.Y.shape, np.nan)
    for choice, rows in validation.views.patterns():
        if len(choice) > 1:
            having = validation.views.having(choice)
            labels = validation.rows(having)
            found = candidate.logits[choice]
            calibration = fit_calibration(found, labels.Y, known=labels.known, groups=labels.groups)
            places = np.cumsum(having)[rows] - 1
            scores[rows] = sigmoid(calibration.apply(found[places]))
    return scores[_several(validation)]
