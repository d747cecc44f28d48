"""Extraction: from a video file to its FrameFeatures, decoding and inferring side by side in bounded memory."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from extractor.features import FrameFeatures
from extractor.limits import Limits
from extractor.networks.backbone import Backbone
from extractor.video.arguments import Shape
from extractor.video.colors import color_notes
from extractor.video.decoder import Decoding
from extractor.video.frames import FrameStream
from extractor.video.marks import find_marks
from extractor.video.measures import Measurer
from extractor.video.probe import VideoInfo, probe
from extractor.video.shots import find_cuts

Progress = Callable[[int, int | None], None]
OnFrames = Callable[[NDArray[np.uint8]], None]


@dataclass(frozen=True, slots=True)
class Watcher:
    """Callbacks of an extraction; both may raise to end it.

    `on_progress` is called with the frames done and the frames expected (None: unknown), at least once a second except
    while a batch is inferred; `on_frames` with each batch, uint8 of shape (frames, size, size, 3), `on_stills`
    with pictures of the same seconds of the size `still`, (width, height), if there is one.
    """

    on_progress: Progress = lambda done, total: None
    on_frames: OnFrames = lambda frames: None
    still: tuple[int, int] = (0, 0)
    on_stills: OnFrames = lambda stills: None


def extract_features(
    path: Path,
    backbone: Backbone,
    *,
    info: VideoInfo | None = None,
    limits: Limits | None = None,
    decoding: Decoding | None = None,
    watcher: Watcher | None = None,
) -> FrameFeatures:
    """Return one vector for each second of a video file.

    Raises NotMedia, BadVideo, DecodeTimeout, and what `watcher` raises; leaves no process behind.
    """
    limits, watcher = limits or Limits(), watcher or Watcher()
    info = info or probe(path, limits=limits)
    expected = math.ceil(info.duration_s) if info.duration_s is not None else None
    measurer, parts, done = Measurer(), [], 0

    def report() -> None:
        watcher.on_progress(done, expected)

    report()
    shape = Shape(backbone.frame_size, watcher.still)
    stream = FrameStream(path, info, shape=shape, limits=limits, decoding=decoding, on_wait=report)
    with stream as pictures:
        for both in pictures:
            batch, stills = shape.split(both)
            watcher.on_frames(batch)
            if stills.size:
                watcher.on_stills(stills)
            measurer.add(batch)
            parts.append(backbone(batch, on_wait=report))  # (up to 16, dim) float32
            done += len(batch)
            report()
    vectors, measures = np.concatenate(parts), measurer.finish()  # vectors (frames, dim)
    return FrameFeatures(
        features_id=backbone.features_id,
        vectors=vectors,
        seconds=np.arange(len(vectors), dtype=np.float64),
        provenance=replace(backbone.provenance, notes=color_notes(info)),
        damaged=stream.damaged,
        warnings=stream.warnings,
        marks=find_marks(measures),
        cuts=find_cuts(measures),
    )
