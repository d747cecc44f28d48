"""Placing a model of posters on labelled trailers: those of the library, or of a file made of one."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from classifier.data.films import Films
from classifier.model import GenreModel
from classifier.training.placing import PlacingOptions, place, unplaced
from classifier.training.placing_report import PlacingReport, report_placing
from classifier.view import POSTER, TRAILER
from db.records import TagLayer
from worker.inference.registry import find_model
from worker.learning.datasets import read_learning_data
from worker.learning.film_store import films_from_store
from worker.learning.genre_choice import GenreChoice
from worker.learning.listener import LearningListener
from worker.runtime import Runtime

OF_CHOICE = "macro_ap_of_"  # the beginning of a figure of some of a model's modalities


@dataclass(frozen=True, slots=True)
class PlacingSource:
    """The labelled trailers: of `file`, or of the library where it is None, as `layer` tags them."""

    file: Path | None = None
    layer: TagLayer = "effective"


def open_model(runtime: Runtime, text: str) -> GenreModel:
    """Return the model in a file of this name, else the stored one; raises UnsafeModel, NotStored."""
    if Path(text).is_file():
        return GenreModel.load(Path(text))
    return runtime.model(find_model(runtime.store, text))


def place_model(
    runtime: Runtime, model: GenreModel, source: PlacingSource, *, name: str, seed: int, listener: LearningListener
) -> tuple[GenreModel, PlacingReport]:
    """Return the model, placed, and the report on it; raises what `place` and reading the trailers do."""
    unplaced(model)
    films, words = _read(runtime, model, source, listener)
    options = PlacingOptions(
        name=name, description=words, created_at=datetime.now(UTC).replace(microsecond=0), seed=seed
    )
    listener.say(f"placing {model.manifest.name} on {words}, and five times on four fifths of them")
    report = report_placing(model, films, options)
    placed = place(model, films, options)
    others = {figure: value for figure, value in placed.manifest.metrics.items() if figure.startswith(OF_CHOICE)}
    manifest = replace(placed.manifest, metrics={**others, **report.metrics})
    return GenreModel.from_bytes(replace(placed, manifest=manifest).to_bytes()), report


def _read(runtime: Runtime, model: GenreModel, source: PlacingSource, listener: LearningListener) -> tuple[Films, str]:
    if source.file is not None:
        data, words = read_learning_data(runtime, file=source.file, features_id=None, listener=listener)
        return Films.from_dataset(data), words
    choice = GenreChoice(layer=source.layer)
    films, words = films_from_store(
        runtime,
        modalities=(TRAILER, *(name for name in model.manifest.inputs if name != TRAILER)),
        features_id=model.manifest.reads[POSTER],
        listener=listener,
        choice=choice,
        needed=False,
    )
    return films, f"{words}{choice}"
