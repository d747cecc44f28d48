"""Bootstrap: intervals and comparisons of figures from films drawn again and again, whole groups at a time."""

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from classifier.arrays import Bools, Floats
from classifier.errors import BadTrainingData
from classifier.evaluation.metrics import each_row
from classifier.evaluation.ranking import Ranked, area_under_roc, average_precision, rank, ratio
from classifier.evaluation.scored_rows import ScoredRows

N_RESAMPLES = 1000
LEVEL = 0.95
MAIN_FIGURES = ("macro_ap", "micro_ap", "macro_auc", "micro_auc", "macro_f1", "micro_f1", "hit_at_1", "hit_at_3")

_CELLS_AT_ONCE = 100_000  # what stays in a processor's cache: 1,000 resamples are 3 times as fast as in one piece


@dataclass(frozen=True, slots=True)
class Interval:
    """A 95 % interval: the range of the figure on other films like these."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """By how much one model beats another on the same rows, with its 95 % interval.

    `share_better` is the share of resamples in which it does, a draw counting half.
    """

    difference: float
    low: float
    high: float
    share_better: float


def intervals(
    scored: ScoredRows,
    *,
    groups: Sequence[Hashable],
    figures: Sequence[str] = MAIN_FIGURES,
    n: int = N_RESAMPLES,
    seed: int = 0,
) -> dict[str, Interval]:
    """Return the percentile interval of each of `figures` that these rows have, from `n` resamples.

    `groups`, one a row, are drawn with replacement and whole: trailers of one film err together, so rows drawn one
    by one would promise too much (Efron & Tibshirani 1993, "An Introduction to the Bootstrap", chapters 8 and 13).
    A genre that can't be measured in a resample is left out of it. Raises BadTrainingData for fewer than two groups.
    """
    drawn = _figures_of_resamples([scored], figures, draw_weights(groups, n=n, seed=seed))
    return {name: Interval(*_ends(values)) for name, (values,) in drawn.items()}


def paired(
    ours: ScoredRows,
    theirs: ScoredRows,
    *,
    groups: Sequence[Hashable],
    figure: str = "macro_ap",
    n: int = N_RESAMPLES,
    seed: int = 0,
) -> Comparison:
    """Return by how much `ours` beats `theirs` in `figure`, both on the very same resamples of the same rows.

    What makes films hard or easy for both cancels out, so the interval is narrower than the two alone suggest.
    Raises BadTrainingData when the labels differ or lack the figure.
    """
    if not (np.array_equal(ours.labels, theirs.labels) and np.array_equal(ours.known, theirs.known)):
        raise BadTrainingData("two models can only be compared on the same rows, genres and labels")
    whole = _figures_of_resamples([ours, theirs], [figure], np.ones((1, len(ours.labels))))
    drawn = _figures_of_resamples([ours, theirs], [figure], draw_weights(groups, n=n, seed=seed))
    if figure not in whole or figure not in drawn:
        raise BadTrainingData(f"these rows have no figure {figure!r}")
    gains = drawn[figure][0] - drawn[figure][1]
    better = float((np.sign(gains) + 1).mean() / 2)
    return Comparison(float(whole[figure][0][0] - whole[figure][1][0]), *_ends(gains), better)


def draw_weights(groups: Sequence[Hashable], *, n: int, seed: int) -> Floats:
    """Return how often each row is drawn, (n, rows): as many groups as there are, drawn with replacement."""
    numbers = {group: number for number, group in enumerate(dict.fromkeys(groups))}
    if len(numbers) < 2:
        raise BadTrainingData("rows of one group can't be resampled: give at least two films")
    share = np.full(len(numbers), 1 / len(numbers))
    times = np.random.default_rng(seed).multinomial(len(numbers), share, size=n)  # (n, groups)
    weights: Floats = times[:, [numbers[group] for group in groups]].astype(np.float64)
    return weights


def _figures_of_resamples(
    models: Sequence[ScoredRows], figures: Sequence[str], weights: Floats
) -> dict[str, tuple[Floats, ...]]:
    """Return for each figure and model its values, of shape (resamples,), in those where it can be measured."""
    if weights.shape[1] != len(models[0].labels):
        raise BadTrainingData(f"{weights.shape[1]} groups for {len(models[0].labels)} rows: give one for each")
    counted = models[0].measurable
    measures = [_Measures(model.genres(counted)) for model in models]
    step = max(1, _CELLS_AT_ONCE // models[0].labels.size)
    parts = [[each.measure(part, figures) for each in measures] for part in _pieces(weights, step)]
    found = {}
    for name in parts[0][0]:
        values = np.array([np.concatenate([part[at][name] for part in parts]) for at in range(len(models))])
        usable = np.isfinite(values).all(axis=0)
        if usable.any():
            found[name] = tuple(values[:, usable])
    return found


def _pieces(weights: Floats, step: int) -> Iterator[Floats]:
    return (weights[first : first + step] for first in range(0, len(weights), step))


class _Measures:
    """The figures of one model for any weights of rows: what does not depend on them is sorted and counted once."""

    def __init__(self, scored: ScoredRows) -> None:
        self._known = scored.weights
        self._labels = scored.labels.astype(np.float64)
        self._answers = scored.predicted.astype(np.float64)
        self._columns = [rank(*column) for column in zip(scored.labels.T, scored.scores.T, strict=True)]
        self._pooled = rank(scored.labels.ravel(), scored.scores.ravel())
        self._countable = scored.countable
        rows = each_row(scored.rows(self._countable))
        self._by_name: Mapping[str, Callable[[Floats], Floats]] = {
            "macro_ap": lambda weights: self._macro(average_precision, weights),
            "macro_auc": lambda weights: self._macro(area_under_roc, weights),
            "micro_ap": lambda weights: average_precision(self._pooled, self._cells(weights)),
            "micro_auc": lambda weights: area_under_roc(self._pooled, self._cells(weights)),
            "macro_f1": self._macro_f1,
            "micro_f1": self._micro_f1,
            **{name: partial(self._of_rows, values) for name, values in rows.items()},
        }

    def measure(self, weights: Floats, figures: Sequence[str]) -> dict[str, Floats]:
        """Return each figure for weights (resamples, rows), of shape (resamples,); NaN where it can't be measured."""
        if unknown := set(figures) - set(self._by_name):
            raise BadTrainingData(f"no intervals for {sorted(unknown)}; there are some for {list(self._by_name)}")
        return {name: self._by_name[name](weights) for name in figures}

    def _measurable(self, weights: Floats) -> Bools:
        support = weights @ self._labels  # (resamples, genres)
        return np.asarray((support > 0) & (support < weights @ self._known))

    def _macro(self, measure: Callable[[Ranked, Floats], Floats], weights: Floats) -> Floats:
        each = [measure(ranked, weights * known) for ranked, known in zip(self._columns, self._known.T, strict=True)]
        return _mean_where(np.stack(each, axis=1), self._measurable(weights))

    def _cells(self, weights: Floats) -> Floats:
        cells = weights[:, :, None] * self._known * self._measurable(weights)[:, None, :]
        return cells.reshape(len(weights), -1)  # (resamples, rows * genres)

    def _f1_parts(self, weights: Floats) -> tuple[Floats, Floats]:
        both = weights @ (self._labels * self._answers)  # (resamples, genres)
        return 2 * both, weights @ self._labels + weights @ self._answers

    def _macro_f1(self, weights: Floats) -> Floats:
        above, below = self._f1_parts(weights)
        return _mean_where(above / np.maximum(below, 1), self._measurable(weights))

    def _micro_f1(self, weights: Floats) -> Floats:
        measurable = self._measurable(weights)
        above, below = ((part * measurable).sum(axis=1) for part in self._f1_parts(weights))
        return ratio(above, below, empty=np.nan)

    def _of_rows(self, values: Floats, weights: Floats) -> Floats:
        counted = weights[:, self._countable]
        return ratio(counted @ values, counted.sum(axis=1), empty=np.nan)


def _mean_where(values: Floats, chosen: Bools) -> Floats:
    return ratio(np.where(chosen, values, 0.0).sum(axis=1), chosen.sum(axis=1), empty=np.nan)


def _ends(values: Floats) -> tuple[float, float]:
    low, high = np.quantile(values, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)
