"""Labelled films as a data set: posters and plots from the same rows of a table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from classifier.data.films import Films
from classifier.data.label_matrix import labelled_genres
from classifier.data.labels import LabelledFile, read_labels
from classifier.ragged import Ragged
from classifier.views import ABSENT, Part, Views
from extractor.networks.backbone import Backbone
from extractor.plots import WORDS_ID
from worker.learning.listener import LearningListener
from worker.learning.plot_data import ReadPlot, find_group, read_plots
from worker.learning.poster_data import PosterTable, describe_posters, read_posters
from worker.settings import Settings


@dataclass(frozen=True, slots=True)
class FilmTable:
    """A table that has in each row a poster's file, a plot, or both, and their genres; `plots` is the plots' column."""

    posters: PosterTable
    plots: str


def film_dataset(
    table: FilmTable, backbone: Backbone, *, settings: Settings, listener: LearningListener
) -> tuple[Films, str]:
    """Return the films of a table with the posters and plots they have, and their description.

    Of several posters of a film the first counts, of several films with one plot the first. Raises what reading the
    table and the collections does, WorkerError (bad_source) where no plot can be read.
    """
    posters, n_collections = table.posters, len(table.posters.posters)
    columns = replace(posters.columns, files=(*posters.columns.files, table.plots))
    files = read_labels(posters.labels, columns).files
    plots = read_plots([file for file in files if file.collection == n_collections], posters.labels, listener)
    pictures = [file for file in files if file.collection < n_collections]
    rows, found = read_posters(posters, pictures, backbone, settings=settings, listener=listener)
    vectors = np.concatenate([features.vectors for features in found])
    description = f"{describe_posters(posters, found)}, and {len(plots)} plots beside them"
    return _join(rows, vectors, plots, features_id=backbone.features_id), description


def _join(
    posters: Sequence[LabelledFile], vectors: NDArray[np.float32], plots: Sequence[ReadPlot], *, features_id: str
) -> Films:
    poster_of = _first([file.row for file in posters])
    plot_of = _first([read.label.row for read in plots])
    numbers = sorted({*poster_of, *plot_of})
    labels = [posters[poster_of[number]] if number in poster_of else plots[plot_of[number]].label for number in numbers]
    genres, has, known = labelled_genres(labels)
    return Films(
        views=Views(
            {
                "poster": Part(Ragged.singles(vectors), _places(numbers, poster_of), features_id),
                "plot": Part(Ragged.of([read.plot.vectors for read in plots]), _places(numbers, plot_of), WORDS_ID),
            }
        ),
        Y=has,
        known=known,
        genres=genres,
        ids=tuple(f"row {number + 1}" for number in numbers),
        groups=tuple(
            labels[place].group if number in poster_of else find_group(plots[plot_of[number]])
            for place, number in enumerate(numbers)
        ),
        digests=tuple(plots[plot_of[number]].plot.digest if number in plot_of else "" for number in numbers),
    )


def _first(numbers: Sequence[int]) -> dict[int, int]:
    """Return the first place of each number."""
    return {number: place for place, number in reversed(list(enumerate(numbers)))}


def _places(numbers: Sequence[int], places: Mapping[int, int]) -> NDArray[np.int64]:
    return np.array([places.get(number, ABSENT) for number in numbers], dtype=np.int64)
