"""Steps: the work that each lane does on a claimed job; its outcome says where the job goes next."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from db.queue.job_records import LANES, Job, JobKind, KeptVideo, Result
from extractor.errors import BadPoster
from extractor.networks.backbone import warm_up
from worker.download.scratch import scratch_folder
from worker.download.waiting_videos import keep_video, scratch_id, waiting_path
from worker.errors import WorkerError, shown_as
from worker.jobs.roots import open_below
from worker.jobs.uploads import upload_name
from worker.links import Link
from worker.predicting.planning import POSTER, PlannedPrediction, plan_predictions
from worker.predicting.plots import encoder_beside, plot_basis, plot_model, predict_words
from worker.predicting.posters import poster_basis, poster_model, predict_poster
from worker.predicting.prediction import lacks_poster, predict, recall
from worker.predicting.stages import Video, download, extract, given_file, infer_poster
from worker.progress import Progress
from worker.runtime import UNKNOWN, Runtime
from worker.sources import read_file


@dataclass(frozen=True, slots=True)
class Extracted:
    """Features of this id are stored, the poster's too; `work` names what was done for it, None where nothing was."""

    features_id: str
    work: str | None = "extract"


@dataclass(frozen=True, slots=True)
class Missing:
    """The result of an earlier lane is gone: the job must go back to `lane`."""

    lane: str


Outcome = KeptVideo | Extracted | Result | Missing  # of one lane's work; it says where the job goes next
Step = Callable[[Runtime, Job, Progress], Outcome]


def run_step(runtime: Runtime, job: Job, progress: Progress) -> Outcome:
    """Do the work of the lane that a job is in; what the database has already is not done again."""
    return STEPS[job.kind][job.lane or "classify"](runtime, job, progress)


def _check(runtime: Runtime, job: Job, progress: Progress) -> Outcome:
    """Do only what shows that the lane works: extraction needs a process that infers."""
    if job.lane == "extract":
        warm_up(runtime.backbone, on_wait=partial(progress.stage("extracting"), 0, None))
    return _result(job, JobKind.CHECK.value)


def _stored_features(runtime: Runtime, job: Job) -> str | None:
    """Return the id of the features this would make, if they are stored; the download lane goes by the job's own id."""
    if job.force:
        return None
    store, features_id = runtime.store, job.features_id
    if job.lane == "extract" or features_id == UNKNOWN:
        features_id = runtime.known_features_id()
    stored = store.features.n_frames(job.trailer_id, features_id) is not None
    return features_id if stored and store.library.get(job.trailer_id) is not None else None


def _download(runtime: Runtime, job: Job, progress: Progress) -> Outcome:
    if features_id := _stored_features(runtime, job):
        return Extracted(features_id, work=None)
    scratch = runtime.settings.scratch
    link = Link(job.trailer_id.partition(":")[2], job.site)
    with scratch_folder(scratch) as folder:
        video = download(runtime, link, folder, progress=progress)
        name = keep_video(video.path, scratch, job_id=job.job_id, token=_token(job))
    return KeptVideo(scratch_id(scratch), name, video.sha256, video.source)


def _extract(runtime: Runtime, job: Job, progress: Progress) -> Outcome:
    if features_id := _stored_features(runtime, job):
        looked = _look_at_poster(runtime, job, features_id, progress)
        return Extracted(features_id, work="poster" if looked else None)
    with _open_video(runtime, job) as video:
        if video is None:
            return Missing("download")
        _, features = extract(runtime, video, progress=progress)
    _look_at_poster(runtime, job, features.features_id, progress)
    return Extracted(features.features_id)


def _look_at_poster(runtime: Runtime, job: Job, features_id: str, progress: Progress) -> bool:
    """Infer the trailer's poster if there is one to be inferred, whatever model will use it; tell whether it was."""
    poster = _plan(runtime, job, features_id).digests.get(POSTER)
    return poster is not None and infer_poster(runtime, poster, force=job.force, progress=progress)


@contextmanager
def _open_video(runtime: Runtime, job: Job) -> Iterator[Video | None]:
    """Yield the video of a job, None if it isn't on this host; errors call what came over HTTP by its name.

    A path that did must lead below a root now, too.
    """
    if job.kind is not JobKind.FILE:
        yield _find_download(runtime, job)
        return
    path, name = Path(job.source), upload_name(runtime.settings.home, job.source)
    with ExitStack() as stack:
        if name is None and job.asked_by is not None:
            path, name = stack.enter_context(open_below(runtime.settings, path)), path.name
        if name is not None:
            stack.enter_context(shown_as(path, name))
        yield _find_file(job, path)


