"""A backbone of other frames and another width: registered in one place, it serves all the way."""

import io
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from classifier.data.files import load_dataset
from extractor.features import FRAME_RULE, Provenance
from extractor.limits import Limits
from extractor.networks.inception import Network
from extractor.networks.registry import BACKBONES, Registration, trailer_backbones
from extractor.networks.weights import given_weights
from extractor.video.arguments import Shape
from extractor.video.frames import FrameStream
from extractor.video.probe import probe
from tests.support.videos import make_clip
from tests.support.web_service import client_of, open_service
from worker.cli import main
from worker.inference.shared_backbone import SharedBackbone, address_of, listen
from worker.jobs.inference_process import serve
from worker.predicting.poster_backbones import poster_weights
from worker.predicting.similar import Similarity
from worker.runtime import Runtime
from worker.service.web_settings import read_web_settings
from worker.settings import read_settings
from worker.sources import read_file

NAME, SIZE, DIM = "made_up", 96, 512


class MadeUp(Network):
    """Vectors of the means of a frame's rows, over and over."""

    frame_size, dim = SIZE, DIM

    @property
    def provenance(self) -> Provenance:
        return Provenance(NAME, self._weights.sha256, FRAME_RULE, self._precision)

    def _load(self, tf: Any, keras: Any) -> Any:
        raise AssertionError("it needs no TensorFlow")

    def __call__(self, frames: NDArray[np.uint8], *, on_wait: Any = None) -> NDArray[np.float32]:
        assert frames.shape[1:] == (SIZE, SIZE, 3)
        vectors = np.empty((len(frames), DIM), np.float32)
        for vector, frame in zip(vectors, frames, strict=True):
            vector[:] = np.resize(frame.mean(axis=(1, 2)), DIM)
        return vectors


@pytest.fixture
def runtime(nowhere: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Runtime]:
    """The runtime of a home that is set to the one registered backbone of this name."""
    registration = Registration(
        open=MadeUp, frame_size=SIZE, dim=DIM, find_weights=lambda cache: None, download_weights=given_weights
    )
    monkeypatch.setitem(BACKBONES, NAME, registration)
    weights = nowhere / "weights"
    weights.write_bytes(b"no network")
    names = {"HOME": str(nowhere / "home"), "WEIGHTS": str(weights), "BACKBONE": NAME}
    for name, value in names.items():
        monkeypatch.setenv(f"TRAILERS_{name}", value)
    with Runtime(read_settings(os.environ)) as runtime:
        assert runtime.store
        yield runtime


def expected_vectors(clip: Path, runtime: Runtime) -> NDArray[np.float32]:
    with FrameStream(clip, probe(clip, limits=Limits()), shape=Shape(SIZE), limits=Limits()) as batches:
        return np.concatenate([MadeUp(runtime.weights)(batch) for batch in batches])


def test_features_of_another_width_are_kept_exported_served_and_compared(
    runtime: Runtime, nowhere: Path, clip: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = make_clip(nowhere / "other.mp4", seconds=3, size="64x64", options=["-vf", "negate"])
    assert main(["analyze", str(clip), str(other)]) == 1
    assert "no_model" in capsys.readouterr().err, "the features are kept all the same"
    features_id, trailer_id = runtime.weights.features_id, read_file(clip).trailer_id
    kept = runtime.store.features.load(trailer_id, features_id)
    assert kept is not None
    np.testing.assert_allclose(kept.vectors, expected_vectors(clip, runtime), rtol=1e-3)
    assert kept.vectors.shape == (2, DIM)

    assert main(["features", "export", "all.npz"]) == 0
    data = load_dataset(Path("all.npz"))
    np.testing.assert_array_equal(data.X[data.ids.index(trailer_id)], kept.vectors)

    with open_service(runtime.settings, read_web_settings({})) as (_, url), client_of(url) as client:
        answer = client.get(f"/v1/trailers/{trailer_id}/features.npy")
        np.testing.assert_array_equal(np.load(io.BytesIO(answer.content)), kept.vectors)

    similarity = Similarity(runtime.store, features_id)
    similarity.load()
    assert [found for found, _ in similarity.nearest(trailer_id, 5)] == [read_file(other).trailer_id]


def test_vectors_of_another_width_come_from_the_shared_process(runtime: Runtime) -> None:
    frames = np.random.default_rng(0).integers(0, 256, (20, SIZE, SIZE, 3), np.uint8)
    with listen() as listener:
        threading.Thread(target=serve, args=(runtime, listener), daemon=True).start()
        shared = SharedBackbone(address_of(listener), runtime.weights)
        np.testing.assert_array_equal(shared(frames), MadeUp(runtime.weights)(frames))
        assert (shared.dim, shared(frames[:0]).shape) == (DIM, (0, DIM))
        shared.close()


def test_a_backbone_of_trailers_can_be_set_and_shown_posters(runtime: Runtime) -> None:
    assert NAME in trailer_backbones()
    weights = runtime.settings.weights
    assert poster_weights(runtime, NAME, None) == runtime.weights == given_weights(weights or Path(), backbone=NAME)
