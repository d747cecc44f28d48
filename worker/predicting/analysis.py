"""`trailers analyze`: the stages of one trailer in this process, skipping whatever the database already has."""

import time
from dataclasses import dataclass, field, replace

from classifier.prediction import GenrePrediction
from db.queue.job_records import Inputs
from db.records import Trailer
from extractor.features import FrameFeatures
from worker.errors import WorkerError
from worker.links import Link
from worker.predicting.prediction import judge, lacks_poster, open_prediction, recall
from worker.predicting.stages import extract, get_video, infer_poster
from worker.predicting.stored_inputs import POSTER
from worker.progress import Progress
from worker.runtime import Runtime
from worker.sources import LocalFile, resolve_source


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


@dataclass(frozen=True, slots=True)
class AnalysisRequest:
    """A source as a user wrote it, and what is given of it; with `force` nothing stored is taken for an answer."""

    source: str
    given: Inputs = field(default_factory=Inputs)
    force: bool = False


def analyze(runtime: Runtime, question: AnalysisRequest, *, progress: Progress) -> Analysis:
    """Return the genres of one source.

    Features and predictions in the database are used as they are, unless forced; a poster or plot that is given, or
    known of the trailer, is looked at if a model can. Raises an error with a `code` of the table; whatever was
    finished before it stays in the database.
    """
    begun = time.perf_counter()
    source = resolve_source(question.source, sites=runtime.settings.sites)
    features_id = runtime.weights.features_id
    work = _Work(runtime, question, features_id, progress)
    trailer = None if question.force else runtime.store.trailers.get(source.trailer_id)
    n_frames = None if trailer is None else runtime.store.features.n_frames(source.trailer_id, features_id)
    if trailer is not None and n_frames is not None:
        analysis = _from_store(work, trailer, n_frames=n_frames)
    else:
        analysis = _from_video(work, source)
    total = time.perf_counter() - begun
    return replace(analysis, seconds=replace(analysis.seconds, total=total))


@dataclass(frozen=True, slots=True)
class _Work:
    """What answering one question needs."""

    runtime: Runtime
    question: AnalysisRequest
    features_id: str
    progress: Progress


def _from_store(work: _Work, trailer: Trailer, *, n_frames: int) -> Analysis:
    """Answer without a video: the prediction is read, or made from the stored features when what it rests on is new."""
    begun = time.perf_counter()
    store, question = work.runtime.store, work.question
    store.trailers.add_inputs(trailer.trailer_id, question.given)
    case = open_prediction(work.runtime, trailer.trailer_id, question.given, features_id=work.features_id)
    prediction = recall(work.runtime, case)
    if prediction is None:
        features = store.features.load(trailer.trailer_id, work.features_id)
        if features is None:
            raise WorkerError("internal", f"the features of {trailer.trailer_id} went away meanwhile; run this again")
        prediction = _judge(work, trailer.trailer_id, features)
    return Analysis(trailer, n_frames, prediction, cached=True, seconds=Seconds(classify=time.perf_counter() - begun))


def _from_video(work: _Work, source: Link | LocalFile) -> Analysis:
    begun = time.perf_counter()
    runtime = work.runtime
    with get_video(runtime, source, progress=work.progress) as video:
        downloaded = time.perf_counter()
        trailer, features = extract(runtime, video, progress=work.progress)
    extracted = time.perf_counter()
    runtime.store.trailers.add_inputs(trailer.trailer_id, work.question.given)
    prediction = _judge(work, trailer.trailer_id, features)
    seconds = Seconds(
        download=downloaded - begun, extract=extracted - downloaded, classify=time.perf_counter() - extracted
    )
    return Analysis(trailer, len(features), prediction, cached=False, seconds=seconds)


def _judge(work: _Work, trailer_id: str, features: FrameFeatures) -> GenrePrediction:
    """Judge a trailer anew; its poster is looked at first if the model wants it and nobody has."""
    runtime, question = work.runtime, work.question
    case = open_prediction(runtime, trailer_id, question.given, features_id=features.features_id)
    if lacks_poster(runtime, case) or (question.force and POSTER in case.basis.inputs):
        infer_poster(runtime, case.basis.inputs[POSTER], force=question.force, progress=work.progress)
        case = open_prediction(
            runtime, trailer_id, question.given, features_id=features.features_id
        )  # it may be damaged
    return judge(runtime, case, features)
