"""The stages of one trailer: get its video, extract its features, classify it; each keeps its result."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from classifier.prediction import GenrePrediction
from classifier.view import View
from db.records import ModelRecord, Source, Trailer, VideoRecord
from extractor.extraction import extract_features
from extractor.features import FrameFeatures
from extractor.probe import VideoInfo, probe
from extractor.weights import file_digest
from worker.fetch import FetchOptions, fetch
from worker.lanes import turn
from worker.links import Link
from worker.progress import Progress
from worker.runtime import Runtime
from worker.scratch import scratch_folder
from worker.sources import LocalFile


@dataclass(frozen=True, slots=True)
class Video:
    """A video file at hand, and where it came from."""

    trailer_id: str
    path: Path
    source: Source
    sha256: str


@contextmanager
def get_video(runtime: Runtime, source: Link | LocalFile, *, progress: Progress) -> Iterator[Video]:
    """Give the video of a source; a downloaded one waits for its turn and is deleted afterwards."""
    if isinstance(source, LocalFile):
        yield given_file(source)
        return
    with scratch_folder(runtime.settings.scratch) as folder:
        yield download(runtime, source, folder, progress=progress)


def download(runtime: Runtime, link: Link, folder: Path, *, progress: Progress) -> Video:
    """Return the video of a link, downloaded into `folder` when it was its turn."""
    settings = runtime.settings
    with turn(runtime.store.throttle, link, per_minute=settings.downloads_per_minute, progress=progress):
        report = progress.stage("downloading")
        got = fetch(link, folder, options=FetchOptions.of(settings), on_progress=report)
    return Video(link.trailer_id, got.path, got.source, file_digest(got.path, "sha256"))


def given_file(file: LocalFile) -> Video:
    """Return the video that a user's file is."""
    name = "".join(c if c.isprintable() else "?" for c in file.path.name)
    source = Source(url=name, site="file", video_id=file.sha256[:16], title=name)
    return Video(file.trailer_id, file.path, source, file.sha256)


def extract(runtime: Runtime, video: Video, *, progress: Progress) -> tuple[Trailer, FrameFeatures]:
    """Decode the video; keep its features, and then what is known of it: a trailer that is listed has features."""
    info = probe(video.path, limits=runtime.limits)
    features = extract_features(
        video.path,
        runtime.backbone,
        info=info,
        limits=runtime.limits,
        decoding=runtime.decoding,
        on_progress=progress.stage("extracting"),
    )
    trailer = Trailer(video.trailer_id, video.source, _video_record(video, info, n_frames=len(features)))
    runtime.patiently(lambda: runtime.store.features.save(video.trailer_id, features))
    runtime.patiently(lambda: runtime.store.trailers.save(trailer))
    return trailer, features


def classify(runtime: Runtime, trailer_id: str, *, features: FrameFeatures, record: ModelRecord) -> GenrePrediction:
    """Judge features with a model and keep the prediction."""
    model = runtime.model(record)
    prediction = model.predict({"trailer": View(features.vectors, features.features_id)})
    runtime.patiently(lambda: runtime.store.predictions.save(trailer_id, prediction))
    return prediction


def _video_record(video: Video, info: VideoInfo, *, n_frames: int) -> VideoRecord:
    return VideoRecord(
        duration_s=info.duration_s if info.duration_s is not None else float(n_frames),
        width=info.width,
        height=info.height,
        fps=info.fps,
        codec=info.codec,
        bytes=info.bytes,
        sha256=video.sha256,
    )
