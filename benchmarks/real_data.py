"""Data sets of real films: posters, and captions of clips in order."""

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer

from classifier.data.dataset import Dataset
from classifier.data.split import Split, make_split
from classifier.ragged import Ragged
from extractor.networks.applications import InceptionV3
from extractor.networks.backbone import Backbone
from extractor.networks.weights import given_weights
from extractor.precision import Precision
from worker.learning.poster_features import extract_posters

CACHE = Path(".bench") / "cache" / "posters"  # as of `trailers` with .bench as its home
SHARED = Path(__file__).resolve().parent.parent.parent / "shared" / "data"
TEACHER = SHARED / "weights" / "inception_v3_2015_reconstructed.weights.h5"
LMTD9 = ("Action", "Adventure", "Comedy", "Crime", "Drama", "Horror", "Romance", "Sci-Fi", "Thriller")
CAPTION_DIM = 128

Row = dict[str, str]


def read_films() -> list[Row]:
    """Return the rows of films.csv."""
    return _read("films/films.csv")


def read_more_plots() -> list[Row]:
    """Return the rows of plots_more.csv: plots of other sources, each with its vocabulary in `known`."""
    return _read("films/plots_more.csv")


def read_trailers() -> list[Row]:
    """Return the rows of the index of trailers and clips."""
    return _read("trailers/index.csv")


def captions(*, seed: int = 0) -> tuple[Dataset, Split]:
    """Return each film's captions in their order, as 128 principal components of TF-IDF, and the split.

    Both TF-IDF and components are fitted on the captions of the training part alone.
    """
    films: dict[str, list[Row]] = {}
    for row in _read("films/captions.csv"):
        films.setdefault(row["imdb_id"], []).append(row)
    known = {row["imdb_id"]: row for row in read_films()}
    infos = [{**known.get(film, {}), **rows[0], "imdb_id": film} for film, rows in films.items()]
    lengths = [len(rows) for rows in films.values()]
    blank = Ragged(np.zeros((sum(lengths), 1), dtype=np.float32), np.concatenate([[0], np.cumsum(lengths)]))
    data = make_dataset(blank, infos, genres=LMTD9, column="genres_imdb", name="captions")
    split = make_split(data, seed=seed)
    texts = [[row["caption"] for row in rows] for rows in films.values()]
    seen = [text for film, parts in zip(data.ids, texts, strict=True) if split.parts[film] == "train" for text in parts]
    terms = TfidfVectorizer(ngram_range=(1, 2), min_df=3, sublinear_tf=True, stop_words="english").fit(seen)
    turn = TruncatedSVD(CAPTION_DIM, random_state=seed).fit(terms.transform(seen))
    values = turn.transform(terms.transform([text for parts in texts for text in parts])).astype(np.float32)
    X = Ragged(values, blank.offsets)
    data = make_dataset(X, infos, genres=LMTD9, column="genres_imdb", name="captions")
    return data, Split(split.seed, data.sha256, split.parts)


def open_teacher(precision: Precision = "float32") -> InceptionV3:
    """Return Inception-V3 with the weights that the starter was distilled from."""
    return InceptionV3(given_weights(TEACHER), precision=precision)


def poster_vectors(network: Backbone | None = None) -> dict[str, NDArray[np.float32]]:
    """Return a network's features of all posters by file name, (1, 2048) each, computed once and kept in CACHE.

    The two collections share no file names. The network is Inception-V3 unless given.
    """
    network = network or open_teacher()
    vectors: dict[str, NDArray[np.float32]] = {}
    for collection in ("imdb7k", "hetrec5k"):
        names = [row[f"poster_{collection}"] for row in read_films() if row[f"poster_{collection}"]]
        found = extract_posters(
            SHARED / "posters" / f"posters_{collection}.zip",
            names,
            network,
            cache=CACHE,
            on_progress=lambda done, total: print(f"  {done:,} of {total:,} posters", flush=True),
        )
        vectors |= {name: vector[None] for name, vector in zip(found.names, found.vectors, strict=True)}
    return vectors


def posters(*, genres: Sequence[str] | None) -> Dataset:
    """Return the posters with labels of three genres at most; `genres` None: all common ones."""
    vectors = poster_vectors()
    rows = [row for row in read_films() if row["poster_imdb7k"] in vectors and row["genres_imdb_top3"]]
    named = sorted({genre for row in rows for genre in row["genres_imdb_top3"].split("|")})
    data = make_dataset(
        Ragged.from_sequences([vectors[row["poster_imdb7k"]] for row in rows]),
        rows,
        genres=named if genres is None else genres,
        column="genres_imdb_top3",
        name="posters",
    )
    return data.with_common_genres(50)[0]


def make_dataset(X: Ragged, rows: Sequence[Row], *, genres: Sequence[str], column: str, name: str) -> Dataset:
    """Return features with the labels of one column, grouped by collection, else by title, else by film."""
    has = np.array([[genre in row[column].split("|") for genre in genres] for row in rows], dtype=np.bool_)
    return Dataset(
        X=X,
        Y=has,
        known=np.ones_like(has),
        genres=tuple(genres),
        ids=tuple(row["imdb_id"] for row in rows),
        groups=tuple(row.get("collection") or row.get("title") or row["imdb_id"] for row in rows),
        digests=("",) * len(rows),
        features_id=name,
        modality="poster" if int(X.lengths.max()) == 1 else "trailer",
    )


def _read(name: str) -> list[Row]:
    with (SHARED / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
