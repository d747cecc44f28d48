"""A poster is seen the same by whatever way it comes: by the command, a job, beside a trailer, out of a collection."""

import io
from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from db.queue.job_records import Inputs
from extractor.features import Provenance
from extractor.networks.backbone import Backbone, nothing
from extractor.networks.registry import BACKBONES, trailer_backbones
from extractor.posters import VIEWS, read_poster, shrink
from tests.support.homes import Home
from tests.support.models import make_model, put_to_use
from tests.support.posters import make_profile
from tests.support.working import work_off
from worker.jobs.bells import Bell
from worker.jobs.single_jobs import poster_id, submit_poster
from worker.learning.poster_features import extract_posters
from worker.predicting.analysis import analyze
from worker.predicting.inputs import keep_poster
from worker.predicting.posters import predict_posters
from worker.progress import Quiet
from worker.runtime import Runtime
from worker.settings import read_settings

PROVENANCE = Provenance("eye", "0" * 64, "r1", "float32", {})


class Eye:
    """A backbone that remembers the posters it is shown, and tells them apart by the means of their rows."""

    batch_size, dim, provenance = 16, 2048, PROVENANCE

    def __init__(self, features_id: str, frame_size: int) -> None:
        self.features_id, self.frame_size = features_id, frame_size
        self.posters: list[NDArray[np.uint8]] = []

    def __call__(self, frames: NDArray[np.uint8], *, on_wait: Callable[[], None] = nothing) -> NDArray[np.float32]:
        if len(frames) == VIEWS:  # the clip has two seconds
            self.posters.append(frames)
        means = frames.mean(axis=(2, 3)).astype(np.float32)  # (frames, size)
        return np.pad(means, ((0, 0), (0, self.dim - means.shape[1])))


@pytest.fixture
def runtime(home: Home) -> Iterator[Runtime]:
    settings = read_settings({"TRAILERS_HOME": str(home.folder), "TRAILERS_WEIGHTS": str(home.weights)})
    with Runtime(settings) as runtime:
        yield runtime


@cache
def noise(
    width: int, height: int, kind: str, *, mode: str = "RGB", orientation: int = 1, icc: bytes | None = None
) -> bytes:
    coarse = np.random.default_rng(0).integers(0, 256, (height // 8 + 1, width // 8 + 1, 4), dtype=np.uint8)
    image = Image.fromarray(coarse).resize((width, height)).convert(mode)
    exif = Image.Exif()
    exif[0x0112] = orientation
    file = io.BytesIO()
    image.save(file, kind, exif=exif, icc_profile=icc)
    return file.getvalue()


POSTERS = {
    "photograph": partial(noise, 800, 1200, "JPEG"),
    "turned": partial(noise, 800, 1200, "JPEG", orientation=6),
    "drawing": partial(noise, 640, 900, "PNG", mode="RGBA"),
    "web": partial(noise, 301, 447, "WEBP"),
    "tall": partial(noise, 200, 1200, "JPEG"),
    "broad": partial(noise, 1301, 190, "PNG"),
    "tiny": partial(noise, 16, 23, "PNG"),
    "kept": partial(noise, 299, 448, "PNG"),
    "square": partial(noise, 299, 299, "PNG"),
    "large": partial(noise, 2000, 3000, "JPEG"),
    "small": partial(noise, 200, 300, "WEBP"),
    "landscape": partial(noise, 451, 303, "AVIF"),
    "press": partial(noise, 301, 447, "JPEG", mode="CMYK"),
    "profiled": partial(noise, 600, 900, "JPEG", icc=make_profile()),
    "sheet": partial(noise, 5400, 8100, "JPEG"),
}
every_poster = pytest.mark.parametrize("data", POSTERS, indirect=True)


@pytest.fixture
def data(request: pytest.FixtureRequest) -> bytes:
    """A poster by its name."""
    return POSTERS[request.param]()


@every_poster
@pytest.mark.parametrize("size", [147, 299])
@pytest.mark.slow
def test_a_poster_is_seen_and_judged_the_same_by_whatever_way_it_comes(
    runtime: Runtime, clip: Path, tmp_path: Path, data: bytes, size: int
) -> None:
    eye = Eye(runtime.weights.features_id, size)
    runtime.network = eye  # type: ignore[assignment]
    put_to_use(runtime.store, make_model(eye.features_id, name="posters"))
    path = tmp_path / "poster"
    path.write_bytes(data)
    digest = keep_poster(runtime.store, str(path))
    analyze(runtime, str(clip), inputs=Inputs(poster=str(path), poster_sha256=digest), progress=Quiet())
    runtime.store._access.database["poster_features"].delete_many({})
    submit_poster(runtime, digest, Bell())
    work_off(runtime)
    ((_, outcome),) = predict_posters(runtime, [str(path)])
    (vector,) = _collect(path, eye)
    np.testing.assert_array_equal(vector, runtime.store.posters.vector(digest, eye.features_id))
    assert runtime.store.predictions.latest(poster_id(digest)) == outcome
    assert len(eye.posters) == 4
    for other in eye.posters[1:]:
        np.testing.assert_array_equal(eye.posters[0], other)


@every_poster
def test_every_network_of_trailers_sees_the_same_of_a_kept_picture(data: bytes) -> None:
    kept = shrink(data).data
    for size in {BACKBONES[name].frame_size for name in trailer_backbones()}:
        np.testing.assert_array_equal(read_poster(data, size=size), read_poster(kept, size=size))


def test_a_network_of_larger_frames_sees_the_same_by_command_and_in_training(runtime: Runtime, tmp_path: Path) -> None:
    eye = Eye("larger-test-00000000-r2", 600)
    put_to_use(runtime.store, make_model(eye.features_id, name="posters"))
    path = tmp_path / "poster"
    path.write_bytes(POSTERS["photograph"]())
    list(predict_posters(runtime, [str(path)], backbone=eye))
    _collect(path, eye)
    by_command, in_training = eye.posters
    np.testing.assert_array_equal(by_command, in_training)


def _collect(path: Path, eye: Backbone) -> NDArray[np.float32]:
    """Return the vectors of a poster out of the collection that its folder is."""
    collection = extract_posters(
        path.parent, [path.name], eye, cache=path.parent / "cache", on_progress=lambda done, total: None
    )
    return collection.vectors
