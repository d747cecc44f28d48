"""Small networks of keras.applications with random weights, made for tests."""

from pathlib import Path


def save_random(function: str, path: Path, *, size: int = 224, seed: int = 0) -> Path:
    """Write a network's random weights, without its top, as a file of Keras."""
    import keras

    keras.utils.set_random_seed(seed)
    build = getattr(keras.applications, function)
    build(weights=None, include_top=False, pooling="avg", input_shape=(size, size, 3)).save_weights(path)
    return path
