"""Labelled plots as a data set: rows of words, or of one vector for each plot if a sentence encoder reads them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from classifier.data.dataset import Dataset
from classifier.data.label_matrix import labelled_genres
from classifier.data.labels import LabelColumns, LabelledFile, read_labels
from classifier.ragged import Ragged
from extractor.errors import BadPlot
from extractor.networks.weights import file_digest
from extractor.plots import WORDS_ID, Plot, read_plot
from worker.errors import WorkerError
from worker.learning.listener import LearningListener
from worker.progress import Progress


@dataclass(frozen=True, slots=True)
class PlotTable:
    """A table of plots, in the one column of `columns.files`, and their genres.

    `encoder` is the name or folder of a sentence encoder, None for words.
    """

    labels: Path
    columns: LabelColumns
    encoder: str | None = None


@dataclass(frozen=True, slots=True)
class ReadPlot:
    """A plot with its labels."""

    label: LabelledFile
    plot: Plot


def plot_dataset(table: PlotTable, listener: LearningListener) -> tuple[Dataset, str]:
    """Return labelled plots as rows, and their description; of plots with the same words the first counts.

    Raises BadTrainingData for a table that can't be read, WorkerError (bad_source) for one without a usable plot, and
    as `read_encoder` does.
    """
    labels = read_labels(table.labels, table.columns)
    listener.say(
        f"{len(labels.files):,} labelled plots ({labels.skipped:,} rows without, {labels.repeated:,} repeated)"
    )
    rows = read_plots(labels.files, table.labels, listener)
    X, features_id = _features(table.encoder, rows, listener.progress)
    genres, has, known = labelled_genres([row.label for row in rows])
    data = Dataset(
        X=X,
        Y=has,
        known=known,
        genres=genres,
        ids=tuple(f"plot:{row.plot.digest[:16]}" for row in rows),
        groups=tuple(find_group(row) for row in rows),
        digests=tuple(row.plot.digest for row in rows),
        features_id=features_id,
        modality="plot",
    )
    return data, _describe(table, len(rows))


def read_plots(files: Sequence[LabelledFile], table: Path, listener: LearningListener) -> list[ReadPlot]:
    """Return the rows whose plots can be read, each text once; raises WorkerError (bad_source) if there are none."""
    rows: dict[str, ReadPlot] = {}
    report = listener.progress.stage("reading plots")
    for done, label in enumerate(files, start=1):
        try:
            plot = read_plot(label.file)
            rows.setdefault(plot.digest, ReadPlot(label, plot))
        except BadPlot:
            continue  # counted below
        report(done, len(files))
    listener.say(
        f"{len(rows):,} plots read ({len(files) - len(rows):,} without a word, too long, or with the same words as "
        "another)"
    )
    if not rows:
        raise WorkerError("bad_source", f"{table} has no plot that can be read: name its column with --plot-column")
    return list(rows.values())


def _features(encoder: str | None, rows: list[ReadPlot], progress: Progress) -> tuple[Ragged, str]:
    if encoder is None:
        return Ragged.of([row.plot.vectors for row in rows]), WORDS_ID
    from extractor.sentences import SentenceEncoder  # torch, and seconds

    sentences = SentenceEncoder(encoder)
    vectors = sentences.encode([row.label.file for row in rows], on_count=progress.stage("encoding plots"))
    return Ragged.singles(np.ascontiguousarray(vectors)), sentences.features_id


def find_group(row: ReadPlot) -> str:
    """Return the group a plot must stay with; without one it is the plot's digest rather than all its text."""
    return row.plot.digest if row.label.group == row.label.file else row.label.group


def _describe(table: PlotTable, n_plots: int) -> str:
    digest = file_digest(table.labels, "sha256")[:16]
    columns = ", ".join(name for name, _ in table.columns.genres)
    return f"{n_plots} plots of {table.labels.name} (sha256 {digest}), genres from {columns}"
