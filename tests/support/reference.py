"""Keras's own features of frames: the reference that extraction is compared with."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray


def keras_vectors(frames: NDArray[np.uint8], weights_file: Path) -> NDArray[np.float32]:
    """Return vectors of shape (frames, 2048) by the published recipe, eight frames a call to spare memory."""
    import keras

    network = keras.applications.InceptionV3(weights=None, include_top=False, pooling="avg", input_shape=(299, 299, 3))
    network.load_weights(str(weights_file))
    batches = [frames[start : start + 8].astype("float32") for start in range(0, len(frames), 8)]
    prepare = keras.applications.inception_v3.preprocess_input
    return np.concatenate([network(prepare(batch)).numpy() for batch in batches])


def worst_cosine(a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
    """Return the smallest cosine between rows of the same number."""
    lengths = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
    return float(((a * b).sum(axis=1) / lengths).min())
