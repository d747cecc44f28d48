import hashlib
from pathlib import Path

import numpy as np
import pytest

from extractor.errors import WeightsError
from extractor.limits import Limits
from extractor.networks import inception
from extractor.networks.applications import InceptionV3
from extractor.networks.weights import given_weights
from extractor.video.extraction import extract_features
from extractor.video.frames import FrameStream
from extractor.video.probe import probe
from tests.support.reference import keras_vectors, worst_cosine
from tests.support.videos import make_clip


@pytest.fixture(scope="module")
def backbone(weights_file: Path) -> InceptionV3:
    return InceptionV3(given_weights(weights_file))


@pytest.mark.slow
def test_every_second_agrees_with_keras_on_the_same_frames(
    tmp_path: Path, weights_file: Path, backbone: InceptionV3
) -> None:
    path = make_clip(tmp_path / "clip.mp4", seconds=18)
    features = extract_features(path, backbone)
    with FrameStream(path, probe(path, limits=Limits())) as stream:
        frames = np.concatenate(list(stream))
    assert features.vectors.shape == (18, 2048)
    assert features.seconds.tolist() == list(range(18))
    assert worst_cosine(features.vectors, keras_vectors(frames, weights_file)) >= 0.9999


def test_a_batch_gives_the_same_vectors_as_its_frames_alone(backbone: InceptionV3) -> None:
    frames = np.random.default_rng(0).integers(0, 256, (3, 299, 299, 3), dtype=np.uint8)
    alone = np.concatenate([backbone(frame[None]) for frame in frames])
    assert np.abs(backbone(frames) - alone).max() < 1e-4


@pytest.mark.slow
def test_bfloat16_agrees_on_dark_and_bright_frames_and_is_told_in_the_provenance(
    weights_file: Path, backbone: InceptionV3
) -> None:
    fast = InceptionV3(given_weights(weights_file), precision="bfloat16")
    random = np.random.default_rng(0)
    frames = np.stack([random.integers(0, top, (299, 299, 3)) for top in (3, 8, 256)]).astype(np.uint8)
    exact, vectors = backbone(frames), fast(frames)
    assert np.abs(exact - vectors).max() > 0, "it is another arithmetic"
    assert worst_cosine(exact, vectors) >= 0.995
    assert (backbone.provenance.dtype, fast.provenance.dtype) == ("float32", "bfloat16")
    assert fast.features_id == backbone.features_id
    assert vectors.dtype == np.float32


@pytest.mark.slow
def test_a_gpu_gets_batches_of_few_shapes(
    weights_file: Path, backbone: InceptionV3, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inception, "gpu_names", lambda: ["a GPU"])
    monkeypatch.setattr(inception, "GPU_SHAPES", (4, 2))
    shaped = InceptionV3(given_weights(weights_file))
    frames = np.random.default_rng(1).integers(0, 256, (9, 299, 299, 3), dtype=np.uint8)
    assert np.abs(shaped(frames) - backbone(frames)).max() < 1e-4
    assert shaped(frames[:0]).shape == (0, 2048)
    assert (shaped.batch_size, backbone.batch_size) == (4, 4)


def test_features_id_names_the_weights_by_their_content(weights_file: Path, backbone: InceptionV3) -> None:
    digest = hashlib.sha256(weights_file.read_bytes()).hexdigest()
    name = "recon2015" if "reconstructed" in weights_file.name else "custom"
    assert backbone.features_id == f"inception_v3-{name}-{digest[:8]}-r2"
    assert backbone.provenance.weights_sha256 == digest
    assert backbone.provenance.versions["tensorflow"]


@pytest.mark.slow
def test_missing_weights_and_other_files_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(WeightsError) as missing:
        given_weights(tmp_path / "none.h5")
    other = tmp_path / "other.weights.h5"
    other.write_bytes(b"no weights at all")
    with pytest.raises(WeightsError) as corrupt:
        InceptionV3(given_weights(other))(np.zeros((1, 299, 299, 3), dtype=np.uint8))
    assert (missing.value.code, corrupt.value.code) == ("no_weights", "weights_corrupt")
