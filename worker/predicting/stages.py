"""Stages before the prediction: download the video, extract the features of video and poster, and store them."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from db.queue.job_records import JobKind
from db.records import HeardSpeech, Source, Trailer, VideoRecord
from db.trailers import HeardSound
from extractor.errors import BadPoster
from extractor.features import FrameFeatures
from extractor.limits import Limits
from extractor.networks.weights import file_digest
from extractor.posters import infer_posters, read_poster
from extractor.sounds import SoundReader
from extractor.speech import SpeechReader
from extractor.video.decoder import Decoding
from extractor.video.extraction import Watcher, extract_features
from extractor.video.filmstrip import FilmstripMaker, StillMaker, fit_still
from extractor.video.frames import ENOUGH
from extractor.video.probe import VideoInfo, probe
from extractor.video.sound import read_sound
from worker.download.lanes import settle_doubt, take_turn
from worker.download.parent import Download, FetchOptions, fetch, read_page
from worker.download.scratch import scratch_folder
from worker.errors import WorkerError, shown_as
from worker.links import Link
from worker.progress import Progress, Report
from worker.runtime import Runtime
from worker.sources import LocalFile

Samples = NDArray[np.float32]
log = logging.getLogger("trailers")


@dataclass(frozen=True, slots=True)
class Video:
    """A video file on this host, and its source."""

    trailer_id: str
    path: Path
    source: Source
    sha256: str


@contextmanager
def get_video(runtime: Runtime, source: Link | LocalFile, *, progress: Progress) -> Iterator[Video]:
    """Yield the video of a source; a download waits for its turn and is deleted afterwards."""
    if isinstance(source, LocalFile):
        yield given_file(source)
        return
    with scratch_folder(runtime.settings.scratch) as folder:
        yield download(runtime, source, folder, progress=progress)


def download(runtime: Runtime, link: Link, folder: Path, *, progress: Progress) -> Video:
    """Return the video of a link, downloaded into `folder` when its turn came."""
    throttle, options = runtime.store.throttle, FetchOptions.from_settings(runtime.settings)
    with take_turn(throttle, link, per_minute=runtime.settings.downloads_per_minute, progress=progress):
        report = progress.stage("downloading")
        settle_doubt(throttle, link, lambda other: read_page(other, folder, options=options, on_progress=report))
        got = fetch(link, folder, options=options, on_progress=report)
    _check_length(got, limits=runtime.limits)
    return Video(link.trailer_id, got.path, got.source, file_digest(got.path, "sha256"))


def given_file(file: LocalFile) -> Video:
    """Return a user's file as a video."""
    name = "".join(c if c.isprintable() else "?" for c in file.path.name)
    source = Source(url=name, site=JobKind.FILE.value, video_id=file.sha256[:16], title=name)
    return Video(file.trailer_id, file.path, source, file.sha256)


def extract(runtime: Runtime, video: Video, *, progress: Progress) -> tuple[Trailer, FrameFeatures]:
    """Decode the video; store pictures and features first, the trailer last, so that every listed one has features.

    Stills are kept of files: links have a player.
    What is said, and what it sounds like, is heard where that is set and the same model has not heard it before.
    """
    with nullcontext() if video.source.site == JobKind.FILE.value else shown_as(video.path, video.source.url):
        info = probe(video.path, limits=runtime.limits)
        filmstrip, stills, (speech, sound) = FilmstripMaker(info.aspect), StillMaker(), _hear(runtime, video, progress)
        has_stills = video.source.site == JobKind.FILE.value and runtime.settings.stills == "on"
        still = fit_still(info.width, info.height, info.aspect) if has_stills else (0, 0)
        features = extract_features(
            video.path,
            runtime.backbone,
            info=info,
            limits=runtime.limits,
            decoding=Decoding(threads=runtime.settings.decode_threads, hwaccel=runtime.settings.hwaccel),
            watcher=Watcher(progress.stage("extracting"), filmstrip.add, still, stills.add),
        )
    trailer = Trailer(video.trailer_id, video.source, _video_record(video, info, n_frames=len(features)))
    runtime.patiently(
        lambda: runtime.store.filmstrips.save(video.trailer_id, filmstrip.finish(features.usable.tolist()))
    )
    runtime.patiently(lambda: runtime.store.stills.save(video.trailer_id, stills.finish()))
    runtime.patiently(lambda: runtime.store.features.save(video.trailer_id, features))
    runtime.patiently(lambda: runtime.store.trailers.save(trailer, speech, sound))
    return trailer, features


def _hear(runtime: Runtime, video: Video, progress: Progress) -> tuple[HeardSpeech | None, HeardSound | None]:
    """Return what is said in a video and what it sounds like, each None where nobody listens or the same one has."""
    speech, sound = runtime.speech_reader, runtime.sound_reader
    stored = runtime.store.library.get(video.trailer_id) if speech or sound else None
    said, sounds = (stored.speech, stored.sound) if stored else (None, None)
    if speech and said and (said.made_by, said.video_sha256) == (speech.made_by, video.sha256):
        speech = None
    if sound and sounds and (sounds.features_id, sounds.video_sha256) == (sound.features_id, video.sha256):
        sound = None
    if not (speech or sound):
        return None, None
    samples, report = read_sound(video.path, limits=runtime.limits), progress.stage("extracting")
    return (
        _hear_speech(speech, samples, video, report) if speech else None,
        _hear_sound(sound, samples, video, report) if sound else None,
    )


def _hear_speech(reader: SpeechReader, samples: Samples, video: Video, report: Report) -> HeardSpeech:
    found = reader.read(samples, on_wait=lambda: report(0, None))
    return HeardSpeech(found.text, found.language, found.made_by, video.sha256)


def _hear_sound(reader: SoundReader, samples: Samples, video: Video, report: Report) -> HeardSound:
    patches = reader.read(samples, on_wait=lambda: report(0, None))
    return HeardSound(reader.features_id, video.sha256, patches.mean(axis=0) if len(patches) else None)


def infer_poster(runtime: Runtime, sha256: str, *, force: bool = False, progress: Progress) -> bool:
    """Store the features of a stored poster unless they are there already; tell whether that was done.

    A picture that can't be read is marked as damaged, so that predictions do without it.
    """
    backbone, posters = runtime.backbone, runtime.store.posters
    features_id = backbone.features_id
    if not force and posters.has_vector(sha256, features_id):
        return False
    picture = posters.picture(sha256)
    if picture is None:
        return False
    try:
        shown = read_poster(picture, size=backbone.frame_size)  # (views, size, size, 3) uint8
    except BadPoster as exc:
        log.warning("the poster %s is left out: %s", sha256, exc)
        posters.mark_damaged(sha256, str(exc))
        return False
    report = progress.stage("extracting")
    (vector,) = infer_posters(backbone, shown[np.newaxis], on_wait=lambda: report(0, None))
    made_by = backbone.provenance
    runtime.patiently(lambda: posters.save_vector(sha256, features_id, vector, provenance=made_by))
    return True


def _check_length(got: Download, *, limits: Limits) -> None:
    """Raise WorkerError (download_truncated) for a video shorter than its page says: segments may be missing unseen."""
    promised = got.duration_s
    with shown_as(got.path, got.source.url):
        lasts = probe(got.path, limits=limits).duration_s
    if promised and lasts is not None and lasts < min(ENOUGH * promised, promised - 1):
        raise WorkerError(
            "download_truncated", f"{lasts:.1f} of the {promised:.0f} s of {got.source.url} came; try again later"
        )


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
