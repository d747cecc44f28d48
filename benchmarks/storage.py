"""Storage of a trailer's features, written and read: our store against lists of doubles, embedded database.

Both ways write to the same mongod with the same write concern, in turns; the vectors are random numbers.
"""

import statistics
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from pymongo import MongoClient
from pymongo.collection import Collection

from benchmarks.homes import temporary_home
from db.store import DURABLE, Store, open_store
from extractor.features import FrameFeatures, Provenance
from extractor.networks.inception_graph import DIM

N_FRAMES = 150
N_ROUNDS = 30
FEATURES_ID = "bench"
OURS, LISTS = "our store, float16", "lists of doubles"
Timings = dict[str, list[float]]  # seconds by way


def main() -> None:
    """Print what a write and a read take each way, and their sizes."""
    with temporary_home() as home, open_store(uri=None, home=home) as store:
        assert store.server is not None
        with MongoClient[dict[str, Any]](store.server.uri) as client:
            database = client.get_database("trailers", write_concern=DURABLE)
            writes, reads = measure(store, database["lists"], n_rounds=N_ROUNDS)
            sizes = {OURS: _bytes(database["features"]), LISTS: _bytes(database["lists"])}
    report(writes, reads, sizes)


def report(writes: Timings, reads: Timings, sizes: Mapping[str, float]) -> None:
    """Print the table."""
    print(f"storage: features of {N_FRAMES} x {DIM}, medians of {N_ROUNDS} turns, journalled writes")
    print(f"{'way':>20}{'write ms':>10}{'x faster':>10}{'read ms':>10}{'x faster':>10}{'MB':>8}{'x smaller':>11}")
    written, read = ({way: statistics.median(s) * 1000 for way, s in each.items()} for each in (writes, reads))
    for way in (OURS, LISTS):
        print(f"{way:>20}{written[way]:>10.1f}{written[LISTS] / written[way]:>10.1f}", end="")
        print(f"{read[way]:>10.1f}{read[LISTS] / read[way]:>10.1f}", end="")
        print(f"{sizes[way] / 1e6:>8.2f}{sizes[LISTS] / sizes[way]:>11.1f}")
    print()


def measure(store: Store, lists: Collection[dict[str, Any]], *, n_rounds: int) -> tuple[Timings, Timings]:
    """Return the seconds of each write and of each read, after a first one of each to warm up."""
    writes: Timings = {OURS: [], LISTS: []}
    reads: Timings = {OURS: [], LISTS: []}
    for number in range(n_rounds + 1):
        trailer_id, features = f"file:{number:016}", make_features(seed=number)
        writes[OURS].append(_time(store.features.save, trailer_id, features))
        writes[LISTS].append(_time(_save_lists, lists, trailer_id, features))
        reads[OURS].append(_time(store.features.load, trailer_id, FEATURES_ID))
        reads[LISTS].append(_time(load_lists, lists, trailer_id))
    return {way: s[1:] for way, s in writes.items()}, {way: s[1:] for way, s in reads.items()}


def make_features(*, seed: int) -> FrameFeatures:
    """Return features of a made-up trailer."""
    vectors = np.random.default_rng(seed).gamma(0.5, 0.8, (N_FRAMES, DIM)).astype(np.float32)
    provenance = Provenance("none", "0" * 64, "r1", "float32")
    return FrameFeatures(FEATURES_ID, vectors, np.arange(N_FRAMES, dtype=np.float64), provenance)


def _save_lists(lists: Collection[dict[str, Any]], trailer_id: str, features: FrameFeatures) -> None:
    document = {"_id": trailer_id, "features": features.vectors.tolist()}
    lists.replace_one({"_id": trailer_id}, document, upsert=True)


def load_lists(lists: Collection[dict[str, Any]], trailer_id: str) -> np.ndarray[Any, np.dtype[np.float32]]:
    """Return the vectors that were saved as lists."""
    document = lists.find_one({"_id": trailer_id})
    assert document is not None
    return np.array(document["features"], dtype=np.float32)  # (frames, 2048)


def _time(call: Callable[..., object], *given: object) -> float:
    begun = time.perf_counter()
    call(*given)
    return time.perf_counter() - begun


def _bytes(collection: Collection[dict[str, Any]]) -> float:
    """Return the mean size of a document."""
    (mean,) = collection.aggregate([{"$group": {"_id": None, "bytes": {"$avg": {"$bsonSize": "$$ROOT"}}}}])
    return float(mean["bytes"])


if __name__ == "__main__":
    main()
