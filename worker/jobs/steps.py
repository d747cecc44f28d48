"""What each lane does with a claimed job; the outcome says where the job goes, the runner writes it down."""

from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import numpy as np

from db.queue.job_records import Job
from worker.download.scratch import scratch_folder
from worker.download.waiting_videos import keep, kept_path, scratch_id
from worker.errors import WorkerError, shown_as
from worker.job_sites import FILE, NO_OP, POSTER
from worker.jobs.outcomes import Classified, Downloaded, Extracted, Missing, Outcome
from worker.jobs.poster_steps import POSTER_STEPS
from worker.jobs.uploads import upload_name
from worker.links import Link
from worker.predicting.prediction import judge, lacks_poster, open_prediction, recall
from worker.predicting.stages import Video, download, extract, given_file, infer_poster
from worker.predicting.stored_inputs import look
from worker.progress import Progress
from worker.runtime import UNKNOWN, Runtime
from worker.sources import LocalFile, read_file

Step = Callable[[Runtime, Job, Progress], Outcome]


def run_step(runtime: Runtime, job: Job, progress: Progress) -> Outcome:
    """Do the work of the lane that a job is in; what the database has already is not done again."""
    if job.site == NO_OP:
        return _no_op(runtime, job, progress)
    if job.site == POSTER:
        return POSTER_STEPS[job.lane or "classify"](runtime, job, progress)
    if job.lane != "classify" and not job.force and (features_id := _stored_features(runtime, job)):
        return Extracted(features_id, work=_look_at_poster(runtime, job, progress) if job.lane == "extract" else None)
    return STEPS[job.lane or "classify"](runtime, job, progress)


def _no_op(runtime: Runtime, job: Job, progress: Progress) -> Outcome:
    """Do nothing but what shows that the lane works: extraction needs somebody who infers."""
    if job.lane == "extract":
        report = progress.stage("extracting")
        size = runtime.backbone.frame_size
        runtime.backbone(np.zeros((1, size, size, 3), np.uint8), on_wait=lambda: report(0, None))
    return Classified(model_id=NO_OP, n_frames=0)


def _stored_features(runtime: Runtime, job: Job) -> str | None:
    """Return the id of the features this would make, if they are stored; who only downloads takes the job's word."""
    store, features_id = runtime.store, job.features_id
    if job.lane == "extract" or features_id == UNKNOWN:
        features_id = runtime.known_features_id()
    known = store.features.n_frames(job.trailer_id, features_id) is not None
    return features_id if known and store.trailers.get(job.trailer_id) is not None else None


def _download(runtime: Runtime, job: Job, progress: Progress) -> Outcome:
    scratch = runtime.settings.scratch
    link = Link(job.trailer_id.partition(":")[2], job.site)
    with scratch_folder(scratch) as folder:
        video = download(runtime, link, folder, progress=progress)
        name = keep(video.path, scratch, job_id=job.job_id, token=_token(job))
    return Downloaded(name, video.sha256, video.source)


def _extract(runtime: Runtime, job: Job, progress: Progress) -> Outcome:
    name = upload_name(runtime.settings.home, job.source)
    with shown_as(Path(job.source), name) if name else nullcontext():
        video = _given(job) if job.site == FILE else _kept(runtime, job)
        if video is None:
            return Missing("download")
        _, features = extract(runtime, video, progress=progress)
    _look_at_poster(runtime, job, progress)
    return Extracted(features.features_id)


def _look_at_poster(runtime: Runtime, job: Job, progress: Progress) -> str | None:
    """Infer the trailer's poster if there is one to be inferred; return what was done, None for nothing."""
    (at_hand,) = look(runtime.store, [(job.trailer_id, job.given)])
    poster = at_hand.poster
    return "poster" if poster and infer_poster(runtime, poster, force=job.force, progress=progress) else None


def _given(job: Job) -> Video:
    file = read_file(Path(job.source))
    if file.trailer_id != job.trailer_id:
        raise WorkerError("file_not_found", f"{job.source!r} was changed after it was submitted; submit it again")
    return given_file(LocalFile(Path(job.source), file.sha256))


def _kept(runtime: Runtime, job: Job) -> Video | None:
    """Return the downloaded video, None if it isn't on this host."""
    scratch = runtime.settings.scratch
    if job.video is None or job.video.scratch != scratch_id(scratch):
        return None
    path = kept_path(scratch, job.video.name)
    return Video(job.trailer_id, path, job.video.source, job.video.sha256) if path.is_file() else None


def _classify(runtime: Runtime, job: Job, progress: Progress) -> Outcome:
    store, features_id = runtime.store, job.features_id  # as the extraction has noted it: no weights are needed here
    case = open_prediction(runtime, job.trailer_id, job.given, features_id=features_id)
    if not job.force and recall(runtime, case) is not None:
        n_frames = store.features.n_frames(job.trailer_id, features_id)
    else:
        features = store.features.load(job.trailer_id, features_id)
        n_frames = None if features is None else len(features)
        if features is not None and lacks_poster(runtime, case):
            return Missing("extract")  # its lane has the backbone; the video isn't needed
        if features is not None:
            progress.stage("classifying")
            judge(runtime, case, features)
    if n_frames is None:
        return Missing(first_lane(job.site))
    runtime.patiently(lambda: store.trailers.add_inputs(job.trailer_id, job.given))
    return Classified(case.basis.model_id, n_frames, case.basis.modalities)


def _token(job: Job) -> str:
    assert job.lease is not None  # noqa: S101 - a step runs for a claimed job
    return job.lease.token


STEPS: dict[str, Step] = {"download": _download, "extract": _extract, "classify": _classify}


def first_lane(site: str) -> str:
    """Return the lane where a job without features begins."""
    return "extract" if site in (FILE, POSTER) else "download"
