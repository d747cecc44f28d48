from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from extractor.errors import WeightsError
from extractor.networks import starter
from extractor.networks.backbone import nothing
from extractor.networks.names import STARTER
from extractor.networks.registry import BACKBONES, open_network, trailer_backbones
from extractor.networks.starter import Starter, starter_weights
from extractor.networks.trial import compare, cosine
from extractor.networks.weights import Weights, file_digest
from extractor.posters import VIEWS, infer_posters
from extractor.precision import has_bfloat16
from extractor.video.extraction import extract_features
from tests.conftest import SHARED
from tests.support.videos import make_clip

MAX_BYTES = 12_000_000
VIDEOS = (
    *("sintel_trailer_480x204_h264_aac.mp4", "sintel_trailer_720p_vp8_opus.webm", "sintel_trailer_720p_av1_opus.webm"),
    *("bbb_480p_30s_h264_aac.mp4", "chaplin_10s_h264_mp3.mp4", "flipping_a_pancake.mkv"),
)


@pytest.fixture(scope="module")
def network() -> Starter:
    return Starter(starter_weights())


def noise(n_frames: int, *, seed: int = 0) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (n_frames, 147, 147, 3), dtype=np.uint8)


def test_the_weights_that_ship_are_small_and_known_by_their_content() -> None:
    weights = starter_weights()
    assert weights.path.stat().st_size <= MAX_BYTES
    assert weights.sha256 == file_digest(weights.path, "sha256") == starter.SHA256
    assert weights.features_id == f"starter-recon2015-{starter.SHA256[:8]}-r2"


def test_a_batch_gives_the_same_vectors_as_its_frames_alone(network: Starter) -> None:
    frames = noise(3)
    together = network(frames)
    assert together.shape == (3, 2048)
    assert together.dtype == np.float32
    np.testing.assert_allclose(together, np.concatenate([network(frame[np.newaxis]) for frame in frames]), atol=1e-4)
    assert together.min() >= 0  # as Inception-V3's are


def test_a_clip_gives_a_vector_a_second_seen_by_the_starter(network: Starter, clip: Path) -> None:
    features = extract_features(clip, network)
    assert features.vectors.shape == (2, 2048)
    assert (features.features_id, features.provenance.backbone) == (starter_weights().features_id, STARTER)
    assert features.provenance.weights_sha256 == starter.SHA256


class Strict(Starter):
    """The starter where TensorFlow refuses to infer nothing, as it does on some processors."""

    def __call__(self, frames: NDArray[np.uint8], *, on_wait: Callable[[], None] = nothing) -> NDArray[np.float32]:
        assert len(frames), "a batch of no frames"
        return super().__call__(frames, on_wait=on_wait)


@pytest.fixture(scope="module")
def strict() -> Strict:
    return Strict(starter_weights())


@pytest.mark.parametrize("n_frames", [1, 15, 16, 17, 32])
@pytest.mark.slow
def test_a_video_of_any_number_of_seconds_is_seen_whole(strict: Strict, tmp_path: Path, n_frames: int) -> None:
    path = make_clip(tmp_path / "small.mp4", seconds=n_frames, size="64x64")
    features = extract_features(path, strict)
    assert features.vectors.shape == (n_frames, 2048)
    assert features.seconds.tolist() == list(range(n_frames))


def test_no_pictures_give_no_vectors_and_load_no_network() -> None:
    nowhere = Starter(Weights("custom", Path("nowhere.npz"), "0" * 64, STARTER))
    assert nowhere(noise(0)).shape == (0, 2048)
    assert infer_posters(nowhere, np.zeros((0, VIEWS, 147, 147, 3), np.uint8)).shape == (0, 2048)


def test_both_networks_of_trailers_are_opened_by_the_name_in_their_weights(weights_file: Path) -> None:
    assert isinstance(open_network(starter_weights()), Starter)
    assert {"inception_v3", "starter"} <= set(trailer_backbones())
    assert (BACKBONES["inception_v3"].frame_size, BACKBONES["starter"].frame_size) == (299, 147)


@pytest.mark.slow
@pytest.mark.shared_data
@pytest.mark.skipif(not has_bfloat16(), reason="this processor has no bfloat16")
def test_bfloat16_passes_its_trial_on_real_videos(network: Starter) -> None:
    fast = Starter(starter_weights(), precision="bfloat16")
    videos = [SHARED / "video" / name for name in VIDEOS]
    pairs = [tuple(extract_features(video, each).vectors for each in (network, fast)) for video in videos]
    trial = compare([(exact, other) for exact, other in pairs], changed=())
    assert trial.objections == []


@pytest.mark.slow
@pytest.mark.shared_data
def test_its_features_are_near_to_those_of_inception_on_a_real_trailer(network: Starter, weights_file: Path) -> None:
    from extractor.networks.applications import InceptionV3
    from extractor.networks.weights import given_weights

    video = SHARED / "video" / VIDEOS[0]  # no picture of it was learnt from
    wanted = extract_features(video, InceptionV3(given_weights(weights_file))).vectors
    found = extract_features(video, network).vectors
    usual = np.tile(wanted.mean(axis=0), (len(wanted), 1))
    assert cosine(wanted, found).mean() > cosine(wanted, usual).mean() + 0.02
    assert cosine(wanted - usual, found - usual).mean() > 0.5


def test_a_file_other_than_the_one_that_ships_is_corrupt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for content in (starter.FILE.read_bytes()[:-100], b"no zip"):
        (tmp_path / "own.npz").write_bytes(content)
        monkeypatch.setattr(starter, "FILE", tmp_path / "own.npz")
        with pytest.raises(WeightsError, match="install Trailers again") as caught:
            starter_weights()
        assert caught.value.code == "weights_corrupt"
        monkeypatch.undo()
