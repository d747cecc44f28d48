"""Small networks of keras.applications with random weights, made for tests."""

from pathlib import Path

import numpy as np


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
