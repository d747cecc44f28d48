"""Measuring: a model's figures on labelled rows with intervals and curves, genre by genre, and beside a rival's."""

from collections.abc import Hashable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

import numpy as np

from classifier.arrays import Bools, Floats
from classifier.errors import BadTrainingData
from classifier.evaluation.baselines import baselines
from classifier.evaluation.bootstrap import Comparison, Interval, intervals, paired
from classifier.evaluation.curves import Bin, Cut, cut_evenly, precision_recall, reliability
from classifier.evaluation.evaluation import GenreEvaluation, evaluate
from classifier.evaluation.scored_rows import ScoredRows

FEWEST = 5  # rows that have a genre, and as many that lack it, for its curves
BESIDE = ("prior", "everything", "random")  # scores are the genres' shares; every genre passes; chance
COMPARED = ("macro_ap", "precision_at_3")


@dataclass(frozen=True, slots=True)
class GenreCurves:
    """One genre in full: its figures at the threshold, the interval of its AP, its curves.

    `ap` is None where all rows are of one film; `cuts` are at 0, 0.01, ... 1.
    """

    figures: GenreEvaluation
    ap: Interval | None
    curve: tuple[Cut, ...]
    cuts: tuple[Cut, ...]
    bins: tuple[Bin, ...]


@dataclass(frozen=True, slots=True)
class GenreMeasurement:
    """One genre: of its `n_known` rows `support` have it; no `curves` where fewer than 5 have it, or lack it.

    `threshold` is the one that most rows are answered at: it may depend on what a row has.
    """

    genre: str
    support: int
    n_known: int
    threshold: float
    curves: GenreCurves | None


@dataclass(frozen=True, slots=True)
class ConfusionRow:
    """The rows that have a genre: of how many each genre (of all, in order) is known, and how many pass it."""

    genre: str
    known: tuple[int, ...]
    passed: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ModelMeasurement:
    """A model on `n_rows` rows of `n_films` films: figures, some with an interval, beside those of trivial predictions.

    `figures` are named as in classifier.evaluation.metrics; there are none where no genre can be measured.
    """

    n_rows: int
    n_films: int
    figures: Mapping[str, float]
    intervals: Mapping[str, Interval]
    beside: Mapping[str, Mapping[str, float]]
    genres: tuple[GenreMeasurement, ...]
    confusion: tuple[ConfusionRow, ...]


@dataclass(frozen=True, slots=True)
class GenreDifference:
    """By how much the average precision of one genre is better, None where too few rows have it, or lack it."""

    genre: str
    support: int
    ap: Comparison | None


@dataclass(frozen=True, slots=True)
class ModelDifference:
    """A model beside another on the same rows: `n_changed` of them pass other genres; `figures` by their names."""

    n_rows: int
    n_films: int
    n_changed: int
    figures: Mapping[str, Comparison]
    genres: tuple[GenreDifference, ...]


def measure(
    scored: ScoredRows, *, genres: Sequence[str], groups: Sequence[Hashable], priors: Floats
) -> ModelMeasurement:
    """Return what rows say of a model; `groups` are their films, `priors` the genres' shares in its training."""
    (figures, measured), n_films = _evaluate(scored, genres), len(set(groups))
    by_genre = {each.genre: each for each in measured}
    several = bool(by_genre) and n_films > 1
    beside = baselines(priors, scored.labels, genres=genres, known=scored.known) if by_genre else {}
    return ModelMeasurement(
        n_rows=len(scored.labels),
        n_films=n_films,
        figures=figures,
        intervals=intervals(scored, groups=groups) if several else {},
        beside={name: beside[name].figures for name in BESIDE if name in beside},
        genres=tuple(_measure_genre(scored, at, by_genre.get(name), groups, name) for at, name in enumerate(genres)),
        confusion=_confuse(scored, genres),
    )


def compare(
    ours: ScoredRows, theirs: ScoredRows, *, genres: Sequence[str], groups: Sequence[Hashable]
) -> ModelDifference:
    """Return a model beside another on the same rows; raises BadTrainingData where macro AP can't be compared."""
    figures = {COMPARED[0]: paired(ours, theirs, groups=groups, figure=COMPARED[0])}
    with suppress(BadTrainingData):  # no row with all genres known
        figures[COMPARED[1]] = paired(ours, theirs, groups=groups, figure=COMPARED[1])
    return ModelDifference(
        n_rows=len(ours.labels),
        n_films=len(set(groups)),
        n_changed=int((ours.predicted != theirs.predicted).any(axis=1).sum()),
        figures=figures,
        genres=tuple(_compare_genre(ours, theirs, at, groups, genre) for at, genre in enumerate(genres)),
    )


def _evaluate(scored: ScoredRows, genres: Sequence[str]) -> tuple[Mapping[str, float], tuple[GenreEvaluation, ...]]:
    if not scored.measurable.any():
        return {}, ()
    found = evaluate(scored.labels, scored.scores, genres=genres, thresholds=scored.thresholds, known=scored.known)
    return found.figures, found.genres


def _measure_genre(
    scored: ScoredRows, at: int, figures: GenreEvaluation | None, groups: Sequence[Hashable], genre: str
) -> GenreMeasurement:
    known = scored.known[:, at]
    truth, scores = scored.labels[known, at], scored.scores[known, at]
    cuts, times = np.unique(scored.thresholds[:, at], return_counts=True)
    curves = None
    if figures is not None and _has_enough(scored, at):
        several = len(set(groups)) > 1
        curves = GenreCurves(
            figures=figures,
            ap=intervals(_only(scored, at), groups=groups, figures=["macro_ap"])["macro_ap"] if several else None,
            curve=precision_recall(truth, scores),
            cuts=cut_evenly(truth, scores),
            bins=reliability(truth, scores),
        )
    return GenreMeasurement(genre, int(truth.sum()), int(known.sum()), float(cuts[times.argmax()]), curves)


def _compare_genre(
    ours: ScoredRows, theirs: ScoredRows, at: int, groups: Sequence[Hashable], genre: str
) -> GenreDifference:
    found = paired(_only(ours, at), _only(theirs, at), groups=groups) if _has_enough(ours, at) else None
    return GenreDifference(genre, int(ours.labels[:, at].sum()), found)


def _has_enough(scored: ScoredRows, at: int) -> bool:
    """Return whether at least 5 known rows have a genre, and 5 lack it."""
    support, n_known = int(scored.labels[:, at].sum()), int(scored.known[:, at].sum())
    return FEWEST <= support <= n_known - FEWEST


def _only(scored: ScoredRows, at: int) -> ScoredRows:
    chosen: Bools = np.arange(scored.labels.shape[1]) == at
    return scored.genres(chosen)


def _confuse(scored: ScoredRows, genres: Sequence[str]) -> tuple[ConfusionRow, ...]:
    """Return a row for each genre that some row has."""
    labels = scored.labels.T.astype(np.int64)
    known, passed = (labels @ each.astype(np.int64) for each in (scored.known, scored.predicted))  # (true, passed)
    return tuple(
        ConfusionRow(genres[at], tuple(known[at].tolist()), tuple(passed[at].tolist()))
        for at in np.flatnonzero(scored.labels.any(axis=0)).tolist()
    )
