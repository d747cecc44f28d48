"""Metrics: the figures of scored rows, by name; each function returns some of them, all between 0 and 1.

macro: the mean over genres; weighted: that mean, each genre counting as many times as rows have it; micro: all cells
(a row and a genre) pooled; samples: the mean over rows. macro, weighted and micro take every known cell; figures of
rows take only rows with all genres known, and are absent where there is no such row. scikit-learn's words and values.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from classifier.arrays import Bools, Floats
from classifier.evaluation.ranking import area_under_roc, average_precision, rank, ratio, trapezoid
from classifier.evaluation.scored_rows import ScoredRows

TOP_OF_GAP = 20
N_BINS = 15

Figures = dict[str, float]


def macro_ap(labels: Bools, scores: Floats, *, known: Bools) -> float:
    """Return the mean average precision of the measurable genres; all arrays are (n, genres), scores of any range.

    NaN where no genre can be measured.
    """
    labels = labels & known
    support = labels.sum(axis=0)
    measurable = (support > 0) & (support < known.sum(axis=0))
    if not measurable.any():
        return float("nan")
    ranked = rank(labels[:, measurable].T, scores[:, measurable].T)
    return float(average_precision(ranked, known[:, measurable].T.astype(np.float64)).mean())


def ranking_figures(scored: ScoredRows) -> Figures:
    """Return *_ap, *_ap_trapezoid (macro, micro, weighted) and *_auc (macro, micro)."""
    support = scored.labels.sum(axis=0)
    weights = scored.weights
    columns, pooled = rank(scored.labels.T, scored.scores.T), rank(scored.labels.ravel(), scored.scores.ravel())
    figures: Figures = {}
    for name, measure in (("ap", average_precision), ("ap_trapezoid", trapezoid), ("auc", area_under_roc)):
        each = measure(columns, weights.T)  # (genres,)
        figures[f"macro_{name}"] = float(each.mean())
        figures[f"micro_{name}"] = float(measure(pooled, weights.ravel()))
        if name != "auc":
            figures[f"weighted_{name}"] = float(np.average(each, weights=support))
    return figures


def decision_figures(scored: ScoredRows) -> Figures:
    """Return *_precision, *_recall, *_f1 (macro, micro, weighted, samples), jaccard, exact_match, hamming_loss.

    A ratio of nothing to nothing is 0 (scikit-learn's zero_division=0). jaccard is that of rows; exact_match is the
    share of rows with all genres right; hamming_loss the share of known cells that are wrong.
    """
    truth, predicted = scored.labels, scored.predicted
    support = truth.sum(axis=0)
    columns = decide(truth, predicted, axis=0)
    figures = {f"macro_{name}": float(each.mean()) for name, each in columns.items()}
    figures |= {f"micro_{name}": float(value) for name, value in decide(truth, predicted, axis=None).items()}
    figures |= {f"weighted_{name}": float(np.average(each, weights=support)) for name, each in columns.items()}
    figures["hamming_loss"] = float((truth != predicted)[scored.known].mean())
    if scored.complete.any():
        truth, predicted = truth[scored.complete], predicted[scored.complete]
        figures |= {f"samples_{name}": float(each.mean()) for name, each in decide(truth, predicted, axis=1).items()}
        figures["jaccard"] = float(
            ratio((truth & predicted).sum(axis=1), (truth | predicted).sum(axis=1), empty=0.0).mean()
        )
        figures["exact_match"] = float((truth == predicted).all(axis=1).mean())
    return figures


def decide(truth: Bools, predicted: Bools, *, axis: int | None) -> Mapping[str, Floats]:
    """Return precision, recall and F1 = 2 TP / (2 TP + FP + FN) along an axis, all cells pooled for None."""
    hits, answered, true = (each.sum(axis=axis) for each in (truth & predicted, predicted, truth))
    shares = {"precision": (hits, answered), "recall": (hits, true), "f1": (2 * hits, answered + true)}
    return {name: ratio(above, below, empty=0.0) for name, (above, below) in shares.items()}


def row_figures(scored: ScoredRows) -> Figures:
    """Return samples_ap, samples_ap_trapezoid, lrap, hit_at_1, hit_at_3, precision_at_3, recall_at_3.

    Means over the complete rows that have a genre; none of them where there is no such row. lrap, the label ranking
    average precision (Tsoumakas, Katakis & Vlahavas 2010, "Mining Multi-label Data"), is samples_ap by
    another name on such rows.
    """
    rows = scored.rows(scored.countable)
    return {name: float(values.mean()) for name, values in each_row(rows).items()} if len(rows.labels) else {}


def each_row(rows: ScoredRows) -> Mapping[str, Floats]:
    """Return the figures of `row_figures` for each row, of shape (n,); rows that aren't countable must be left out."""
    ranked, weights = rank(rows.labels, rows.scores), rows.weights
    ap = average_precision(ranked, weights)
    found = {k: top_hits(rows.labels, rows.scores, k=k) for k in (1, 3)}
    return {
        "samples_ap": ap,
        "samples_ap_trapezoid": trapezoid(ranked, weights),
        "lrap": ap,
        "hit_at_1": found[1][1],
        "hit_at_3": found[3][1],
        "precision_at_3": found[3][0] / 3,
        "recall_at_3": found[3][0] / rows.labels.sum(axis=1),
    }


def top_hits(truth: Bools, scores: Floats, *, k: int) -> tuple[Floats, Floats]:
    """Return, for each row, how many of its k highest scores are true, and the chance that at least one is.

    Both of shape (n,). Where equal scores compete for the last places, the mean over all ways to fill them.
    """
    k = min(k, truth.shape[1])
    border = -np.sort(-scores, axis=1)[:, k - 1 : k]  # the k-th highest score
    above, tied = scores > border, scores == border
    sure = (above & truth).sum(axis=1)
    places, n_tied, n_true = k - above.sum(axis=1), tied.sum(axis=1), (tied & truth).sum(axis=1)
    miss = np.ones(len(truth))
    for place in range(k):  # each place goes to one of those tied that are left
        left = np.maximum(n_tied - place, 1)
        miss *= np.where(place < places, np.maximum(left - n_true, 0) / left, 1.0)
    return sure + places * n_true / n_tied, np.where(sure > 0, 1.0, 1.0 - miss)


def gap_at_20(scored: ScoredRows) -> Figures:
    """Return gap_at_20: the average precision of the 20 highest known scores of every row, pooled.

    Recall is counted against all true cells, of any rank. The measure of the challenges on YouTube-8M (Abu-El-Haija
    et al. 2016; Lee et al. 2018, "The 2nd YouTube-8M Large-Scale Video Understanding Challenge"). Cells of equal
    score pass a cut-off together; in a row the earlier genre goes first.
    """
    order = np.argsort(np.where(scored.known, -scored.scores, np.inf), axis=1, kind="stable")[:, :TOP_OF_GAP]
    truth, scores = np.take_along_axis(scored.labels, order, axis=1), np.take_along_axis(scored.scores, order, axis=1)
    weights = np.take_along_axis(scored.weights, order, axis=1)
    found = float(truth.sum() / scored.labels.sum())
    pooled = average_precision(rank(truth.ravel(), scores.ravel()), weights.ravel())
    return {"gap_at_20": found * float(pooled) if found else 0.0}


def calibration_figures(scored: ScoredRows) -> Figures:
    """Return brier and ece of all known cells, and macro_ece, the mean over genres of each one's own.

    brier is the mean of (score - label)^2 (Brier 1950). Pooled, a genre whose scores are too high and one whose are too
    low make up for each other; macro_ece counts both.
    """
    truth, scores = scored.labels[scored.known], scored.scores[scored.known]
    return {
        "brier": float(((scores - truth) ** 2).mean()),
        "ece": calibration_error(truth, scores),
        "macro_ece": float(np.mean(genre_calibration_errors(scored))),
    }


def genre_calibration_errors(scored: ScoredRows) -> list[float]:
    """Return the expected calibration error of each genre over its known cells."""
    columns = zip(scored.known.T, scored.labels.T, scored.scores.T, strict=True)
    return [calibration_error(truth[known], scores[known]) for known, truth, scores in columns]


def calibration_error(truth: Bools, scores: Floats) -> float:
    """Return the expected calibration error of cells, both of shape (n,).

    It is the mean gap between score and share of true cells in 15 bins of equal width, weighted by the cells in them.
    Guo et al. 2017, "On Calibration of Modern Neural Networks", equation 3.
    """
    gaps = np.bincount(find_bins(scores), weights=scores - truth, minlength=N_BINS)
    return float(np.abs(gaps).sum() / len(scores))


def find_bins(scores: Floats) -> NDArray[np.intp]:
    """Return which of the 15 bins of equal width each score lies in, from 0; a bin holds its upper edge."""
    edges = np.linspace(0.0, 1.0, N_BINS + 1)[1:-1]
    return np.searchsorted(edges, scores, side="left")
