"""Labelled plots as a data set: rows of words, or of one vector for each plot if a sentence encoder reads them."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from classifier.data.dataset import Dataset
from classifier.data.label_matrix import labelled_genres
from classifier.data.labels import LabelledFile
from classifier.ragged import Ragged
from extractor.errors import BadPlot
from extractor.networks.weights import file_digest
from extractor.plots import WORDS_ID, Plot, read_plot
from worker.errors import WorkerError
from worker.learning.label_table import LabelTable
from worker.learning.listener import LearningListener

LabelledPlot = tuple[LabelledFile, Plot]


def plot_dataset(table: LabelTable, listener: LearningListener) -> tuple[Dataset, str]:
    """Return labelled plots as rows, and their description; of plots with the same words the first counts.

    Raises BadTrainingData for a table that can't be read, WorkerError (bad_source) for one without a usable plot, and
    as `read_encoder` does.
    """
    rows = read_plots(table, table.read(listener), listener)
    X, features_id = _features(table.encoder, rows, listener)
    labels, plots = zip(*rows, strict=True)
    genres, has, known = labelled_genres(labels)
    data = Dataset(
        X=X,
        Y=has,
        known=known,
        genres=genres,
        ids=tuple(f"plot:{plot.digest[:16]}" for plot in plots),
        groups=tuple(label.group for label in labels),
        digests=tuple(plot.digest for plot in plots),
        published=tuple(label.published for label in labels),
        features_id=features_id,
        modality="plot",
    )
    digest = file_digest(table.path, "sha256")[:16]
    return data, f"{len(rows)} plots of {table.path.name} (sha256 {digest}), genres from {table.genre_columns}"


def read_plots(table: LabelTable, files: Sequence[LabelledFile], listener: LearningListener) -> list[LabelledPlot]:
    """Return the plots that can be read, each text once; raises WorkerError (bad_source) if there are none.

    A plot that belongs to no group is in one named after its digest, rather than after all its text.
    """
    rows: dict[str, LabelledPlot] = {}
    report = listener.progress.stage("reading plots")
    for done, label in enumerate(files, start=1):
        try:
            plot = read_plot(label.file)
        except BadPlot:
            continue  # counted below
        group = plot.digest if label.group == label.file else label.group
        rows.setdefault(plot.digest, (replace(label, group=group), plot))
        report(done, len(files))
    listener.say(
        f"{len(rows):,} plots read ({len(files) - len(rows):,} without a word, too long, or with the same words as "
        "another)"
    )
    if not rows:
        raise WorkerError(
            "bad_source", f"{table.path} has no plot that can be read: name its column with --plot-column"
        )
    return list(rows.values())


def _features(encoder: str | None, rows: Sequence[LabelledPlot], listener: LearningListener) -> tuple[Ragged, str]:
    if encoder is None:
        return Ragged.from_sequences([plot.vectors for _, plot in rows]), WORDS_ID
    from extractor.sentences import SentenceEncoder  # torch, and seconds

    sentences = SentenceEncoder(encoder)
    on_count = listener.progress.stage("encoding plots")
    vectors = sentences.encode([plot.text for _, plot in rows], on_count=on_count)
    return Ragged.singles(np.ascontiguousarray(vectors)), sentences.features_id
