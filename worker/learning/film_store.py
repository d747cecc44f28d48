"""Labelled trailers of the database with their posters and plots, as films to learn from."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from classifier.data.dataset import Dataset
from classifier.data.films import Films
from classifier.ragged import Ragged
from classifier.views import ABSENT, Part
from db.records import StoredInputs
from extractor.errors import BadPlot
from extractor.plots import WORDS_ID, read_plot
from worker.errors import WorkerError
from worker.learning.learning_data import read_learning_data
from worker.predicting.stages import infer_poster
from worker.progress import Progress
from worker.runtime import Runtime

Vectors = NDArray[np.float32]


def films_from_store(
    runtime: Runtime, *, modalities: tuple[str, ...], features_id: str | None, progress: Progress
) -> tuple[Films, str]:
    """Return the labelled trailers with those of poster and plot that `modalities` names, and in words what they are.

    Posters that no backbone has looked at yet are looked at now. Raises as `read_learning_data`, and WorkerError
    (bad_source) where no trailer has what is named.
    """
    data, words = read_learning_data(runtime, file=None, features_id=features_id, progress=progress)
    told = runtime.store.trailers.told(data.ids)
    found: dict[str, Mapping[int, Vectors]] = {}
    if "poster" in modalities:
        found["poster"] = _posters(runtime, data, told, progress)
    if "plot" in modalities:
        found["plot"] = _plots(data, told)
    for name, there in found.items():
        if not there:
            raise WorkerError("bad_source", f"none of the {len(data)} labelled trailers has a {name}: give them first")
    ids = {"poster": data.features_id, "plot": WORDS_ID}
    parts = {name: _part(there, len(data), features_id=ids[name]) for name, there in found.items()}
    return Films.of(data, parts), ", ".join(
        (words, *(f"{len(there):,} with a {name}" for name, there in found.items()))
    )


def _posters(
    runtime: Runtime, data: Dataset, told: Mapping[str, StoredInputs], progress: Progress
) -> dict[int, Vectors]:
    """Return the vector of each row's poster, (1, dim), by row."""
    posters, features_id = runtime.store.posters, data.features_id
    wanted = {row: digest for row, key in enumerate(data.ids) if (digest := told[key].poster_sha256)}
    usable = posters.usable(set(wanted.values()))
    found: dict[int, Vectors] = {}
    for row, digest in wanted.items():
        vector = posters.vector(digest, features_id)
        if vector is None and digest in usable and features_id == runtime.known_features_id():
            infer_poster(runtime, digest, progress=progress)
            vector = posters.vector(digest, features_id)
        if vector is not None:
            found[row] = vector[np.newaxis]
    return found


def _plots(data: Dataset, told: Mapping[str, StoredInputs]) -> dict[int, Vectors]:
    """Return the words of each row's plot by row, those that can be read."""
    found: dict[int, Vectors] = {}
    for row, key in enumerate(data.ids):
        text = told[key].plot
        try:
            if text:
                found[row] = read_plot(text).vectors
        except BadPlot:
            continue
    return found


def _part(found: Mapping[int, Vectors], n_rows: int, *, features_id: str) -> Part:
    places = np.full(n_rows, ABSENT, dtype=np.int64)
    places[list(found)] = np.arange(len(found))
    return Part(Ragged.of(list(found.values())), places, features_id)
