"""Published lists that can be imported, by name; Trailers15k, which brings features, has its own importer."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from worker.importers import imdb5000, lmtd9, movielens, movienet, trailers12k
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
