"""The report on an evaluation: models beside baselines, as text and as a document."""

from collections.abc import Mapping
from dataclasses import asdict

from classifier.evaluation.bootstrap import LEVEL, Interval
from classifier.evaluation.evaluation import AT_HALF, Evaluation
from classifier.evaluation.tables import Column, Table, format_text

Intervals = Mapping[str, Mapping[str, Interval]]  # by model, then by figure

_AVERAGES = ("macro", "micro", "weighted", "samples")
_NO_INTERVALS: Intervals = {}


def format_report(
    models: Mapping[str, Evaluation], beside: Mapping[str, Evaluation], *, intervals: Intervals = _NO_INTERVALS
) -> str:
    """Return plain text of at most 120 columns: figures, intervals, genres with their rows, what was left out.

    Names should have at most 20 characters. A figure that an evaluation lacks is a dash.
    """
    tables = [format_text(table) for table in _tables(models, beside, intervals)]
    return "\n".join([*tables, *(f"{_left_out(name, found)}\n" for name, found in models.items())])


def as_document(
    models: Mapping[str, Evaluation], beside: Mapping[str, Evaluation], *, intervals: Intervals = _NO_INTERVALS
) -> dict[str, object]:
    """Return the same report for json.dumps: "models" and "beside" by name, "intervals" as [low, high]."""
    return {
        "models": {
            name: {
                **_document(found),
                "intervals": {figure: [each.low, each.high] for figure, each in intervals.get(name, {}).items()},
            }
            for name, found in models.items()
        },
        "beside": {name: _document(found) for name, found in beside.items()},
    }


def _tables(models: Mapping[str, Evaluation], beside: Mapping[str, Evaluation], intervals: Intervals) -> list[Table]:
    evaluations = {**models, **beside}
    tables = [_figures(title, columns, evaluations) for title, columns in _BLOCKS]
    if intervals:
        tables.append(_interval_table(models, intervals))
    return [*tables, *(_genres(name, found) for name, found in models.items())]


def _figures(title: str, columns: Mapping[str, Column], evaluations: Mapping[str, Evaluation]) -> Table:
    rows = (
        (name, *(show_figure(found.figures.get(figure)) for figure in columns)) for name, found in evaluations.items()
    )
    return Table(title, "", tuple(columns.values()), tuple(rows))


def _interval_table(models: Mapping[str, Evaluation], intervals: Intervals) -> Table:
    names = list(dict.fromkeys(figure for name in models for figure in intervals.get(name, {})))
    rows = (
        (
            _title(figure),
            *(_show_interval(intervals.get(name, {}).get(figure)) for name in models),
        )
        for figure in names
    )
    title = f"{LEVEL:.0%} intervals, whole groups drawn again"
    return Table(title, "", tuple(Column(name) for name in models), tuple(rows))


def _genres(name: str, found: Evaluation) -> Table:
    headings = ("rows", "of", "share", "AP", "AUC", "precision", "recall", "F1", "Brier")
    rows = (
        (
            row.genre,
            f"{row.support:,}",
            f"{row.n_known:,}",
            *map(
                show_figure,
                (row.prevalence, row.average_precision, row.auc, row.precision, row.recall, row.f1, row.brier),
            ),
        )
        for row in sorted(found.genres, key=lambda row: (-row.support, row.genre))
    )
    title = f"{name}: {found.n_genres} genres on {found.n_rows:,} rows, answered at its thresholds"
    return Table(title, "genre", tuple(map(Column, headings)), tuple(rows))


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
    return {
        "n_rows": found.n_rows,
        "n_complete": found.n_complete,
        "n_unknown": found.n_unknown,
        "figures": found.metrics(),
        "genres": [{**asdict(row), "prevalence": row.prevalence} for row in found.genres],
        "left_out": list(found.left_out),
    }


def _title(figure: str) -> str:
    words = figure.replace("_at_", "@").split("_")
    return " ".join(word.upper() if word in ("ap", "auc", "f1") else word for word in words)


def show_figure(figure: float | None) -> str:
    """Return a figure in three places, a dash for one there is not."""
    return "-" if figure is None else f"{figure:.3f}"


def _show_interval(interval: Interval | None) -> str:
    return "-" if interval is None else f"{interval.low:.3f} to {interval.high:.3f}"


def _averaged(measure: str, group: str, *, end: str = "") -> dict[str, Column]:
    return {f"{average}_{measure}{end}": Column(average, group) for average in _AVERAGES}


def _decisions(end: str) -> dict[str, Column]:
    return {
        **_averaged("precision", "precision", end=end),
        **_averaged("recall", "recall", end=end),
        **_averaged("f1", "F1", end=end),
    }


def _whole_rows(group: str, *, end: str) -> dict[str, Column]:
    headings = {"jaccard": "Jaccard", "exact_match": "exact match", "hamming_loss": "Hamming loss"}
    return {f"{name}{end}": Column(heading, group) for name, heading in headings.items()}


_BLOCKS: tuple[tuple[str, Mapping[str, Column]], ...] = (
    (
        "Ranking: average precision as scikit-learn sums it, and by the trapezoid (which flatters ties); AUC",
        {
            **_averaged("ap", "AP"),
            **_averaged("ap_trapezoid", "AP, trapezoid"),
            "macro_auc": Column("macro", "AUC"),
            "micro_auc": Column("micro", "AUC"),
        },
    ),
    (
        "First places, and how far scores are from being probabilities",
        {
            "hit_at_1": Column("hit@1"),
            "hit_at_3": Column("hit@3"),
            "precision_at_3": Column("P@3"),
            "recall_at_3": Column("R@3"),
            "lrap": Column("LRAP"),
            "gap_at_20": Column("GAP@20"),
            "brier": Column("Brier"),
            "ece": Column("ECE"),
        },
    ),
    ("Answers at the thresholds", _decisions("")),
    ("Answers at 0.5", _decisions(AT_HALF)),
    ("Whole rows", {**_whole_rows("at the thresholds", end=""), **_whole_rows("at 0.5", end=AT_HALF)}),
)