def _find_file(job: Job, path: Path) -> Video:
    file = read_file(path)
    if file.trailer_id != job.trailer_id:
        raise WorkerError("file_not_found", f"{job.source!r} was changed after it was submitted; submit it again")
    return given_file(file)


def _find_download(runtime: Runtime, job: Job) -> Video | None:
    """Return the downloaded video, None if it isn't on this host."""
    scratch = runtime.settings.scratch
    if job.video is None or job.video.scratch != scratch_id(scratch):
        return None
    path = waiting_path(scratch, job.video.name)
    return Video(job.trailer_id, path, job.video.source, job.video.sha256) if path.is_file() else None


def _plan(runtime: Runtime, job: Job, features_id: str) -> PlannedPrediction:
    (planned,) = plan_predictions(runtime, [(job.trailer_id, job.given)], features_id=features_id)
    return planned


def _classify(runtime: Runtime, job: Job, progress: Progress) -> Outcome:
    store, features_id = runtime.store, job.features_id  # as the extraction has noted it: no weights are needed here
    planned = _plan(runtime, job, features_id)
    basis = planned.basis
    if not job.force and recall(runtime, planned) is not None:
        n_frames = store.features.n_frames(job.trailer_id, features_id)
    else:
        features = store.features.load(job.trailer_id, features_id)
        n_frames = None if features is None else len(features)
        if features is not None and lacks_poster(runtime, planned):
            return Missing("extract")  # its lane has the backbone; the video isn't needed
        if features is not None:
            progress.stage("classifying")
            predict(runtime, planned, features)
    if n_frames is None:
        return Missing(job.kind.first_lane)
    runtime.patiently(lambda: store.trailers.add_inputs(job.trailer_id, job.given))
    return _result(job, basis.model_id, n_frames, basis.modalities)


def _extract_poster(runtime: Runtime, job: Job, progress: Progress) -> Outcome:
    """Have the backbone look at the picture; raises BadPoster for one that is damaged or gone."""
    sha256 = job.source
    looked = infer_poster(runtime, sha256, force=job.force, progress=progress)
    features_id = runtime.backbone.features_id
    if looked:
        return Extracted(features_id)
    if not runtime.store.posters.has_vector(sha256, features_id):
        raise BadPoster("the poster's picture is damaged or no longer kept; send it again")
    return Extracted(features_id, work=None)


def _classify_poster(runtime: Runtime, job: Job, progress: Progress) -> Outcome:
    """Predict the genres, unless that was done; raises NoModel."""
    sha256, features_id, store = job.source, job.features_id, runtime.store
    record = poster_model(runtime, features_id)
    basis = poster_basis(runtime, record, sha256)
    if job.force or store.predictions.load(job.trailer_id, basis) is None:
        vector = store.posters.vector(sha256, features_id)
        if vector is None:
            return Missing("extract")
        progress.stage("classifying")
        prediction = predict_poster(runtime.placed_model(record), vector, features_id=features_id)
        runtime.patiently(lambda: store.predictions.save(job.trailer_id, prediction, inputs=basis.inputs))
    return _result(job, record.model_id, modalities=basis.modalities)


def _classify_plot(runtime: Runtime, job: Job, progress: Progress) -> Outcome:
    """Predict the genres; raises NoModel, and BadPlot where the model knows none of the words."""
    record = plot_model(runtime)
    basis = plot_basis(runtime, record, job.source)
    progress.stage("classifying")
    model, beside = runtime.placed_model(record), encoder_beside(runtime, record)
    prediction = predict_words(model, job.given.plot or "", beside)
    runtime.patiently(lambda: runtime.store.predictions.save(job.trailer_id, prediction, inputs=basis.inputs))
    return _result(job, record.model_id, modalities=basis.modalities)


def _result(job: Job, model_id: str, n_frames: int = 0, modalities: tuple[str, ...] = ()) -> Result:
    return Result(model_id, n_frames, "extract" not in job.seconds, modalities)


def _token(job: Job) -> str:
    assert job.lease is not None  # noqa: S101 - a step runs for a claimed job
    return job.lease.token


STEPS: Mapping[JobKind, dict[str, Step]] = {
    JobKind.LINK: {"download": _download, "extract": _extract, "classify": _classify},
    JobKind.FILE: {"extract": _extract, "classify": _classify},
    JobKind.POSTER: {"extract": _extract_poster, "classify": _classify_poster},
    JobKind.PLOT: {"classify": _classify_plot},
    JobKind.CHECK: dict.fromkeys(LANES, _check),
}
