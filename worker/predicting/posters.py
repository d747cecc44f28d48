"""Predictions for single posters, a batch at a time."""

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from classifier.errors import NoModel
from classifier.model import GenreModel
from classifier.prediction import GenrePrediction
from classifier.view import View
from db.queue.job_records import JobError
from db.records import ModelRecord, PredictionBasis
from extractor.errors import BadPoster
from extractor.features import backbone_of, picture_size_of
from extractor.networks.backbone import Backbone
from extractor.posters import infer_posters, read_poster
from worker.errors import WorkerError, describe
from worker.predicting.planning import POSTER
from worker.runtime import Runtime

BATCH = 16  # posters, three frames each


def predict_posters(
    runtime: Runtime, sources: Iterable[str], *, backbone: Backbone | None = None
) -> Iterator[tuple[str, GenrePrediction | JobError]]:
    """Yield each poster file and its outcome, in order; one that can't be read stops no other.

    `backbone` looks at them, None for that of trailers. Raises NoModel, and NoWeights, before the first when there
    is no model of posters.
    """
    backbone = backbone or runtime.backbone
    features_id = backbone.features_id
    model = runtime.placed_model(poster_model(runtime, features_id))
    waiting = iter(sources)
    while batch := list(islice(waiting, BATCH)):
        frames = [_read(source, size=backbone.frame_size) for source in batch]
        valid = [frame for frame in frames if isinstance(frame, np.ndarray)]
        vectors = iter(infer_posters(backbone, np.stack(valid)) if valid else np.zeros((0, 0), np.float32))
        for source, frame in zip(batch, frames, strict=True):
            error = frame if isinstance(frame, JobError) else None
            yield source, error or predict_poster(model, next(vectors), features_id=features_id)


def predict_poster(model: GenreModel, vector: NDArray[np.float32], *, features_id: str) -> GenrePrediction:
    """Return the genres of a poster by its features, of shape (dim,)."""
    return model.predict({POSTER: View(vector[np.newaxis], features_id)})


def poster_basis(runtime: Runtime, record: ModelRecord, sha256: str) -> PredictionBasis:
    """Return what a model's prediction for a poster alone rests on."""
    inputs = {POSTER: sha256, **runtime.placer.find(record).inputs((POSTER,))}
    return PredictionBasis(record.model_id, record.features_id, (POSTER,), inputs)


def poster_model(runtime: Runtime, features_id: str) -> ModelRecord:
    """Return the model in use for posters alone; raises NoModel."""
    try:
        return runtime.model_record(features_id, available=(POSTER,))
    except NoModel as exc:
        size = picture_size_of(features_id)
        name = f"{backbone_of(features_id)}{f' --picture-size {size}' if size else ''}"
        raise NoModel(
            f"no model predicts from posters with features of {features_id} yet; train one (trailers train --posters "
            f"ZIP --labels CSV --backbone {name} --use) or import one (trailers models import FILE --use), or name "
            "another --backbone"
        ) from exc


def _read(source: str, *, size: int) -> NDArray[np.uint8] | JobError:
    try:
        if Path(source).is_dir():
            return describe(WorkerError("bad_poster", f"{source!r} is a folder; name the pictures in it"))
        if not Path(source).is_file():
            return describe(WorkerError("file_not_found", f"there is no file {source!r}; check the path"))
        return read_poster(Path(source), size=size)
    except BadPoster as exc:
        return describe(WorkerError("bad_poster", f"{source!r}: {exc}"))
    except (ValueError, OSError) as exc:  # a name with a NUL, or too long
        return describe(WorkerError("file_not_found", f"{source[:200]!r} is not a file name: {exc}"))
