"""The report on an evaluation: models beside baselines, as text and as a document."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict

from classifier.evaluation.bootstrap import LEVEL, Comparison, Interval
from classifier.evaluation.evaluation import AT_HALF, Evaluation
from classifier.evaluation.tables import format_table

Intervals = Mapping[str, Mapping[str, Interval]]  # by model, then by figure
Column = tuple[str, str, str]  # a figure, the heading that it shares with its neighbours, and its own

_AVERAGES = ("macro", "micro", "weighted", "samples")
_SHORT = ("ap", "auc", "f1", "lrap", "gap", "ece")  # written in capitals


def format_report(models: Mapping[str, Evaluation], beside: Mapping[str, Evaluation], *, intervals: Intervals) -> str:
    """Return plain text of at most 120 columns: figures, intervals, genres with their rows, what was left out.

    Names should have at most 20 characters. A figure that an evaluation lacks is a dash.
    """
    tables = [_format_figures(title, columns, {**models, **beside}) for title, columns in _BLOCKS]
    tables += [_format_intervals(intervals), *(_format_genres(name, found) for name, found in models.items())]
    return "\n".join([*tables, *(f"{_left_out(name, found)}\n" for name, found in models.items())])


def as_document(
    models: Mapping[str, Evaluation], beside: Mapping[str, Evaluation], *, intervals: Intervals
) -> dict[str, object]:
    """Return the same report for json.dumps: "models" and "beside" by name, "intervals" as [low, high]."""
    return {
        "models": {
            name: {
                **_document(found),
                "intervals": {figure: [each.low, each.high] for figure, each in intervals[name].items()},
            }
            for name, found in models.items()
        },
        "beside": {name: _document(found) for name, found in beside.items()},
    }


def format_comparison(found: Comparison, other: str) -> str:
    """Return how a model does beside another in macro AP, to be read after "it is"."""
    low, high = found.low, found.high
    if low > 0:
        return f"better than {other} by {found.difference:.3f} of macro AP ({low:.3f} to {high:.3f})"
    if high < 0:
        return f"worse than {other} by {-found.difference:.3f} of macro AP ({-high:.3f} to {-low:.3f})"
    return f"not surely better or worse than {other}: {found.difference:+.3f} of macro AP ({low:+.3f} to {high:+.3f})"


def _format_figures(title: str, columns: Sequence[Column], evaluations: Mapping[str, Evaluation]) -> str:
    figures, groups, headings = zip(*columns, strict=True)
    rows = [(name, *(show_figure(found.figures.get(each)) for each in figures)) for name, found in evaluations.items()]
    return format_table(title, ("", *headings), rows, groups=groups)


def _format_intervals(intervals: Intervals) -> str:
    figures = dict.fromkeys(figure for found in intervals.values() for figure in found)
    rows = [(_title(each), *(_show_interval(found.get(each)) for found in intervals.values())) for each in figures]
    return format_table(f"{LEVEL:.0%} intervals, whole groups drawn again", ("", *intervals), rows)


def _format_genres(name: str, found: Evaluation) -> str:
    rows = []
    for row in sorted(found.genres, key=lambda row: (-row.support, row.genre)):
        shown = (row.prevalence, row.average_precision, row.auc, row.precision, row.recall, row.f1, row.brier, row.ece)
        rows.append((row.genre, f"{row.support:,}", f"{row.n_known:,}", *map(show_figure, shown)))
    title = f"{name}: {len(found.genres)} genres on {found.n_rows:,} rows, answered at its thresholds"
    return format_table(
        title, ("genre", "rows", "of", "share", "AP", "AUC", "precision", "recall", "F1", "Brier", "ECE"), rows
    )


def _left_out(name: str, found: Evaluation) -> str:
    n_left_out = f"{len(found.left_out)} not measurable on these rows ({', '.join(found.left_out)})"
    return "\n".join(
        (
            f"{name}: genres left out: {n_left_out if found.left_out else 'none'}",
            f"  {found.n_unknown:,} unknown labels are not counted",
            f"  figures of rows (samples, first places, Jaccard, exact match) are of {found.n_complete:,} rows of "
            f"{found.n_rows:,}: those with every label known",
        )
    )


def _document(found: Evaluation) -> dict[str, object]:
    return asdict(found) | {"genres": [{**asdict(row), "prevalence": row.prevalence} for row in found.genres]}


def _title(figure: str) -> str:
    words = figure.replace("_at_", "@").split("_")
    return " ".join(word.upper() if word.partition("@")[0] in _SHORT else word for word in words)


def show_figure(figure: float | None) -> str:
    """Return a figure in three places, a dash for one there is not."""
    return "-" if figure is None else f"{figure:.3f}"


def _show_interval(interval: Interval | None) -> str:
    return "-" if interval is None else f"{interval.low:.3f} to {interval.high:.3f}"


def _averaged(*measures: str, end: str = "") -> list[Column]:
    return [(f"{average}_{measure}{end}", _title(measure), average) for measure in measures for average in _AVERAGES]


def _plain(*figures: str, group: str = "", end: str = "") -> list[Column]:
    return [(f"{figure}{end}", group, _title(figure)) for figure in figures]


_DECIDED, _WHOLE = ("precision", "recall", "f1"), ("jaccard", "exact_match", "hamming_loss")
_BLOCKS: tuple[tuple[str, list[Column]], ...] = (
    (
        "Ranking: average precision as scikit-learn sums it, and by the trapezoid (which flatters ties); AUC",
        [*_averaged("ap", "ap_trapezoid"), *_averaged("auc")[:2]],
    ),
    (
        "First places, and how far scores are from being probabilities",
        _plain(
            "hit_at_1", "hit_at_3", "precision_at_3", "recall_at_3", "lrap", "gap_at_20", "brier", "ece", "macro_ece"
        ),
    ),
    ("Answers at the thresholds", _averaged(*_DECIDED)),
    ("Answers at 0.5", _averaged(*_DECIDED, end=AT_HALF)),
    ("Whole rows", [*_plain(*_WHOLE, group="at the thresholds"), *_plain(*_WHOLE, group="at 0.5", end=AT_HALF)]),
)
