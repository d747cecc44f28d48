"""Backbones by name, compared with Keras itself; the weights are random, so nothing is said of how well they judge."""

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from extractor.errors import UnknownBackbone, WeightsError
from extractor.features import backbone_of, picture_size_of
from extractor.networks import downloads
from extractor.networks.applications import ARCHITECTURES, Application, build_network
from extractor.networks.downloads import cached_weights, download_weights
from extractor.networks.registry import BACKBONES, find_backbone, open_network
from extractor.networks.weights import given_weights
from extractor.video.extraction import extract_features
from tests.support.networks import save_random
from tests.support.reference import worst_cosine

# What Keras would download: a child process without the internet, or one that finds a file.
DOWNLOADS = "import os, pathlib as p; d = p.Path(os.environ['KERAS_HOME'], 'models'); d.mkdir(); (d / 'x.h5').touch()"
IS_ANOTHER = "import sys; print('Incomplete or corrupted file detected'); sys.exit(3)"


@pytest.mark.slow
def test_resnet50_gives_what_keras_gives_with_its_own_preprocessing(tmp_path: Path) -> None:
    import keras

    path = save_random("ResNet50", tmp_path / "resnet50.weights.h5")
    frames = np.random.default_rng(0).integers(0, 256, (3, 224, 224, 3), dtype=np.uint8)
    network = keras.applications.resnet50.ResNet50(
        weights=str(path), include_top=False, pooling="avg", input_shape=(224, 224, 3)
    )
    expected = network(keras.applications.resnet50.preprocess_input(frames.astype("float32"))).numpy()
    backbone = Application(given_weights(path, backbone="resnet50"))
    vectors = backbone(frames)
    assert (vectors.shape, backbone.dim, backbone.frame_size) == ((3, 2048), 2048, 224)
    assert vectors.dtype == np.float32
    assert np.abs(vectors - expected).max() <= 1e-4 * np.abs(expected).max()
    assert worst_cosine(vectors, expected) > 0.99999


@pytest.mark.slow
def test_a_network_of_keras_looks_at_a_trailer(mobilenet: Path, clip: Path) -> None:
    features = extract_features(clip, Application(given_weights(mobilenet, backbone="mobilenet")))
    assert features.vectors.shape == (2, 1024)
    assert BACKBONES["mobilenet"].for_trailers


@pytest.mark.slow
def test_a_batch_gives_the_same_vectors_as_its_pictures_alone(mobilenet: Path) -> None:
    backbone = Application(given_weights(mobilenet, backbone="mobilenet"))
    frames = np.random.default_rng(0).integers(0, 256, (3, 224, 224, 3), dtype=np.uint8)
    alone = np.concatenate([backbone(frame[None]) for frame in frames])
    assert alone.shape == (3, 1024)
    assert np.abs(backbone(frames) - alone).max() < 1e-4


@pytest.mark.slow
@pytest.mark.parametrize(("function", "name"), [("MobileNet", "mobilenet"), ("InceptionV3", "inception_v3")])
def test_pictures_of_another_size_give_what_keras_gives_and_features_of_their_own(
    tmp_path: Path, function: str, name: str
) -> None:
    path = save_random(function, tmp_path / "other.weights.h5", size=BACKBONES[name].frame_size)
    weights = replace(given_weights(path, backbone=name), picture_size=96)
    frames = np.random.default_rng(0).integers(0, 256, (3, 96, 96, 3), dtype=np.uint8)
    network = build_network(name, size=96)
    network.load_weights(path)
    backbone = open_network(weights)
    assert worst_cosine(backbone(frames), network(frames / np.float32(127.5) - 1).numpy()) > 0.9999
    assert backbone.features_id == given_weights(path, backbone=name).features_id.replace(name, f"{name}.96")
    assert (backbone_of(backbone.features_id), picture_size_of(backbone.features_id)) == (name, 96)


