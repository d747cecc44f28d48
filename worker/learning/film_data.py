"""Labelled films as a data set: posters and plots that stand in the same rows of a table."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from classifier.data.films import Films
from classifier.data.label_matrix import labelled_genres
from classifier.data.labels import LabelColumns, LabelledFile, read_labels
from classifier.ragged import Ragged
from classifier.views import ABSENT, Part, Views
from extractor.networks.backbone import Backbone
from extractor.plots import WORDS_ID
from worker.errors import WorkerError
from worker.learning.plot_data import ReadPlot, group_of, read_plots
from worker.learning.poster_data import PosterTable, describe_posters, read_posters
from worker.progress import Progress
from worker.settings import Settings


@dataclass(frozen=True, slots=True)
class FilmTable:
    """Collections of posters, and a table that has in a row a poster's file, a plot, or both, and their genres.

    `columns.files` names the column of each collection, in the same order, and the column of plots last.
    """

    posters: tuple[Path, ...]
    labels: Path
    columns: LabelColumns

    @property
    def collections(self) -> PosterTable:
        """The posters alone."""
        files = self.columns.files[:-1]
        return PosterTable(self.posters, self.labels, LabelColumns(files, self.columns.genres, self.columns.groups))


def film_dataset(
    table: FilmTable, backbone: Backbone, *, settings: Settings, say: Callable[[str], None], progress: Progress
) -> tuple[Films, str]:
    """Return the films of a table with what there is of them, and in words what they are.

    Of several posters of a film the first counts, of several films with one plot the first. Raises what reading the
    table and the collections does, WorkerError (bad_source) where no plot can be read.
    """
    labels = read_labels(table.labels, table.columns)
    place_of_plots = len(table.columns.files) - 1
    plots, n_bad = read_plots([file for file in labels.files if file.collection == place_of_plots], progress)
    say(f"{len(plots):,} plots read ({n_bad:,} without a word or too long, or of the same words as another)")
    if not plots:
        raise WorkerError("bad_source", f"{table.labels} has no plot that can be read: name its column")
    pictures = [file for file in labels.files if file.collection < place_of_plots]
    rows, found = read_posters(table.collections, pictures, backbone, settings=settings, say=say, progress=progress)
    vectors = np.concatenate([features.vectors for features in found])
    words = f"{describe_posters(table.collections, found)}, and {len(plots)} plots beside them"
    return _join(rows, vectors, plots, features_id=backbone.features_id), words


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
            labels[place].group if number in poster_of else group_of(plots[plot_of[number]])
            for place, number in enumerate(numbers)
        ),
        digests=tuple(plots[plot_of[number]].plot.digest if number in plot_of else "" for number in numbers),
    )


def _first(numbers: Sequence[int]) -> dict[int, int]:
    """Return the first place of each number."""
    return {number: place for place, number in reversed(list(enumerate(numbers)))}


def _places(numbers: Sequence[int], places: Mapping[int, int]) -> NDArray[np.int64]:
    return np.array([places.get(number, ABSENT) for number in numbers], dtype=np.int64)
