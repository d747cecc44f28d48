"""Real films seen through several modalities: posters, plots, and low-level features of their trailers."""

import csv
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from benchmarks.real_data import SHARED, Row, poster_vectors, read_films
from classifier.data.films import Films
from classifier.ragged import Ragged
from classifier.views import ABSENT, Part, Views
from extractor.errors import BadPlot
from extractor.plots import WORDS_ID, read_plot

Vectors = NDArray[np.float32]


def films_with(*, genres: Sequence[str], low_level: bool) -> Films:
    """Return the films with full IMDb labels and a poster or a plot; with `low_level` their trailers as well.

    A trailer is the seven numbers that the Mise-en-scene project measured: there are no frames.
    """
    pictures = poster_vectors()
    trailers = _low_level() if low_level else {}
    seen: list[tuple[Row, Mapping[str, Vectors]]] = []
    for row in read_films():
        found = {
            "trailer": trailers.get(row["movielens_id"]),
            "poster": pictures.get(row["poster_imdb7k"], pictures.get(row["poster_hetrec5k"])),
            "plot": _words(row["plot"]),
        }
        there = {name: vectors for name, vectors in found.items() if vectors is not None}
        if row["genres_imdb"] and there:
            seen.append((row, there))
    return _films(seen, genres)


def _films(seen: Sequence[tuple[Row, Mapping[str, Vectors]]], genres: Sequence[str]) -> Films:
    has = np.array([[genre in row["genres_imdb"].split("|") for genre in genres] for row, _ in seen], dtype=np.bool_)
    parts = {}
    for name, features_id in (("trailer", "lowlevel"), ("poster", "recon2015"), ("plot", WORDS_ID)):
        sequences = [there[name] for _, there in seen if name in there]
        if sequences:
            present = np.array([name in there for _, there in seen])
            places = np.where(present, np.cumsum(present) - 1, ABSENT)
            parts[name] = Part(Ragged.from_sequences(sequences), places, features_id)
    return Films(
        views=Views(parts),
        Y=has,
        known=np.ones_like(has),
        genres=tuple(genres),
        ids=tuple(row["imdb_id"] for row, _ in seen),
        groups=tuple(row["collection"] or row["title"] or row["imdb_id"] for row, _ in seen),
        digests=("",) * len(seen),
    )


def _words(text: str) -> Vectors | None:
    try:
        return read_plot(text).vectors if text else None
    except BadPlot:
        return None


def _low_level() -> dict[str, Vectors]:
    with (SHARED / "films" / "lowlevel_13k.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {row["ML_Id"]: np.array([[float(row[f"f{n}"]) for n in range(1, 8)]], np.float32) for row in rows}
