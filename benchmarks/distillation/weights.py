"""Weights of the starter: the shapes of its convolutions, and the file that ships."""

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from extractor.networks.starter import DIM, N_TAIL

WIDTH, NECK = 768, 160


def _shapes() -> dict[str, tuple[int, int, int, int]]:
    shapes = {
        "stem1": (3, 3, 3, 32), "stem2": (3, 3, 32, 32), "stem3": (3, 3, 32, 64),
        "stem4": (1, 1, 64, 80), "stem5": (3, 3, 80, 192),
    }  # fmt: skip
    for block, n_in, n_pool in (("mixed0", 192, 32), ("mixed1", 256, 64), ("mixed2", 288, 64)):
        shapes |= {
            f"{block}/1x1": (1, 1, n_in, 64),
            f"{block}/5x5_1": (1, 1, n_in, 48), f"{block}/5x5_2": (5, 5, 48, 64),
            f"{block}/double_1": (1, 1, n_in, 64), f"{block}/double_2": (3, 3, 64, 96),
            f"{block}/double_3": (3, 3, 96, 96),
            f"{block}/pool": (1, 1, n_in, n_pool),
        }  # fmt: skip
    shapes |= {
        "mixed3/3x3": (3, 3, 288, 384),
        "mixed3/double_1": (1, 1, 288, 64), "mixed3/double_2": (3, 3, 64, 96), "mixed3/double_3": (3, 3, 96, 96),
        "mixed4/1x1": (1, 1, 768, 192),
        "mixed4/7x7_1": (1, 1, 768, 128), "mixed4/7x7_2": (1, 7, 128, 128), "mixed4/7x7_3": (7, 1, 128, 192),
        "mixed4/double_1": (1, 1, 768, 128), "mixed4/double_2": (7, 1, 128, 128), "mixed4/double_3": (1, 7, 128, 128),
        "mixed4/double_4": (7, 1, 128, 128), "mixed4/double_5": (1, 7, 128, 192),
        "mixed4/pool": (1, 1, 768, 192),
    }  # fmt: skip
    for number in range(N_TAIL):
        shapes |= {
            f"tail{number}/in": (1, 1, WIDTH, NECK),
            f"tail{number}/3x3": (3, 3, NECK, NECK),
            f"tail{number}/out": (1, 1, NECK, WIDTH),
        }
    return shapes | {"top": (1, 1, WIDTH, DIM)}


SHAPES: Mapping[str, tuple[int, int, int, int]] = _shapes()  # of the kernels; Inception-V3's in Keras's order


def write_weights(arrays: Mapping[str, NDArray[np.floating[Any]]], path: Path) -> None:
    """Write kernels and biases, named `NAME/kernel` and `NAME/bias`, as float16; equal ones give equal files."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in (f"{convolution}/{part}" for convolution in SHAPES for part in ("kernel", "bias")):
            with archive.open(zipfile.ZipInfo(f"{name}.npy"), "w") as member:
                np.lib.format.write_array(member, arrays[name].astype(np.float16), allow_pickle=False)
