"""Bounds: the checks of labels before a fit, and of settings and arrays before a head is restored from them."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from classifier.arrays import Bools
from classifier.errors import BadTrainingData, UnsafeModel

Shape = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Bound:
    """A number from `low` to `high`, both allowed; whole when they are written as whole numbers."""

    low: int | float
    high: int | float

    def admits(self, value: object) -> bool:
        """Tell whether `value` is of the type of `low` (a bool is not a number) and in the range; NaN never is."""
        return type(value) is type(self.low) and self.low <= value <= self.high


SHAPE_BOUNDS = {"dim": Bound(1, 16_384), "n_genres": Bound(1, 200)}


def check_settings(settings: Mapping[str, int | float], bounds: Mapping[str, Bound]) -> None:
    """Raise UnsafeModel unless `settings` are exactly the numbers of `bounds`, each within its own."""
    if set(settings) != set(bounds):
        raise UnsafeModel(f"the head's settings must be {sorted(bounds)}, not {sorted(settings)[:40]!r}")
    for name, bound in bounds.items():
        if not bound.admits(settings[name]):
            raise UnsafeModel(
                f"the head's {name} must be a {type(bound.low).__name__} from {bound.low} to {bound.high}, "
                f"not {settings[name]!r:.80}"
            )


def check_arrays(arrays: Mapping[str, NDArray[np.float32]], shapes: Mapping[str, Shape]) -> None:
    """Raise UnsafeModel unless `arrays` are exactly those of `shapes`, float32 and finite."""
    if set(arrays) != set(shapes):
        raise UnsafeModel(f"the head's arrays must be {sorted(shapes)}, not {sorted(arrays)[:40]!r}")
    for name, shape in shapes.items():
        array = arrays[name]
        if array.dtype != np.float32 or array.shape != shape:
            raise UnsafeModel(f"{name} must be float32 of shape {shape}, not {array.dtype} of {array.shape}")
        if not np.isfinite(array).all():
            raise UnsafeModel(f"{name} holds numbers that are not finite")


def check_both_classes(y: Bools, known: Bools) -> None:
    """Raise BadTrainingData unless known rows of (n, genres) both have and lack each genre."""
    for column in range(y.shape[1]):
        n_known, n_yes = int(known[:, column].sum()), int((y & known)[:, column].sum())
        if not 0 < n_yes < n_known:
            raise BadTrainingData(
                f"{n_yes} of {n_known} known rows have the genre in column {column}: "
                "give rows with it and without it, or leave the genre out"
            )
