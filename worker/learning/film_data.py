"""Labelled films as a data set: posters and plots from the same rows of a table."""

from collections.abc import Callable

import numpy as np

from classifier.data.dataset import Dataset
from classifier.data.films import Films
from classifier.data.label_matrix import labelled_genres
from classifier.views import Part, Views
from extractor.networks.backbone import Backbone
from extractor.plots import WORDS_ID
from worker.learning.label_table import LabelTable
from worker.learning.listener import LearningListener
from worker.learning.plot_data import plot_dataset, read_plots
from worker.learning.poster_data import poster_dataset, read_posters
from worker.settings import Settings


def read_table(
    table: LabelTable, open_backbone: Callable[[], Backbone], *, settings: Settings, listener: LearningListener
) -> tuple[Dataset | Films, str]:
    """Return the labelled rows of a table and their description; raises what reading them does.

    Posters are looked at by the network that `open_backbone` opens.
    """
    if not table.posters:
        return plot_dataset(table, listener)
    if not table.has_plots:
        return poster_dataset(table, open_backbone(), settings=settings, listener=listener)
    return film_dataset(table, open_backbone(), settings=settings, listener=listener)


def film_dataset(
    table: LabelTable, backbone: Backbone, *, settings: Settings, listener: LearningListener
) -> tuple[Films, str]:
    """Return the films of a table with the posters and plots they have, and their description.

    Of several posters of a film the first counts, of several films with one plot the first. Raises what reading the
    table and the collections does, WorkerError (bad_source) where no plot can be read.
    """
    files = table.read(listener)
    read = read_plots(table, [file for file in files if file.collection == len(table.posters)], listener)
    named, vectors, description = read_posters(table, files, backbone, settings=settings, listener=listener)
    posters = {file.row: vector[np.newaxis] for file, vector in reversed(list(zip(named, vectors, strict=True)))}
    plots = {label.row: plot for label, plot in reversed(read)}
    labels = {label.row: label for label in reversed([*named, *(label for label, _ in read)])}
    rows = sorted(labels)
    genres, has, known = labelled_genres([labels[row] for row in rows])
    words = {row: plot.vectors for row, plot in plots.items()}
    parts = {
        "poster": Part.from_vectors(posters, rows, backbone.features_id),
        "plot": Part.from_vectors(words, rows, WORDS_ID),
    }
    films = Films(
        views=Views(parts),
        Y=has,
        known=known,
        genres=genres,
        ids=tuple(f"row {row + 1}" for row in rows),
        groups=tuple(labels[row].group for row in rows),
        digests=tuple(plots[row].digest if row in plots else "" for row in rows),
        published=tuple(labels[row].published for row in rows),
    )
    return films, f"{description}, and {len(plots)} plots beside them"
