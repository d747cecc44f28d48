"""Networks for tests: small ones of keras.applications with random weights, and others in place of registered ones."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from extractor.networks.registry import BACKBONES


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
