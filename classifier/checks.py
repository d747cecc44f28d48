"""What a head read from a file may say of itself: whole numbers in bounds, finite arrays of the shapes they imply."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from classifier.errors import UnsafeModel

LARGEST = {"dim": 16_384, "n_genres": 200}


def check_settings(settings: Mapping[str, int | float], *, names: Sequence[str]) -> list[int]:
    """Return the whole numbers of these names, 1 or more; raises UnsafeModel for other names or sizes."""
    if sorted(settings) != sorted(names):
        raise UnsafeModel(f"a head's settings must be {sorted(names)}, not {sorted(settings)[:20]!r}")
    values = []
    for name in names:
        value = settings[name]
        if not isinstance(value, int) or not 1 <= value <= LARGEST[name]:
            raise UnsafeModel(f"setting {name!r} must be a whole number from 1 to {LARGEST[name]}, not {value!r}")
        values.append(value)
    return values


def check_arrays(
    arrays: Mapping[str, NDArray[np.float32]], *, shapes: Mapping[str, tuple[int, ...]]
) -> dict[str, NDArray[np.float32]]:
    """Return the arrays; raises UnsafeModel unless they are exactly these, finite and of these shapes."""
    if sorted(arrays) != sorted(shapes):
        raise UnsafeModel(f"a head must hold {sorted(shapes)[:20]}, not {sorted(arrays)[:20]!r}")
    for name, shape in shapes.items():
        if arrays[name].shape != shape:
            raise UnsafeModel(f"array {name!r} must be of shape {shape}, not {arrays[name].shape}")
        if not np.isfinite(arrays[name]).all():
            raise UnsafeModel(f"array {name!r} holds numbers that are not finite")
    return dict(arrays)
