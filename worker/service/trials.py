"""Trials of a faster arithmetic: the same frames in float32 and in it, on the user's own videos."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from classifier.errors import NoModel
from classifier.model import GenreModel
from classifier.view import View
from extractor.networks.backbone import Backbone
from extractor.networks.registry import BACKBONES, open_network
from extractor.networks.trial import Trial, compare
from extractor.precision import Precision
from extractor.video.arguments import Shape
from extractor.video.frames import FrameStream
from extractor.video.probe import probe
from worker.errors import WorkerError
from worker.inference.capacity import device
from worker.runtime import Runtime
from worker.sources import read_file

Vectors = NDArray[np.float32]
Progress = Callable[[int, int | None], None]
TOP = 3


def try_precision(
    runtime: Runtime, videos: Sequence[Path], *, precision: Precision = "bfloat16", on_progress: Progress
) -> Trial:
    """Compare a precision with float32 on the frames of these videos; store and return the result.

    If there is a model for such features, the top three genres of each video are compared, too. `on_progress` takes the
    frames done. Raises WorkerError (bad_source) for a backbone of float32 alone, and what reading a video, loading the
    weights or the database raises.
    """
    backbone = runtime.weights.backbone
    if BACKBONES[backbone].bfloat16 == "never":
        raise WorkerError("bad_source", f"{backbone} works in float32 alone: leave --precision out")
    files = [read_file(video) for video in videos]
    exact, fast = (open_network(runtime.weights, precision=each) for each in ("float32", precision))
    model = _model(runtime)
    pairs: dict[str, tuple[Vectors, Vectors]] = {}
    for file in files:
        n_before = sum(len(pair[0]) for pair in pairs.values())
        pairs[file.trailer_id] = _both(runtime, file.path, exact, fast, on_progress=on_progress, n_before=n_before)
    changed = [name for name, pair in pairs.items() if model and _top(model, pair[0]) != _top(model, pair[1])]
    trial = compare(list(pairs.values()), changed=changed)
    runtime.store.trials.save(
        trial,
        weights_sha256=runtime.weights.sha256,
        device=device(),
        precision=precision,
        versions=exact.provenance.versions,
    )
    return trial


def _both(
    runtime: Runtime, path: Path, exact: Backbone, fast: Backbone, *, on_progress: Progress, n_before: int
) -> tuple[Vectors, Vectors]:
    """Return the vectors of a video's frames by each network, of shape (frames, dim)."""
    parts: list[tuple[Vectors, Vectors]] = []
    info = probe(path, limits=runtime.limits)
    with FrameStream(path, info, shape=Shape(exact.frame_size), limits=runtime.limits) as batches:
        for batch in batches:
            parts.append((exact(batch), fast(batch)))
            on_progress(n_before + sum(len(part[0]) for part in parts), None)
    return np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts])


def _model(runtime: Runtime) -> GenreModel | None:
    try:
        return runtime.model(runtime.model_record(runtime.weights.features_id))
    except NoModel:
        return None


def _top(model: GenreModel, vectors: Vectors) -> list[str]:
    prediction = model.predict({"trailer": View(vectors, model.manifest.features_id)})
    return [scored.genre for scored in prediction.top(TOP)]
