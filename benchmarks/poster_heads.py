"""Heads on real posters, of two collections: the first has labels of three genres at most, the second has them all.

Tests are on the first collection, so that the figures stand beside those that others measured on it.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from benchmarks.real_data import LMTD9, Row, read_films
from classifier.data.dataset import Dataset
from classifier.data.split import Split
from classifier.evaluation.evaluation import Evaluation, evaluate
from classifier.genres import known_genres, read_genres
from classifier.heads.base import Head, Monitor
from classifier.heads.options import NeuralOptions
from classifier.ragged import Ragged
from classifier.training.candidates import fit_candidate, refit
from classifier.training.kept_heads import KeptHeads

SEED = 0
HEAD = "logistic_mean"
FIRST = "first/"


def label_posters(vectors: Mapping[str, NDArray[np.float32]]) -> Dataset:
    """Return the posters of both collections with nine genres; an id begins with the name of its collection."""
    found: list[tuple[str, NDArray[np.float32], Row, str, str]] = []
    for row in read_films():
        if row["poster_imdb7k"] in vectors and row["genres_imdb_top3"]:
            found.append((FIRST, vectors[row["poster_imdb7k"]], row, row["genres_imdb_top3"], "imdb"))
        elif row["poster_hetrec5k"] in vectors and (row["genres_imdb"] or row["genres_movielens"]):
            source = "imdb" if row["genres_imdb"] else "movielens"
            found.append(("second/", vectors[row["poster_hetrec5k"]], row, row[f"genres_{source}"], source))
    named = [read_genres(text.split("|"), source).genres for _, _, _, text, source in found]
    known = np.array([[genre in known_genres(source) for genre in LMTD9] for *_, source in found])
    return Dataset(
        X=Ragged.from_sequences([vector for _, vector, *_ in found]),
        Y=np.array([[genre in has for genre in LMTD9] for has in named]) & known,
        known=known,
        genres=LMTD9,
        ids=tuple(f"{collection}{row['imdb_id']}" for collection, _, row, *_ in found),
        groups=tuple(row["collection"] or row["title"] or row["imdb_id"] for _, _, row, *_ in found),
        digests=("",) * len(found),
        features_id="posters",
        modality="poster",
    )


def fit_head(data: Dataset, split: Split) -> Head:
    """Return the head chosen on the validation part, fitted on train and validation part."""
    fitting, validation = split.rows(data, "train"), split.rows(data, "validation")
    found = fit_candidate(
        HEAD, fitting, validation, options=NeuralOptions(seed=SEED), kept=KeptHeads(None), monitor=Monitor()
    )
    both = split.rows(data, "train", "validation")
    return refit(found.head, both, kept=KeptHeads(None), monitor=lambda name: Monitor())


def of_first(data: Dataset) -> Dataset:
    """Return the rows of the first collection."""
    return data.rows(np.array([row.startswith(FIRST) for row in data.ids]))


def evaluate_prior(test: Dataset) -> Evaluation:
    """Return what scoring each genre with its share comes to."""
    scores = np.tile(test.priors, (len(test), 1))
    return evaluate(test.Y, scores, genres=test.genres, known=test.known)
