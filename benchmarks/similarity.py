"""Search for similar trailers as `trailers similar` does it, against scikit-learn, in turns.

The clock is on `worker.predicting.similar.find_nearest`, brute-force cosine over pooled vectors in numpy; the vectors
are synthetic. scikit-learn gets unit vectors and searches by Euclidean distance, which ranks like cosine and is its
fastest way.
"""

import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from extractor.networks.inception_graph import DIM
from worker.inference.capacity import cores
from worker.predicting.similar import find_nearest

SIZES = (1_000, 10_000, 100_000, 1_000_000)
QUERIES = (1, 16)
TOP = 10
N_TURNS = 9
N_TURNS_OF_LARGEST = 3
ROOM = 1.3  # free memory needed, as a multiple of what the vectors take
CHUNK = 50_000  # vectors made at once

Vectors = NDArray[np.float32]
Found = NDArray[np.int64]


def main() -> None:
    """Print milliseconds a query for each number of vectors and of queries at once."""
    print(f"similarity: top {TOP} by cosine, synthetic float32 vectors of {DIM}, {cores()} cores; medians")
    print(f"{'vectors':>10}{'GB':>7}{'queries at once':>17}{'numpy ms/query':>16}{'scikit-learn':>14}{'x faster':>10}")
    for n_vectors in SIZES:
        if why_not := no_room(n_vectors):
            print(f"{n_vectors:>10,}   not measured: {why_not}")
            continue
        _print_rows(make_vectors(n_vectors), N_TURNS if n_vectors < SIZES[-1] else N_TURNS_OF_LARGEST)
    print()


def no_room(n_vectors: int) -> str | None:
    """Return why this machine can't hold so many vectors, None if it can."""
    fields = dict(line.split(":") for line in Path("/proc/meminfo").read_text().splitlines())
    free, needed = float(fields["MemAvailable"].split()[0]) * 1024, ROOM * n_vectors * DIM * 4
    return None if needed <= free else f"they need {needed / 1e9:.1f} GB of memory, {free / 1e9:.1f} GB are free"


def make_vectors(n_vectors: int, *, seed: int = 0) -> Vectors:
    """Return unit vectors of shape (n_vectors, 2048), positive as pooled features are."""
    random = np.random.default_rng(seed)
    vectors = np.empty((n_vectors, DIM), dtype=np.float32)
    for first in range(0, n_vectors, CHUNK):
        part = vectors[first : first + CHUNK]
        random.random(part.shape, dtype=np.float32, out=part)
        part /= np.linalg.norm(part, axis=1, keepdims=True)
    return vectors


def search(vectors: Vectors, queries: Vectors) -> Found:
    """Return the row numbers of the nearest vectors, the nearest first: of shape (queries, 10)."""
    return find_nearest(vectors, queries, top=TOP)[0]


def make_peer(vectors: Vectors) -> Callable[[Vectors], Found]:
    """Return scikit-learn's search over the same vectors."""
    from sklearn.neighbors import NearestNeighbors

    peer: Any = NearestNeighbors(n_neighbors=TOP, algorithm="brute").fit(vectors)
    return lambda queries: np.asarray(peer.kneighbors(queries, return_distance=False))


def _print_rows(vectors: Vectors, n_turns: int) -> None:
    peer = make_peer(vectors)
    for n_queries in QUERIES:
        ours, theirs = [], []
        for turn in range(n_turns):
            queries = make_vectors(n_queries, seed=turn + 1)
            seconds, found = _time(search, vectors, queries)
            ours.append(seconds)
            seconds, expected = _time(peer, queries)
            theirs.append(seconds)
            agree = np.mean([len(set(a) & set(b)) for a, b in zip(found, expected, strict=True)]) / TOP
            assert agree > 0.95, f"numpy and scikit-learn agree in {agree:.0%}"  # near ties may differ
        own, other = (statistics.median(each) / n_queries * 1000 for each in (ours, theirs))
        print(f"{len(vectors):>10,}{vectors.nbytes / 1e9:>7.2f}{n_queries:>17}", end="")
        print(f"{own:>16.2f}{other:>14.2f}{other / own:>10.1f}", flush=True)


def _time(call: Callable[..., Found], *given: Vectors) -> tuple[float, Found]:
    begun = time.perf_counter()
    found = call(*given)
    return time.perf_counter() - begun, found


if __name__ == "__main__":
    main()
