"""Networks for tests: random weights of Keras, files of old PyTorch, others in place of registered networks."""

import pickle
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from extractor.networks.registry import BACKBONES

HEADER = (0x1950A86A20F9469CFC6C, 1001, {"protocol_version": 1001, "little_endian": True})
EMPTY = b"ccollections\nOrderedDict\n)R"


def save_random(function: str, path: Path, *, size: int = 224, seed: int = 0) -> Path:
    """Write a network's random weights, without its top, as a file of Keras.

    Its batch norm has seen a few pictures of noise: else what goes in would fade away from layer to layer.
    """
    import keras

    keras.utils.set_random_seed(seed)
    build = getattr(keras.applications, function)
    network = build(weights=None, include_top=False, pooling="avg", input_shape=(size, size, 3))
    for layer in network.layers:
        if type(layer).__name__ == "BatchNormalization":
            layer.momentum = 0.0
    network(np.random.default_rng(seed).uniform(-1, 1, (4, size, size, 3)), training=True)
    network.save_weights(path)
    return path


def replace_network(monkeypatch: pytest.MonkeyPatch, name: str, open_network: Callable[..., Any]) -> None:
    """Have another network opened in place of a registered backbone's."""
    monkeypatch.setitem(BACKBONES, name, replace(BACKBONES[name], open=open_network))


def save_tensors(path: Path, tensors: Mapping[str, NDArray[np.float32]]) -> Path:
    """Write a table of float32 tensors without PyTorch, each with a storage of its own."""
    table = b"".join(_text(name) + _tensor(name, each) for name, each in tensors.items())
    return write_torch_file(path, b"\x80\x02" + EMPTY + b"(" + table + b"u.", tensors)


def write_torch_file(path: Path, table: bytes, storages: Mapping[str, NDArray[Any]]) -> Path:
    """Write a file whose table is this pickle."""
    parts = [pickle.dumps(each, 2) for each in HEADER] + [table, pickle.dumps(list(storages), 2)]
    for storage in storages.values():
        parts += [storage.size.to_bytes(8, "little"), storage.tobytes("A")]
    path.write_bytes(b"".join(parts))
    return path


def _tensor(name: str, array: NDArray[Any]) -> bytes:
    storage = (
        b"(" + _text("storage") + b"ctorch\nFloatStorage\n" + _text(name) + _text("cpu") + _int(array.size) + b"NtQ"
    )
    strides = [step // array.itemsize for step in array.strides]
    return (
        b"ctorch._utils\n_rebuild_tensor_v2\n("
        + storage
        + _int(0)
        + b"".join(b"(" + b"".join(map(_int, each)) + b"t" for each in (array.shape, strides))
        + b"\x89"
        + EMPTY
        + b"tR"
    )


def _text(text: str) -> bytes:
    return b"X" + len(text).to_bytes(4, "little") + text.encode()


def _int(number: int) -> bytes:
    return b"J" + number.to_bytes(4, "little", signed=True)
