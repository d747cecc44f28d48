"""Published data sets that can be imported, by name: lists of trailers, and features."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from worker.importers import (
    imdb5000,
    lmtd9,
    mmtf14k,
    movielens,
    movienet,
    trailers12k,
    trailers12k_features,
    trailers15k,
)
from worker.importers.published_features import PublishedFeatures
from worker.importers.rows import Row, Warn


@dataclass(frozen=True, slots=True)
class ListDataset:
    """A published list of trailers; `vocabulary` names that of its genres (`classifier.genres`), `read` yields rows."""

    vocabulary: str
    read: Callable[[Path, Warn], Iterator[Row]]


LISTS = {
    "movienet": ListDataset("movienet", movienet.read),
    "movielens": ListDataset("movielens", movielens.read),
    "imdb5000": ListDataset("imdb", imdb5000.read),
    "trailers12k": ListDataset("trailers12k", trailers12k.read),
    "lmtd9": ListDataset("lmtd9", lmtd9.read),
}
FEATURES: Mapping[str, Callable[[Path, Warn], PublishedFeatures]] = {
    "trailers15k": trailers15k.read,
    **{name: partial(trailers12k_features.read, network) for name, network in trailers12k_features.NETWORKS.items()},
    "mmtf14k": mmtf14k.read,
}
