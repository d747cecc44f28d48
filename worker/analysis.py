"""`trailers analyze`: the stages of one trailer in this process, skipping whatever the database already has."""

import time
from dataclasses import dataclass, replace

from classifier.prediction import GenrePrediction
from db.records import Trailer
from worker.errors import WorkerError
from worker.links import Link
from worker.progress import Progress
from worker.runtime import Runtime
from worker.sources import LocalFile, resolve_source
from worker.stages import classify, extract, get_video


@dataclass(frozen=True, slots=True)
class Seconds:
    """Where the time went."""

    download: float = 0.0
    extract: float = 0.0
    classify: float = 0.0
    total: float = 0.0


@dataclass(frozen=True, slots=True)
class Analysis:
    """The answer to one source; `cached` when no video had to be decoded."""

    trailer: Trailer
    n_frames: int
    prediction: GenrePrediction
    cached: bool
    seconds: Seconds


def analyze(runtime: Runtime, text: str, *, force: bool = False, progress: Progress) -> Analysis:
    """Return the genres of one source.

    Features and predictions in the database are used as they are, unless `force`. Raises an error with a
    `code` of the table; whatever was finished before it stays in the database.
    """
    begun = time.perf_counter()
    source = resolve_source(text, sites=runtime.settings.sites)
    features_id = runtime.weights.features_id
    trailer = None if force else runtime.store.trailers.get(source.trailer_id)
    n_frames = None if trailer is None else runtime.store.features.n_frames(source.trailer_id, features_id)
    if trailer is not None and n_frames is not None:
        analysis = _from_store(runtime, trailer, features_id=features_id, n_frames=n_frames)
    else:
        analysis = _from_video(runtime, source, progress=progress)
    total = time.perf_counter() - begun
    return replace(analysis, seconds=replace(analysis.seconds, total=total))


def _from_store(runtime: Runtime, trailer: Trailer, *, features_id: str, n_frames: int) -> Analysis:
    """Answer without a video: the prediction is read, or made from the stored features when the model is new."""
    begun = time.perf_counter()
    record = runtime.model_record(features_id)
    prediction = runtime.store.predictions.load(trailer.trailer_id, model_id=record.model_id, features_id=features_id)
    if prediction is None:
        features = runtime.store.features.load(trailer.trailer_id, features_id)
        if features is None:
            raise WorkerError("internal", f"the features of {trailer.trailer_id} went away meanwhile; run this again")
        prediction = classify(runtime, trailer.trailer_id, features=features, record=record)
    return Analysis(trailer, n_frames, prediction, cached=True, seconds=Seconds(classify=time.perf_counter() - begun))


def _from_video(runtime: Runtime, source: Link | LocalFile, *, progress: Progress) -> Analysis:
    begun = time.perf_counter()
    with get_video(runtime, source, progress=progress) as video:
        downloaded = time.perf_counter()
        trailer, features = extract(runtime, video, progress=progress)
    extracted = time.perf_counter()
    record = runtime.model_record(features.features_id)
    prediction = classify(runtime, trailer.trailer_id, features=features, record=record)
    seconds = Seconds(
        download=downloaded - begun, extract=extracted - downloaded, classify=time.perf_counter() - extracted
    )
    return Analysis(trailer, len(features), prediction, cached=False, seconds=seconds)
