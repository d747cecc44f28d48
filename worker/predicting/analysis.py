"""Analysis: the stages of one trailer in this process, without those whose results are stored."""

import time
from dataclasses import dataclass, replace

from classifier.prediction import GenrePrediction
from db.library_records import LibraryTrailer
from db.queue.job_records import Inputs
from extractor.features import FrameFeatures
from worker.errors import WorkerError
from worker.links import Link
from worker.predicting.planning import POSTER, PlannedPrediction, plan_predictions
from worker.predicting.prediction import lacks_poster, predict, recall
from worker.predicting.stages import extract, get_video, infer_poster
from worker.progress import Progress
from worker.runtime import Runtime
from worker.sources import LocalFile, resolve_source


@dataclass(frozen=True, slots=True)
class Seconds:
    """The time each stage took."""

    download: float = 0.0
    extract: float = 0.0
    classify: float = 0.0
    total: float = 0.0


@dataclass(frozen=True, slots=True)
class Analysis:
    """The result for one source; `cached` when no video had to be decoded."""

    trailer: LibraryTrailer
    n_frames: int
    prediction: GenrePrediction
    cached: bool
    seconds: Seconds


@dataclass(frozen=True, slots=True)
class _Work:
    """What one analysis needs; with `force` everything is done again, stored or not."""

    runtime: Runtime
    inputs: Inputs
    force: bool
    progress: Progress

    def plan(self, trailer_id: str) -> PlannedPrediction:
        """Return the plan of the prediction for a stored trailer, whose inputs are stored first."""
        self.runtime.store.trailers.add_inputs(trailer_id, self.inputs)
        wanted = [(trailer_id, self.inputs)]
        (planned,) = plan_predictions(self.runtime, wanted, features_id=self.runtime.weights.features_id)
        return planned

    def read(self, trailer_id: str) -> LibraryTrailer:
        """Return the trailer as it is stored by now."""
        trailer = self.runtime.store.library.get(trailer_id)
        if trailer is None:
            raise WorkerError("internal", f"{trailer_id} went away meanwhile; run this again")
        return trailer


def analyze(runtime: Runtime, text: str, *, inputs: Inputs, force: bool = False, progress: Progress) -> Analysis:
    """Return the genres of the source that a user's text names.

    Stored features and predictions are used as they are, unless forced; a poster or plot among the inputs or stored
    with the trailer is used where a model can. Raises an error with a `code` of the table; whatever was finished
    before it stays in the database.
    """
    begun = time.perf_counter()
    source = resolve_source(text, sites=runtime.settings.sites)
    features_id, work = runtime.weights.features_id, _Work(runtime, inputs, force, progress)
    trailer = None if force else runtime.store.library.get(source.trailer_id)
    n_frames = None if trailer is None else runtime.store.features.n_frames(source.trailer_id, features_id)
    if trailer is not None and n_frames is not None:
        analysis = _from_store(work, source.trailer_id, n_frames=n_frames)
    else:
        analysis = _from_video(work, source)
    total = time.perf_counter() - begun
    return replace(analysis, seconds=replace(analysis.seconds, total=total))


def _from_store(work: _Work, trailer_id: str, *, n_frames: int) -> Analysis:
    """Return the stored prediction, or one made from the stored features when its basis is new."""
    begun = time.perf_counter()
    planned = work.plan(trailer_id)
    prediction = recall(work.runtime, planned)
    if prediction is None:
        features = work.runtime.store.features.load(trailer_id, work.runtime.weights.features_id)
        if features is None:
            raise WorkerError("internal", f"the features of {trailer_id} went away meanwhile; run this again")
        prediction = _predict(work, planned, features)
    seconds = Seconds(classify=time.perf_counter() - begun)
    return Analysis(work.read(trailer_id), n_frames, prediction, cached=True, seconds=seconds)


def _from_video(work: _Work, source: Link | LocalFile) -> Analysis:
    begun = time.perf_counter()
    work.runtime.check_listeners()  # a download that nobody could hear would be for nothing
    with get_video(work.runtime, source, progress=work.progress) as video:
        downloaded = time.perf_counter()
        _, features = extract(work.runtime, video, progress=work.progress)
    extracted = time.perf_counter()
    prediction = _predict(work, work.plan(source.trailer_id), features)
    seconds = Seconds(downloaded - begun, extracted - downloaded, time.perf_counter() - extracted)
    return Analysis(work.read(source.trailer_id), len(features), prediction, cached=False, seconds=seconds)


def _predict(work: _Work, planned: PlannedPrediction, features: FrameFeatures) -> GenrePrediction:
    """Return a new prediction; the backbone looks at the poster first if the model wants it and none has."""
    runtime, force = work.runtime, work.force
    poster = planned.basis.inputs.get(POSTER)
    if (
        poster
        and (force or lacks_poster(runtime, planned))
        and not infer_poster(runtime, poster, force=force, progress=work.progress)
    ):
        planned = work.plan(planned.trailer_id)  # the poster is damaged
    return predict(runtime, planned, features)
