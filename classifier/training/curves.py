"""Pictures of a training: the learning curves, each genre's average precision, and the reliability of scores."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from classifier.evaluation.evaluation import Evaluation
from classifier.evaluation.scored_rows import ScoredRows

if TYPE_CHECKING:
    from matplotlib.figure import Figure

History = Mapping[str, Sequence[Mapping[str, float]]]
BINS = 10


def draw_learning(history: History, path: Path) -> None:
    """Write a PNG of each head's loss and macro average precision; dots are settings tried, lines epochs."""
    figure, (left, right) = _figure(1, 2, size=(11, 4))
    for number, (head, steps) in enumerate(history.items()):
        style = {"label": head, "color": f"C{number % 10}"}
        learns = any("loss" in step for step in steps)
        for axes, name in ((left, "loss"), (right, "macro_ap")):
            points = [(place, step[name]) for place, step in enumerate(steps, start=1) if name in step]
            if points:
                axes.plot(*zip(*points, strict=True), **style, **({} if learns else {"linestyle": "", "marker": "o"}))
    for axes, title in ((left, "loss on the training part"), (right, "macro AP on the validation part")):
        axes.set(title=title, xlabel="epoch; dots: one setting each")
        if axes.lines:
            axes.legend(frameon=False)
    _save(figure, path)


def draw_genres(evaluation: Evaluation, path: Path) -> None:
    """Write a PNG of each genre's average precision beside its share, which is what guessing reaches."""
    genres = sorted(evaluation.genres, key=lambda row: row.average_precision)
    figure, axes = _figure(1, 1, size=(7, 1 + 0.28 * len(genres)))
    names = [f"{row.genre} ({row.support})" for row in genres]
    axes.barh(names, [row.average_precision for row in genres], color="tab:blue", label="average precision")
    axes.barh(names, [row.prevalence for row in genres], color="black", height=0.25, label="share (a guess)")
    axes.set(xlim=(0, 1), title="each genre on the test part (rows that have it)")
    axes.legend(frameon=False, loc="lower right")
    _save(figure, path)


def draw_reliability(rows: ScoredRows, path: Path) -> None:
    """Write a PNG of the share of rows that have a genre against its score, over all known labels."""
    flat, truth = rows.scores[rows.known], rows.labels[rows.known]
    places = np.minimum((flat * BINS).astype(int), BINS - 1)
    counts = np.bincount(places, minlength=BINS)
    used = counts > 0
    said = np.bincount(places, weights=flat, minlength=BINS)[used] / counts[used]
    true = np.bincount(places, weights=truth, minlength=BINS)[used] / counts[used]
    figure, axes = _figure(1, 1, size=(5, 5))
    axes.plot([0, 1], [0, 1], color="grey", linestyle="--", label="as often as said")
    axes.plot(said, true, marker="o", label="this model")
    axes.set(
        xlim=(0, 1), ylim=(0, 1), xlabel="score", ylabel="share that has the genre", title="reliability, test part"
    )
    axes.legend(frameon=False)
    _save(figure, path)


def _figure(rows: int, columns: int, *, size: tuple[float, float]) -> "tuple[Figure, Any]":
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=size, layout="constrained")
    FigureCanvasAgg(figure)
    return figure, figure.subplots(rows, columns)


def _save(figure: "Figure", path: Path) -> None:
    figure.savefig(path, dpi=110, metadata={"Software": None})
