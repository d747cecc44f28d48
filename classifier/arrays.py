"""Array types that signatures name; their docstrings tell the shapes."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Vectors = NDArray[np.floating]  # of either precision, as features come
