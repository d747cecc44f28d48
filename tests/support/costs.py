"""Costs in processor time, which other processes on the machine don't add to, and compared, so that its speed is no matter."""

import time
from collections.abc import Callable

N_TRIES = 5


def growth(work: Callable[[int], object], n: int) -> float:
    """Return how many times as long 4n take as n, at best: about 4 where the cost is linear, 16 where it is quadratic."""
    return _least_s(work, 4 * n) / _least_s(work, n)


def _least_s(work: Callable[[int], object], n: int) -> float:
    seconds = []
    for _ in range(N_TRIES):
        begun = time.process_time()
        work(n)
        seconds.append(time.process_time() - begun)
    return min(seconds)
