"""Evaluation: the figures of a model in every measure the papers print, in all and for each genre."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import compress

from classifier.arrays import Bools, Floats
from classifier.errors import BadTrainingData
from classifier.evaluation.metrics import (
    calibration_figures,
    decide,
    decision_figures,
    gap_at_20,
    genre_calibration_errors,
    ranking_figures,
    row_figures,
)
from classifier.evaluation.ranking import area_under_roc, average_precision, rank
from classifier.evaluation.scored_rows import ScoredRows

AT_HALF = "_at_half"  # ends the name of a figure at thresholds of 0.5; without it, at the model's thresholds


@dataclass(frozen=True, slots=True)
class GenreEvaluation:
    """One genre: `support` of its `n_known` rows truly have it, and how well it was found at its threshold."""

    genre: str
    support: int
    n_known: int
    average_precision: float
    auc: float
    precision: float
    recall: float
    f1: float
    brier: float
    ece: float

    @property
    def prevalence(self) -> float:
        """The share of known rows that have it: the AP of scores that know nothing."""
        return self.support / self.n_known


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The figures of one model on `n_rows` rows; classifier.evaluation.metrics explains them.

    `left_out` are the genres that every known row or none has, on which nothing can be measured. Of the others,
    `n_unknown` labels are unknown; figures of rows are taken over the `n_complete` rows without any, and are missing
    from `figures` where there are none.
    """

    n_rows: int
    n_complete: int
    n_unknown: int
    figures: Mapping[str, float]
    genres: tuple[GenreEvaluation, ...]
    left_out: tuple[str, ...]

    @property
    def macro_ap(self) -> float:
        """The mean average precision of genres: the figure that models are compared by."""
        return self.figures["macro_ap"]


def evaluate(
    labels: Bools,
    scores: Floats,
    *,
    genres: Sequence[str],
    thresholds: Sequence[float] | Floats | None = None,
    known: Bools | None = None,
) -> Evaluation:
    """Return the figures for `scores` (probabilities) against the true `labels`, both of shape (n, genres).

    A genre is predicted where score >= threshold, of shape (genres,) or (n, genres) and chosen on other rows; 0.5 where
    none are given. Labels that are not `known`, of shape (n, genres), count nowhere. Raises BadTrainingData when shapes
    disagree, a score is not between 0 and 1, or no genre is left.
    """
    everything = ScoredRows.from_scores(labels, scores, thresholds=thresholds, known=known)
    if len(genres) != labels.shape[1]:
        raise BadTrainingData(f"{len(genres)} genres for labels of shape {labels.shape}")
    counted = everything.measurable
    scored = everything.genres(counted)
    at_half = {f"{name}{AT_HALF}": value for name, value in decision_figures(scored.at_half()).items()}
    return Evaluation(
        n_rows=len(labels),
        n_complete=int(scored.complete.sum()),
        n_unknown=int((~scored.known).sum()),
        figures=(
            ranking_figures(scored)
            | row_figures(scored)
            | gap_at_20(scored)
            | decision_figures(scored)
            | at_half
            | calibration_figures(scored)
        ),
        genres=_per_genre(scored, tuple(compress(genres, counted))),
        left_out=tuple(compress(genres, ~counted)),
    )


def _per_genre(scored: ScoredRows, genres: tuple[str, ...]) -> tuple[GenreEvaluation, ...]:
    ranked, weights = rank(scored.labels.T, scored.scores.T), scored.weights.T
    n_known = scored.known.sum(axis=0)
    decided = decide(scored.labels, scored.predicted, axis=0)
    columns = (
        average_precision(ranked, weights),
        area_under_roc(ranked, weights),
        decided["precision"],
        decided["recall"],
        decided["f1"],
        (((scored.scores - scored.labels) ** 2) * scored.known).sum(axis=0) / n_known,
        genre_calibration_errors(scored),
    )
    support = scored.labels.sum(axis=0)
    return tuple(
        GenreEvaluation(genre, int(support[at]), int(n_known[at]), *(float(column[at]) for column in columns))
        for at, genre in enumerate(genres)
    )
