"""Published lists that can be imported, by name; Trailers15k, which brings features, has its own importer."""

from worker.importers import imdb5000, lmtd9, movielens, movienet, trailers12k
from worker.importers.rows import ListDataset

LISTS: dict[str, ListDataset] = {
    module.DATASET.name: module.DATASET for module in (movienet, movielens, imdb5000, trailers12k, lmtd9)
}