def test_no_pictures_give_no_vectors_without_inference(mobilenet: Path) -> None:
    backbone = Application(given_weights(mobilenet, backbone="mobilenet"))
    assert backbone(np.zeros((0, 224, 224, 3), np.uint8)).shape == (0, 1024)
    assert "_infer" not in vars(backbone)


def test_features_id_and_provenance_name_the_network_and_its_weights_without_loading_it(mobilenet: Path) -> None:
    digest = hashlib.sha256(mobilenet.read_bytes()).hexdigest()
    backbone = Application(given_weights(mobilenet, backbone="mobilenet"))
    assert backbone.features_id == f"mobilenet-custom-{digest[:8]}-r2"
    provenance = backbone.provenance
    assert (provenance.backbone, provenance.weights_sha256, provenance.dtype) == ("mobilenet", digest, "float32")
    assert "_infer" not in vars(backbone)


def test_every_name_has_its_function_and_preprocessing_in_keras() -> None:
    import keras

    for name, architecture in ARCHITECTURES.items():
        assert callable(getattr(keras.applications, architecture.function)), name
        assert callable(getattr(keras.applications, architecture.module).preprocess_input), name
    assert BACKBONES["xception"].frame_size == 299


@pytest.mark.parametrize("name", ["mobilenet", "mobilenet_v2", "mobilenet_v3_small", "vgg16", "convnext_tiny"])
def test_a_network_is_as_wide_as_its_registration_says(name: str) -> None:
    import keras

    with keras.StatelessScope():  # without weights
        assert build_network(name).output_shape == (None, BACKBONES[name].dim)


def test_an_unknown_name_is_refused_with_what_there_is() -> None:
    with pytest.raises(UnknownBackbone, match=r"'ResNet-50'; did you mean resnet50\?") as caught:
        find_backbone("ResNet-50")
    assert caught.value.code == "bad_source"
    with pytest.raises(UnknownBackbone, match=r"There are inception_v3, starter, .*resnet50, "):
        find_backbone("__class__")


@pytest.mark.slow
def test_missing_weights_and_those_of_another_network_are_told_apart(tmp_path: Path, mobilenet: Path) -> None:
    with pytest.raises(WeightsError, match="there is no weights file") as missing:
        given_weights(tmp_path / "none.h5", backbone="resnet50")
    with pytest.raises(WeightsError, match="does not hold mobilenet_v2 without top") as corrupt:
        Application(given_weights(mobilenet, backbone="mobilenet_v2"))(np.zeros((1, 224, 224, 3), dtype=np.uint8))
    assert (missing.value.code, corrupt.value.code) == ("no_weights", "weights_corrupt")


@pytest.mark.slow
def test_without_the_internet_the_way_out_is_told_and_nothing_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    for name in ("https_proxy", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with pytest.raises(WeightsError, match="--backbone-weights") as caught:
        download_weights("mobilenet", tmp_path)
    assert caught.value.code == "no_weights"
    assert "URL fetch failure" in str(caught.value)
    assert "Traceback" not in capfd.readouterr().err
    assert not list(tmp_path.rglob("*.h5"))


def test_a_download_of_another_file_is_corrupt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downloads, "FETCH", IS_ANOTHER)
    with pytest.raises(WeightsError, match="corrupted file detected") as caught:
        download_weights("mobilenet", tmp_path)
    assert caught.value.code == "weights_corrupt"


def test_a_verified_download_is_pinned_and_a_changed_one_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(downloads, "FETCH", DOWNLOADS)
    assert cached_weights("mobilenet", tmp_path) is None
    weights = download_weights("mobilenet", tmp_path)
    assert weights.features_id == f"mobilenet-imagenet-{hashlib.sha256().hexdigest()[:8]}-r2"
    assert cached_weights("mobilenet", tmp_path) == weights
    weights.path.write_bytes(b"changed")
    with pytest.raises(WeightsError, match="has changed") as caught:
        cached_weights("mobilenet", tmp_path)
    assert caught.value.code == "weights_corrupt"
