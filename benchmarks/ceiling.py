"""What the machine can do at most: large matrix products and convolutions through TensorFlow, timed."""

import functools
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

MATMULS = (2048, 3072)  # rows and columns
CONVS = ((35, 256), (17, 512))  # side of the picture, channels in and out; 3x3, 16 pictures
PICTURES, KERNEL = 16, 3
AT_LEAST_S = 0.15  # a timing takes so long, or a single run


@dataclass(frozen=True, slots=True)
class Work:
    """A calculation of a known number of floating-point operations; `run` returns when it is done."""

    name: str
    gflop: float
    run: Callable[[], object]

    def gflop_s(self) -> float:
        """Return its speed now."""
        n_runs, begun = 0, time.perf_counter()
        while (took := time.perf_counter() - begun) < AT_LEAST_S:
            self.run()
            n_runs += 1
        return n_runs * self.gflop / took


def make_works(dtype: str) -> list[Work]:
    """Return the calculations for a dtype (float32, bfloat16), warmed; imports TensorFlow."""
    works = [*(_matmul(side, dtype) for side in MATMULS), *(_conv(side, n, dtype) for side, n in CONVS)]
    for work in works:
        work.run()
        work.run()
    return works


def _matmul(side: int, dtype: str) -> Work:
    import tensorflow as tf

    left, right = (tf.cast(tf.random.normal((side, side)), dtype) for _ in range(2))
    multiply = tf.function(tf.matmul)
    return Work(f"matmul {side}", 2 * side**3 / 1e9, functools.partial(_done, multiply, left, right))


def _conv(side: int, channels: int, dtype: str) -> Work:
    import tensorflow as tf

    pictures = tf.cast(tf.random.normal((PICTURES, side, side, channels)), dtype)
    kernel = tf.cast(tf.random.normal((KERNEL, KERNEL, channels, channels)), dtype)
    convolve = tf.function(lambda pictures, kernel: tf.nn.conv2d(pictures, kernel, strides=1, padding="SAME"))
    gflop = 2 * PICTURES * side**2 * channels**2 * KERNEL**2 / 1e9
    return Work(f"conv {side}x{side}x{channels}", gflop, functools.partial(_done, convolve, pictures, kernel))


def _done(calculate: Callable[..., Any], *given: Any) -> None:
    """Calculate and wait for it: a device may answer before it is done."""
    result = calculate(*given)
    result[(0,) * len(result.shape)].numpy()
