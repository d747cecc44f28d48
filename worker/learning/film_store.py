"""Films from the database: labelled trailers with their posters, plots, titles and sounds, to learn from."""

from collections.abc import Mapping
from contextlib import suppress

import numpy as np
from numpy.typing import NDArray

from classifier.data.dataset import Dataset
from classifier.data.films import Films
from classifier.view import SOUND, TITLE
from classifier.views import Part
from db.queue.job_records import Inputs
from db.records import StoredInputs
from extractor.errors import BadPlot
from extractor.plots import WORDS_ID, Plot, read_plot
from extractor.sentences import is_installed
from extractor.titles import TITLE_ID
from worker.errors import WorkerError
from worker.learning.datasets import read_learning_data
from worker.learning.genre_choice import ALL_GENRES, GenreChoice
from worker.learning.listener import LearningListener
from worker.learning.text_data import encode_plots
from worker.predicting.stages import infer_poster
from worker.predicting.words import find_words, words_view
from worker.progress import Progress
from worker.runtime import Runtime

Vectors = NDArray[np.float32]


def films_from_store(
    runtime: Runtime,
    *,
    modalities: tuple[str, ...],
    features_id: str | None,
    listener: LearningListener,
    choice: GenreChoice = ALL_GENRES,
    needed: bool = True,
) -> tuple[Films, str]:
    """Return the labelled trailers with their posters, plots, titles and sounds, by `modalities`, and a description.

    Posters that the backbone has not seen yet are shown to it now. Raises as `read_learning_data`, and WorkerError
    (bad_source) where no trailer has one of these, unless they are not `needed`.
    """
    data, description = read_learning_data(
        runtime, file=None, features_id=features_id, listener=listener, choice=choice
    )
    inputs = runtime.store.trailers.read_inputs(data.ids)
    found: dict[str, Mapping[int, Vectors]] = {}
    if "poster" in modalities:
        found["poster"] = _posters(runtime, data, inputs, listener.progress)
    if "plot" in modalities:
        found["plot"] = {row: plot.vectors for row, plot in _plots(data, inputs).items()}
    if "title" in modalities:
        found["title"] = _titles(data, inputs)
    ids = {"poster": data.features_id, "plot": WORDS_ID, "title": TITLE_ID}
    if "sentence" in modalities and (needed or is_installed()):
        found["sentence"], ids["sentence"] = _sentences(runtime, _plots(data, inputs), listener)
    if SOUND in modalities and (needed or runtime.sound_reader):
        found[SOUND], ids[SOUND] = _sounds(runtime, data)
    for name, rows in found.items():
        if needed and not rows:
            raise WorkerError("bad_source", f"none of the {len(data)} labelled trailers has a {name}: add some first")
    parts = {name: Part.from_vectors(rows, range(len(data)), ids[name]) for name, rows in found.items() if rows}
    counts = (f"{len(rows):,} with a {name}" for name, rows in found.items())
    return Films.from_dataset(data, parts), ", ".join((description, *counts))


def _posters(
    runtime: Runtime, data: Dataset, inputs: Mapping[str, StoredInputs], progress: Progress
) -> dict[int, Vectors]:
    """Return the vector of each row's poster, (1, dim), by row."""
    posters, features_id = runtime.store.posters, data.features_id
    wanted = {row: digest for row, key in enumerate(data.ids) if (digest := inputs[key].poster_sha256)}
    usable = posters.find_usable(set(wanted.values()))
    found: dict[int, Vectors] = {}
    for row, digest in wanted.items():
        vector = posters.vector(digest, features_id)
        if vector is None and digest in usable and features_id == runtime.known_features_id():
            infer_poster(runtime, digest, progress=progress)
            vector = posters.vector(digest, features_id)
        if vector is not None:
            found[row] = vector[np.newaxis]
    return found


def _plots(data: Dataset, inputs: Mapping[str, StoredInputs]) -> dict[int, Plot]:
    """Return each row's plot by row, for plots that can be read."""
    found: dict[int, Plot] = {}
    for row, key in enumerate(data.ids):
        with suppress(BadPlot):
            if text := inputs[key].plot:
                found[row] = read_plot(text)
    return found


def _sentences(
    runtime: Runtime, plots: Mapping[int, Plot], listener: LearningListener
) -> tuple[dict[int, Vectors], str]:
    """Return what the sentence encoder makes of the plots, (1, dim) each, and the id of such features."""
    home, encoder = runtime.settings.home, runtime.sentences
    vectors = encode_plots(encoder, [plot.text for plot in plots.values()], home=home, listener=listener)
    return dict(zip(plots, vectors[:, np.newaxis], strict=True)), encoder.features_id


def _titles(data: Dataset, inputs: Mapping[str, StoredInputs]) -> dict[int, Vectors]:
    """Return the words of each row's title by row, as a prediction for the trailer would see it."""
    nothing, found = Inputs(), dict[int, Vectors]()
    for row, key in enumerate(data.ids):
        if text := find_words(key, nothing, inputs[key], use="auto").texts.get(TITLE):
            found[row] = words_view(TITLE, text).vectors
    return found


def _sounds(runtime: Runtime, data: Dataset) -> tuple[dict[int, Vectors], str]:
    """Return what each row's trailer sounds like, (1, dim), by row, for those that were heard, and the features' id."""
    reader = runtime.sound_reader
    if reader is None:
        raise WorkerError("bad_source", "nobody hears what trailers sound like: set TRAILERS_SOUND=yamnet")
    heard = runtime.store.trailers.read_sounds(data.ids, features_id=reader.features_id)
    rows = {row: heard[key][np.newaxis] for row, key in enumerate(data.ids) if key in heard}
    return rows, reader.features_id
